#!/usr/bin/env python3
"""What every schedule of a storm keeps: docs/testnet.md."""
import pathlib
import re
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "testnet"))
from stormlib import schedule  # noqa: E402
from stormlib.scenes import BLACKOUT_MS_MAX, CROWDS, HOSTILE, KINDS, LIES, Dice  # noqa: E402

STORMS = [(seed, lasts_ms, nodes) for seed in range(60)
          for lasts_ms in (20_000, 300_000) for nodes in (3, 4, 5, 7)]
# How each thing that is broken is made whole, and which words must be the same in both.
REMEDIES = {"kill": ("start",), "stop": ("start", "mend"), "power-off": ("start",), "pause": ("resume",),
            "isolate": ("heal",), "cut": ("heal",), "flap": ("heal",), "destroy": ("replace",),
            "corrupt": ("mend",), "add": ("remove",)}
LEVELS = {"slow-disk": "0", "fail-sync": "0", "full-disk": "off", "clock": "+0", "wan": "home", "lie": "none",
          "crowd": "none"}


def made():
    for seed, lasts_ms, nodes in STORMS:
        yield schedule.make(seed, lasts_ms, nodes, "mixed")


def open_faults(plan):
    """What a plan leaves broken after each of its steps: (step, set of (verb, node))."""
    broken = set()
    for step in plan.steps:
        # A node's own word stands for it in later steps of the fault.
        verb, *words = ["it" if word in ("leader", "follower") else word for word in step.words]
        node = (step.fault, words[0] if words else "")
        if verb in LEVELS:
            broken = {one for one in broken if one != (verb, step.fault)}
            if words[-1] != LEVELS[verb]:
                broken.add((verb, step.fault))
        elif verb in REMEDIES:
            broken.add((verb, node))
        elif verb == "heal":
            broken = {one for one in broken if not ("heal" in REMEDIES.get(one[0], ()) and
                                                    one[1][0] == step.fault)}
        else:
            broken = {one for one in broken if not (verb in REMEDIES.get(one[0], ()) and one[1] == node)}
        yield step, broken


