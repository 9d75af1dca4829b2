#!/usr/bin/env python3
"""The page of a storm: whole, self-contained, and true to its rows."""
import html.parser
import pathlib
import re
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "testnet"))
from stormlib import chart, checks, report, schedule  # noqa: E402

HOSTILE = '<script>alert("1")</script>&'
VOID = {"meta", "line", "rect", "path"}


class Reader(html.parser.HTMLParser):
    """Every tag is closed in order."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.words, self.links = [], [], "", []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ("src", "href", "style")]
        if tag not in VOID or not self.get_starttag_text().endswith("/>") and tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag

    def handle_data(self, data):
        self.words += data + " "


def sample(t_ms, node, state, term=1, height=1, pid=1, rss_kib=20_000):
    answers = state not in ("down", "silent")
    return {"t_ms": t_ms, "node": node, "pid": None if state == "down" else pid, "state": state,
            "leader": 1 if answers else None, "term": term if answers else None,
            "committed": height if answers else None, "height": height if answers else None,
            "rss_kib": None if state == "down" else rss_kib,
            "peak_kib": None if state == "down" else rss_kib, "cpu_ms": None if state == "down" else t_ms // 10}


def step(fault, at_ms, words, took_ms=100, status=0, said=""):
    return {"fault": fault, "at_ms": at_ms, "planned_ms": at_ms, "took_ms": took_ms, "words": words,
            "status": status, "said": said}


SAMPLES = [sample(0, "fr-op", "leader"), sample(0, "ke-reg", "follower"),
           sample(1000, "fr-op", "leader", height=9), sample(1000, "ke-reg", "follower", height=4),
           sample(2000, "fr-op", "down"), sample(2000, "ke-reg", "leader", term=3, height=9),
           sample(3000, "fr-op", "silent", pid=2), sample(3000, "ke-reg", "leader", term=3, height=12,
                                                          rss_kib=30_000)]


def told(checks_rows=None):
    return {"storm": {"seed": 7, "nodes": 2, "profile": "world", "begun": "2026-01-01T00:00:00+00:00",
                      "minutes": 5, "command": "testnet/storm --seed 7 " + HOSTILE, "commit": "abc"},
            "ok": True, "lasts_ms": 4000, "elections": report.elections(SAMPLES),
            "totals": {"statements": 1234, "refused": 0, "unknown": 1, "reads": 99, "fresh": 9,
                       "longest_gap_ms": 1500, "p50_us": 7000, "p99_us": None},
            "nodes": report.node_figures(SAMPLES),
            "faults": [{"number": 1, "kind": "kill", "node": "fr-op", "from_ms": 1500, "to_ms": 2500,
                        "failed": ["start fr-op: " + HOSTILE]}],
            "checks": checks_rows or [checks.row("all heads are equal", True, HOSTILE)],
            "seconds": [{"reads": 3, "unknown": 0, "commits": i, "p50_us": i or None, "p99_us": None}
                        for i in range(5)]}


class Page(unittest.TestCase):
    def setUp(self):
        self.page = report.render(told(), SAMPLES, "schedule of " + HOSTILE)
        self.read = Reader(self.page)

    def test_is_whole_and_needs_nothing_else(self):
        self.assertEqual(self.read.open, [])
        self.assertFalse([link for link in self.read.links if "url" in link or "//" in link])
        self.assertNotRegex(self.page, r"https?://|@import|url\(")
        self.assertIn("prefers-color-scheme:dark", self.page)

    def test_text_from_outside_stays_text(self):
        self.assertNotIn("script", self.read.tags)
        self.assertEqual(self.read.words.count(HOSTILE), 4)

    def test_says_what_was_seen(self):
        for words in ("1,234", "All promises held", "1.5 s", "29 MiB", "kill fr-op", "Storm 7"):
            self.assertIn(words, self.read.words)

    def test_a_broken_promise_is_the_first_thing_it_says(self):
        page = report.render(told([checks.row("a", True, ""), checks.row("heads", False, "differ")]), SAMPLES, "")
        self.assertIn("1 of 2 promises did not hold: heads.", page)
        self.assertNotIn("All promises held", page)

    def test_no_sample_at_all_is_a_page_too(self):
        empty = told()
        empty.update(nodes={}, faults=[], seconds=[])
        self.assertEqual(Reader(report.render(empty, [], "")).open, [])

    def test_what_came_after_the_storm_is_not_in_its_picture(self):
        late = report.render(told(), [*SAMPLES, sample(9000, "late", "leader")], "")
        self.assertNotIn(">late<", late)


class Rows(unittest.TestCase):
    def test_elections_are_terms_that_began(self):
        self.assertEqual(report.elections(SAMPLES), 2)
        self.assertEqual(report.elections([]), 0)

    def test_lag_is_behind_the_highest_seen(self):
        self.assertEqual(report.lags(SAMPLES)["ke-reg"], [(0, 0), (1000, 5), (2000, 0), (3000, 0)])
        self.assertEqual(report.lags(SAMPLES)["fr-op"], [(0, 0), (1000, 0), (2000, None), (3000, None)])

    def test_node_figures(self):
        fr, ke = (report.node_figures(SAMPLES)[name] for name in ("fr-op", "ke-reg"))
        self.assertEqual((fr["led_s"], fr["away_s"], fr["cpu_percent"]), (2.0, 1.0, 3.3))
        self.assertEqual((ke["peak_kib"], ke["lag_max"]), (30_000, 5))

    def test_spans_end_where_the_next_begins_and_part_at_a_new_term(self):
        rows = [sample(0, "a", "leader"), sample(5, "a", "leader"), sample(9, "a", "leader", term=2),
                sample(12, "a", "down")]
        self.assertEqual(chart.spans(rows), [["leader", 1, 0, 9], ["leader", 2, 9, 12], ["down", None, 12, 12]])

    def test_no_two_faults_overlap_in_a_row(self):
        faults = [{"from_ms": i * 10, "to_ms": i * 10 + 35} for i in range(20)]
        rows, count = chart.packed(faults)
        self.assertEqual(count, 4)
        for row in range(count):
            mine = [fault for place, fault in rows if place == row]
            for a, b in zip(mine, mine[1:]):
                self.assertLessEqual(a["to_ms"], b["from_ms"])

    def test_every_mark_lies_in_the_picture(self):
        axis = chart.Axis(10_000)
        for t_ms in (-5, 0, 5_000, 10_000, 99_000):
            self.assertTrue(chart.LEFT <= axis.x(t_ms) <= chart.WIDTH - chart.RIGHT)
        for lasts_s in (1, 20, 300, 86_400):
            self.assertLessEqual(len(chart.Axis(lasts_s * 1000).ticks_s()), 13)

    def test_a_gap_in_a_line_is_a_gap(self):
        _, svg = chart.lines_lane(chart.Axis(4), {"a": ("n0", [(0, 1), (1, 2), (2, None), (3, 4), (4, 1)])}, "")
        self.assertEqual(re.sub(r"[^ML]", "", re.search(r'd="([^"]*)"', svg).group(1)), "MLML")

    def test_faults_are_told_as_they_were_played(self):
        plan = schedule.make(7, 20_000, 4, "lan", ["kill"])
        number = plan.faults[0].number
        found = report.faults_of(plan, [step(number, 3_000, "start fr-op", status=1, said="no"),
                                        step(number, 2_000, "kill fr-op")])
        self.assertEqual(found, [{"number": number, "kind": "kill", "node": "fr-op", "from_ms": 2_000,
                                  "to_ms": 3_100, "failed": ["start fr-op: no"]}])

    def test_a_crowd_is_told_with_its_kind_and_its_node(self):
        plan = schedule.make(7, 60_000, 4, "lan", ["crowd"], True)
        number = plan.faults[0].number
        found = report.faults_of(plan, [step(number, 1_000, "crowd ke-reg flood"),
                                        step(number, 9_000, "crowd ke-reg none", said="was told: OK=7")])
        self.assertEqual((found[0]["kind"], found[0]["node"], found[0]["failed"]), ("crowd", "ke-reg flood", []))
        self.assertIn("crowd ke-reg flood", chart.faults_lane(chart.Axis(10_000), found)[1])


class Checks(unittest.TestCase):
    def test_a_node_that_ends_by_itself_is_found(self):
        rows = [sample(0, "a", "follower"), sample(60_000, "a", "down")]
        self.assertFalse(checks.unasked_ends(rows, [])["ok"])
        self.assertFalse(checks.unasked_ends(rows, [step(1, 59_000, "kill b")])["ok"])
        self.assertFalse(checks.unasked_ends(rows, [step(1, 70_000, "kill a")])["ok"])
        self.assertFalse(checks.unasked_ends(rows, [step(1, 59_000, "pause a")])["ok"])
        self.assertTrue(checks.unasked_ends(rows, [step(1, 59_800, "kill a")])["ok"])
        flipped = [step(1, 20_000, "corrupt a state --seed 1")]
        late = [sample(59_000, "a", "follower"), sample(60_000, "a", "down")]
        self.assertFalse(checks.unasked_ends(late, flipped)["ok"])
        self.assertTrue(checks.unasked_ends(late, flipped, {"a"})["ok"])
        self.assertFalse(checks.unasked_ends(late, [step(1, 70_000, "corrupt a state")], {"a"})["ok"])
        self.assertTrue(checks.unasked_ends(rows, [step(1, 59_800, "add extra7")])["ok"])
        crash = step(1, 100, "add extra7", said="lib.sh: line 88: 7256 Segmentation fault setsid env")
        self.assertFalse(checks.unasked_ends([], [crash])["ok"])
        again = [sample(0, "a", "follower"), sample(500, "a", "follower", pid=9)]
        self.assertFalse(checks.unasked_ends(again, [])["ok"])

    def test_a_full_disk_excuses_an_end_until_there_is_room(self):
        done = [step(1, 1_000, "full-disk a on"), step(1, 20_000, "full-disk a off")]
        rows = [sample(10_000, "a", "follower"), sample(10_500, "a", "down")]
        self.assertTrue(checks.unasked_ends(rows, done)["ok"])
        rows = [sample(40_000, "a", "follower"), sample(40_500, "a", "down")]
        self.assertFalse(checks.unasked_ends(rows, done)["ok"])

    def test_memory_beyond_its_bound_is_found(self):
        bound = checks.MEMORY_MIB_MAX * 1024
        self.assertTrue(checks.memory([sample(0, "a", "follower", rss_kib=bound)])["ok"])
        self.assertFalse(checks.memory([sample(0, "a", "follower", rss_kib=bound + 1)])["ok"])

    def test_check_digits_are_luhns(self):
        self.assertEqual(checks.with_check_digit("35100001000001"), "351000010000011")
        self.assertEqual(checks.with_check_digit("49015420323751"), "490154203237518")


if __name__ == "__main__":
    unittest.main()
