"""A storm's schedule: seed in, timed verbs out; pure, so that a seed is a storm.

What every schedule keeps (tests/storm/test_schedule.py):
- Voters that are away at once are a minority, but in scenes that are alone and shorter than
  BLACKOUT_MS_MAX; data that may be gone for good is that of one node at a time.
- After a scene that is alone, and at least every CALM_EVERY faults, all are well for CALM_MS or more;
  between others that do not overlap, for REST_MS.
- Whatever is broken is healed before the end.
"""
import random
from dataclasses import dataclass

from .scenes import BLACKOUT_MS_MAX, HOSTILE, KINDS, PROFILES, Dice

CALM_MS, REST_MS = 3_000, 1_000
CALM_EVERY = 4
HEAD_MS, TAIL_MS = 2_000, 2_000  # at the beginning and at the end all are well
NODES_MIN, NODES_MAX = 3, 16
MS_MAX = 24 * 3_600_000


@dataclass(frozen=True)
class Step:
    at_ms: int
    fault: int  # number of its fault, from 1
    words: tuple


@dataclass(frozen=True)
class Fault:
    number: int
    from_ms: int
    to_ms: int
    scene: object


@dataclass(frozen=True)
class Schedule:
    seed: int
    lasts_ms: int
    nodes: int
    profile: str
    home: str  # the links between its weathers
    liar: int  # place of the node that lies, from 1; 0: all are honest
    faults: tuple
    steps: tuple

    def text(self):
        """What is played, to read and to keep."""
        profile = self.profile + (f" ({self.home})" if self.home != self.profile else "")
        lines = [f"# A storm of {self.lasts_ms / 1000:g} s over {self.nodes} nodes, profile {profile}, "
                 f"seed {self.seed}: {len(self.faults)} faults." +
                 (f" The liar is node {self.liar}." if self.liar else ""),
                 "# second  fault  verb; who leads, who follows and who is the peer is seen when it comes."]
        lines += [f"{step.at_ms / 1000:9.3f}  {'#' + str(step.fault):>5}  {' '.join(step.words)}"
                  for step in self.steps]
        return "\n".join(lines) + "\n"


def span_of(lasts_ms):
    """How long one fault is: some fit into the shortest storm."""
    return (1_000, max(2_000, min(20_000, lasts_ms // 6)))


class Plan:
    """The faults placed so far, and where one more may be."""

    def __init__(self, nodes):
        self.minority = (nodes - 1) // 2
        self.faults = []

    def end(self):
        return max((fault.to_ms for fault in self.faults), default=0)

    def fits(self, scene, from_ms):
        """Beside what is there: those that overlap, counted as if all did at once."""
        beside = [fault.scene for fault in self.faults
                  if from_ms < fault.to_ms + (CALM_MS if fault.scene.alone else REST_MS)]
        if not beside:
            return True
        if scene.alone or any(other.alone for other in beside):
            return False
        if scene.group and any(other.group == scene.group for other in beside):
            return False
        if any(other.kind == scene.kind for other in beside):
            return False
        return scene.takes + sum(other.takes for other in beside) <= self.minority

    def place(self, scene, from_ms):
        number = len(self.faults) + 1
        self.faults.append(Fault(number, from_ms, from_ms + scene.lasts_ms, scene))


def kinds_for(nodes, chosen, kinds):
    unknown = set(chosen or ()) - set(kinds)
    if unknown:
        raise ValueError(f"no fault '{sorted(unknown)[0]}'; there are: {' '.join(kinds)}")
    rows = [(weight, make) for kind, (weight, least, make) in kinds.items()
            if nodes >= least and (not chosen or kind in chosen)]
    if not rows:
        raise ValueError(f"none of these faults is for {nodes} nodes")
    return rows


def make(seed, lasts_ms, nodes, profile, chosen=None, is_hostile=False):
    """chosen: kinds of KINDS or HOSTILE, or all. ValueError, in words for people."""
    if not NODES_MIN <= nodes <= NODES_MAX:
        raise ValueError(f"a storm wants {NODES_MIN} to {NODES_MAX} nodes")
    if not 10_000 <= lasts_ms <= MS_MAX:
        raise ValueError("a storm is 10 s long, or longer, and at most a day")
    if profile not in PROFILES + ("mixed",):
        raise ValueError(f"no profile '{profile}'; there are: {' '.join(PROFILES)} mixed")
    if is_hostile and nodes % 2:
        raise ValueError("a hostile storm wants an even number of nodes: any two majorities share an honest one")
    dice = Dice(random.Random(seed))
    rows = kinds_for(nodes, chosen, HOSTILE if is_hostile else KINDS)
    plan = Plan(nodes)
    span, end = span_of(lasts_ms), lasts_ms - TAIL_MS
    at, since_calm, misses = HEAD_MS, 0, 0
    while misses < 20:
        scene = dice.weighted(rows)[1](dice, nodes, span)
        if since_calm >= CALM_EVERY or not plan.fits(scene, at):
            at = max(at, plan.end() + CALM_MS)
            since_calm = 0
        if at + scene.lasts_ms > end:
            misses += 1  # a shorter one may fit
            continue
        plan.place(scene, at)
        since_calm += 1
        at += dice.between(200, span[1] // 2)
    steps = sorted((Step(fault.from_ms + at_ms, fault.number, words)
                    for fault in plan.faults for at_ms, words in fault.scene.steps),
                   key=lambda step: (step.at_ms, step.fault))
    home = Dice(random.Random(f"{seed} home")).one(PROFILES) if profile == "mixed" else profile
    liar = Dice(random.Random(f"{seed} liar")).between(1, nodes) if is_hostile else 0
    return Schedule(seed, lasts_ms, nodes, profile, home, liar, tuple(plan.faults), tuple(steps))


__all__ = ["BLACKOUT_MS_MAX", "CALM_MS", "Fault", "Schedule", "Step", "make"]