class Schedule(unittest.TestCase):
    def test_the_same_seed_is_the_same_storm(self):
        for seed, lasts_ms, nodes in STORMS[:100]:
            a, b = (schedule.make(seed, lasts_ms, nodes, "mixed") for _ in range(2))
            self.assertEqual(a, b)
            self.assertEqual(a.text(), b.text())

    def test_a_seed_stays_the_storm_it_was(self):
        """A change of this table changes every storm that was ever told by its seed."""
        text = schedule.make(7, 20_000, 4, "mixed").text()
        self.assertEqual([line.split(None, 2)[2] for line in text.splitlines()[2:]],
                         ["power-off all --seed 650934", "start all", "choose leader",
                          "cut it each --one-way", "heal it each", "isolate leader", "heal it each",
                          "fail-sync leader", "fail-sync it 0", "start it"])

    def test_other_seeds_are_other_storms(self):
        self.assertGreater(len({schedule.make(seed, 20_000, 4, "mixed").steps for seed in range(100)}), 95)

    def test_who_is_away_at_once_is_a_minority_or_back_soon(self):
        for plan in made():
            for fault in plan.faults:
                beside = [other for other in plan.faults if other is not fault and
                          other.from_ms <= fault.to_ms and fault.from_ms <= other.to_ms]
                then = [other for other in beside if other.from_ms <= fault.from_ms]
                if fault.scene.alone:
                    self.assertEqual(beside, [])
                    if fault.scene.takes > 1:
                        self.assertLessEqual(fault.scene.lasts_ms, BLACKOUT_MS_MAX)
                    continue
                self.assertLessEqual(fault.scene.takes + sum(other.scene.takes for other in then),
                                     (plan.nodes - 1) // 2)

    def test_the_data_of_one_node_alone_is_at_risk(self):
        for plan in made():
            risky = [fault for fault in plan.faults if fault.scene.loses]
            for a, b in zip(risky, risky[1:]):
                self.assertGreater(b.from_ms, a.to_ms)

    def test_all_is_healed_at_the_end(self):
        for plan in made():
            *_, (step, broken) = open_faults(plan)
            self.assertEqual(broken, set(), plan.text())
            self.assertLessEqual(step.at_ms, plan.lasts_ms)

    def test_what_is_healed_was_broken(self):
        verbs = {verb for remedies in REMEDIES.values() for verb in remedies}
        for plan in made():
            before = set()
            for step, broken in open_faults(plan):
                if step.words[0] in verbs and step.words not in (("start", "it"), ("start", "peer")):
                    self.assertLessEqual(len(broken), len(before), step)
                before = set(broken)

    def test_steps_lie_in_their_faults_and_in_order(self):
        for plan in made():
            faults = {fault.number: fault for fault in plan.faults}
            self.assertEqual([s.at_ms for s in plan.steps], sorted(s.at_ms for s in plan.steps))
            for step in plan.steps:
                fault = faults[step.fault]
                self.assertTrue(fault.from_ms <= step.at_ms <= fault.to_ms)

    def test_every_kind_is_played_and_only_those_asked_for(self):
        seen = {fault.scene.kind for plan in made() for fault in plan.faults}
        self.assertEqual(seen, set(KINDS))
        plan = schedule.make(1, 300_000, 4, "lan", ["kill", "clock"])
        self.assertEqual({fault.scene.kind for fault in plan.faults}, {"kill", "clock"})

    def test_nodes_are_chosen_before_they_are_named(self):
        for plan in made():
            bound = set()
            for step in plan.steps:
                if "leader" in step.words or "follower" in step.words:
                    bound.add(step.fault)
                if {"it", "each", "peer"} & set(step.words):
                    self.assertIn(step.fault, bound, step)

    def test_five_minutes_hold_many_faults(self):
        for seed in range(100):
            self.assertGreaterEqual(len(schedule.make(seed, 300_000, 4, "mixed").faults), 12)

    def test_a_hostile_storm_has_one_liar_and_takes_no_honest_data(self):
        kinds = set()
        for seed in range(60):
            plan = schedule.make(seed, 300_000, 4, "mixed", None, True)
            kinds |= {fault.scene.kind for fault in plan.faults}
            self.assertTrue(1 <= plan.liar <= 4)
            *_, (_, broken) = open_faults(plan)
            self.assertEqual(broken, set())
            self.assertFalse([fault for fault in plan.faults if fault.scene.loses])
        self.assertEqual(kinds, set(HOSTILE))
        self.assertNotIn("add", kinds)
        self.assertRaises(ValueError, schedule.make, 1, 300_000, 5, "mixed", None, True)

    def test_crowds_come_by_the_seed_beside_other_faults_at_nodes_that_those_may_take(self):
        """A crowd holds no node but the leader; one that is at a node by its place ends there, too."""
        seen, beside = set(), set()
        for seed in range(60):
            plan = schedule.make(seed, 300_000, 4, "mixed", None, True)
            for fault in plan.faults:
                if fault.scene.kind != "crowd":
                    continue
                (begin_ms, (_, who, kind)), (end_ms, (_, again, _)) = fault.scene.steps
                self.assertEqual((begin_ms, fault.scene.takes), (0, 0))
                self.assertGreaterEqual(end_ms, 10_000)
                self.assertEqual(again, "it" if who == "leader" else who)
                seen |= {who, kind}
                beside |= {other.scene.kind for other in plan.faults if other is not fault and
                           other.from_ms < fault.to_ms and fault.from_ms < other.to_ms}
        self.assertEqual(seen, {"leader", "node1", "node2", "node3", "node4", *CROWDS})
        self.assertTrue({"kill", "pause", "isolate", "lie", "power-off"} <= beside)
        self.assertFalse({"crowd", "blackout", "split", "roll"} & beside)

    def test_crowds_come_to_hostile_storms_alone_and_can_be_picked(self):
        plan = schedule.make(1, 120_000, 4, "lan", ["crowd", "kill"], True)
        self.assertEqual({fault.scene.kind for fault in plan.faults}, {"crowd", "kill"})
        self.assertRaises(ValueError, schedule.make, 1, 120_000, 4, "lan", ["crowd"])

    def test_every_crowd_there_is_can_come(self):
        program = pathlib.Path(__file__).resolve().parents[2] / "testnet/crowd"
        rows = subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(set(CROWDS), {line.split("\t")[0] for line in rows.splitlines()})

    def test_every_lie_there_is_was_thought_of(self):
        text = (pathlib.Path(__file__).resolve().parents[1] / "hostile/lies.h").read_text()
        lies = set(re.findall(r'^ +X\([A-Z]+, "([a-z]+)"', text, re.M))
        self.assertEqual(set(LIES) | {"none", "lost"}, lies)

    def test_refuses_what_is_no_storm(self):
        for seed, lasts_ms, nodes, profile, chosen in (
                (1, 300_000, 2, "lan", None), (1, 300_000, 17, "lan", None), (1, 9_999, 4, "lan", None),
                (1, 10**9, 4, "lan", None), (1, 300_000, 4, "moon", None),
                (1, 300_000, 4, "lan", ["earthquake"])):
            with self.assertRaises(ValueError):
                schedule.make(seed, lasts_ms, nodes, profile, chosen)


class Chance(unittest.TestCase):
    def test_stays_between_its_ends_and_reaches_them(self):
        import random
        dice = Dice(random.Random(1))
        seen = [dice.between(3, 6) for _ in range(1000)]
        self.assertEqual(set(seen), {3, 4, 5, 6})
        rows = [dice.weighted(((1, "a"), (3, "b")))[1] for _ in range(4000)]
        self.assertTrue(0.2 < rows.count("a") / 4000 < 0.3)


if __name__ == "__main__":
    unittest.main()
