"""The kinds of fault: what each does to a network, for how long, and what it takes away meanwhile.

Pure: a scene is written in steps relative to its beginning. A step's words are those of the verb in
testnet/, with these in the place of a node's name, which is known only when it is played:

    leader      the node that leads then, and no other fault holds;   the scene's `it` from here on
    follower    one that does not lead and is not held;               the scene's `it` from here on
    it          the scene's node
    peer        a second node of the scene, the same at each mention; the leader when `it` is not
    each        one step for every other node
    all         one step for every node, side by side; for power-off all at one moment
    node1…      the node of that place in the network, from 1
    liar        the node that lies in a hostile storm
"""
from dataclasses import dataclass

PROFILES = ("lan", "europe", "world", "satellite", "flaky")
# A majority that is away is back after this, and the verbs that bring it back.
BLACKOUT_MS_MAX = 15_000

# Lies that one of an even number of nodes may tell (tests/hostile/lies.h has all): any two majorities
# share an honest node. None survives `lost`: a leader that counts what its followers never had.
LIES = ("diverge", "ruin", "term", "usurp", "votes", "stored", "replay", "flood", "supply", "alter", "drop",
        "refuse", "reorder", "equivocate", "ahead", "behind", "members", "checkpoint",
        "head")

# Crowds of hostile clients: tests/hostile/clients.py has all.
CROWDS = ("silent", "endless", "gigabytes", "flood", "deaf", "forgers", "churn", "strangers")


class Dice:
    """Seeded choices by random() alone, whose numbers Python keeps from version to version."""

    def __init__(self, random):
        self.random = random

    def between(self, low, high):
        return low + int(self.random.random() * (high - low + 1))

    def lasting(self, span):
        """Mostly short: a quarter of the span at the median."""
        return span[0] + int((span[1] - span[0]) * self.random.random() ** 2)

    def one(self, rows):
        return rows[self.between(0, len(rows) - 1)]

    def weighted(self, rows):
        """One of (weight, …) rows."""
        point = self.random.random() * sum(row[0] for row in rows)
        for row in rows:
            point -= row[0]
            if point < 0:
                return row
        return rows[-1]


@dataclass(frozen=True)
class Scene:
    """takes: voters away at once, 0: all take part, worse; all: more than a minority, so alone.
    group: scenes of one group never overlap. loses: the node's data may be gone for good."""

    kind: str
    steps: tuple  # (at_ms, words)
    lasts_ms: int
    takes: int = 1
    alone: bool = False
    group: str = ""
    loses: bool = False


def whom(dice):
    """The leader hurts most."""
    return dice.one(("leader", "leader", "leader", "follower", "follower"))


def seeded(dice):
    """What is lost, torn or flipped is chosen by the verb, by a seed of the storm's."""
    return ("--seed", str(dice.between(1, 999_999)))


def away(dice, kind, verb, back, span, *rest):
    last = dice.lasting(span)
    return Scene(kind, ((0, (verb, whom(dice), *rest)), (last, (back, "it"))), last)


def kill(dice, nodes, span):
    return away(dice, "kill", "kill", "start", span)


def stop(dice, nodes, span):
    return away(dice, "stop", "stop", "start", span)


def pause(dice, nodes, span):
    return away(dice, "pause", "pause", "resume", span)


def power_off(dice, nodes, span):
    return away(dice, "power-off", "power-off", "start", span, *seeded(dice))


def power_off_two(dice, nodes, span):
    """Two in turn, the leader first: what only these two had synced must be there again."""
    second = dice.between(100, 2_000)
    last = second + min(dice.lasting(span), BLACKOUT_MS_MAX - second)
    steps = ((0, ("power-off", "leader", *seeded(dice))),
             (second, ("power-off", "peer", *seeded(dice))),
             (last, ("start", "it")), (last, ("start", "peer")))
    return Scene("power-off-two", steps, last, takes=2, alone=True)


def blackout(dice, nodes, span):
    """All lose power: nothing but what is on the disks is left."""
    last = min(dice.lasting(span), BLACKOUT_MS_MAX)
    steps = ((0, ("power-off", "all", *seeded(dice))), (last, ("start", "all")))
    return Scene("blackout", steps, last, takes=nodes, alone=True)


def roll(dice, nodes, span):
    """Every node is stopped and started in turn, as for a new version."""
    steps, at = [], 0
    for place in range(1, nodes + 1):
        steps.append((at, ("stop", f"node{place}")))
        at += dice.between(500, max(1_000, span[1] // 4))
        steps.append((at, ("start", f"node{place}")))
        at += dice.between(1_000, max(2_000, span[1] // 4))
    return Scene("roll", tuple(steps), at, alone=True)


def isolate(dice, nodes, span):
    last = dice.lasting(span)
    return Scene("isolate", ((0, ("isolate", whom(dice))), (last, ("heal", "it", "each"))), last,
                 group="links")


def cut(dice, nodes, span):
    last = dice.lasting(span)
    return Scene("cut", ((0, ("cut", whom(dice), "peer")), (last, ("heal", "it", "peer"))), last,
                 group="links")


def one_way(dice, nodes, span):
    """The leader is heard by nobody, or hears nobody."""
    last = dice.lasting(span)
    words = dice.one((("cut", "it", "each", "--one-way"), ("cut", "each", "it", "--one-way")))
    steps = ((0, ("choose", whom(dice))), (0, words), (last, ("heal", "it", "each")))
    return Scene("one-way", steps, last, group="links")


def flap(dice, nodes, span):
    last = dice.lasting(span)
    return Scene("flap", ((0, ("flap", whom(dice), "peer")), (last, ("heal", "it", "peer"))), last,
                 group="links")


def split(dice, nodes, span):
    """Nobody has a majority, and then everybody is back at once."""
    last = min(dice.lasting(span), BLACKOUT_MS_MAX)
    steps = ((0, ("isolate", "leader")), (0, ("isolate", "peer")), (last, ("heal",)))
    return Scene("split", steps, last, takes=2, alone=True, group="links")


def slow_disk(dice, nodes, span):
    last = dice.lasting(span)
    ms = dice.one((5, 20, 50, 100, 250, 500))
    steps = ((0, ("slow-disk", whom(dice), str(ms))), (last, ("slow-disk", "it", "0")))
    return Scene("slow-disk", steps, last, takes=0, group="slow-disk")


def full_disk(dice, nodes, span):
    """The node stops, as it must, and is started when there is room."""
    last = dice.lasting(span)
    steps = ((0, ("full-disk", whom(dice), "on")), (last, ("full-disk", "it", "off")),
             (last, ("start", "it")))
    return Scene("full-disk", steps, last)


def fail_sync(dice, nodes, span):
    """One sync fails, and the node stops rather than to try it again. One that syncs nothing meanwhile,
    because nobody leads, is spared: else it would stop at any time later."""
    last = dice.lasting(span)
    steps = ((0, ("fail-sync", whom(dice))), (last, ("fail-sync", "it", "0")), (last, ("start", "it")))
    return Scene("fail-sync", steps, last)


def clock(dice, nodes, span):
    last = dice.lasting(span)
    seconds = dice.one(("+2", "-2", "+30", "-30", "+600", "-600", "+86400", "-86400"))
    steps = ((0, ("clock", whom(dice), seconds)), (last, ("clock", "it", "+0")))
    # A node that starts tells its age by its clock: none is to start meanwhile.
    return Scene("clock", steps, last, takes=0, group="members")


def corrupt(dice, nodes, span):
    """Flipped bits in a stopped node's file: it starts, or says why not and is replaced."""
    last = dice.lasting(span)
    words = ("corrupt", "it", dice.one(("log", "state")), *seeded(dice))
    steps = ((0, ("stop", whom(dice))), (0, words), (last, ("mend", "it")))
    return Scene("corrupt", steps, last, group="members", loses=True)


def replace(dice, nodes, span):
    """A burnt disk: another machine comes in the node's place."""
    last = dice.lasting(span)
    steps = ((0, ("destroy", whom(dice))), (last, ("replace", "it")))
    return Scene("replace", steps, last, group="members", loses=True)


def add(dice, nodes, span):
    """One more voter comes, and goes; the others are started again in turn, for its lines."""
    last = dice.lasting(span)
    steps = ((0, ("add", "extra")), (last, ("remove", "extra")))
    return Scene("add", steps, last, group="members")


def weather(dice, nodes, span):
    last = dice.lasting(span)
    steps = ((0, ("wan", dice.one(PROFILES))), (last, ("wan", "home")))
    return Scene("weather", steps, last, takes=0, group="weather")


def lie(dice, nodes, span):
    last = dice.lasting(span)
    steps = ((0, ("lie", "liar", dice.one(LIES))), (last, ("lie", "liar", "none")))
    return Scene("lie", steps, last, takes=0, group="lies")


def crowd(dice, nodes, span):
    """At the leader; or at any node, which other faults may take meanwhile."""
    last = dice.lasting((span[1] // 2, span[1]))  # they want some seconds to gather
    who = dice.one(("leader", f"node{dice.between(1, nodes)}"))
    steps = ((0, ("crowd", who, dice.one(CROWDS))),
             (last, ("crowd", "it" if who == "leader" else who, "none")))
    return Scene("crowd", steps, last, takes=0)


# kind: how often, the least nodes it wants, and who makes it.
KINDS = {
    "kill": (3, 3, kill),
    "stop": (1, 2, stop),
    "pause": (2, 3, pause),
    "power-off": (3, 3, power_off),
    "power-off-two": (2, 3, power_off_two),
    "blackout": (1, 1, blackout),
    "roll": (1, 3, roll),
    "isolate": (3, 3, isolate),
    "cut": (2, 3, cut),
    "one-way": (3, 3, one_way),
    "flap": (2, 3, flap),
    "split": (1, 3, split),
    "slow-disk": (2, 2, slow_disk),
    "full-disk": (2, 3, full_disk),
    "fail-sync": (1, 3, fail_sync),
    "clock": (2, 2, clock),
    "corrupt": (1, 3, corrupt),
    "replace": (1, 3, replace),
    "add": (1, 3, add),
    "weather": (1, 2, weather),
}
# A hostile storm is without those that take an honest node's data, or change how many nodes vote.
HOSTILE = {kind: row for kind, row in KINDS.items() if kind not in ("corrupt", "replace", "add")}
HOSTILE["lie"] = (12, 4, lie)
HOSTILE["crowd"] = (8, 3, crowd)
