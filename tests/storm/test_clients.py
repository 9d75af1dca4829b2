#!/usr/bin/env python3
"""What a history amounts to, second by second."""
import json
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "testnet"))
from stormlib import clients  # noqa: E402

HEAD = '{"history":1,"network":"c5e3","height":1,"seed":1}\n'


def line(op, outcome, start_ms, end_ms):
    return json.dumps({"op": op, "outcome": outcome, "start_us": start_ms * 1000, "end_us": end_ms * 1000})


class Figures(unittest.TestCase):
    def test_counts_each_outcome_once_and_in_its_second(self):
        totals, seconds = clients.figures(
            [HEAD, line("block", "committed", 1_100, 1_200), line("unblock", "committed", 1_100, 1_900),
             line("check", "answered", 1_500, 2_100), line("fresh", "answered", 1_500, 2_100),
             line("block", "refused", 1_500, 2_100), line("block", "unknown", 1_500, 3_500)], 1_000_000, 4)
        self.assertEqual({key: totals[key] for key in ("statements", "refused", "unknown", "reads", "fresh")},
                         {"statements": 2, "refused": 1, "unknown": 1, "reads": 2, "fresh": 1})
        self.assertEqual([row["commits"] for row in seconds], [2, 0, 0, 0, 0])
        self.assertEqual([row["reads"] for row in seconds], [0, 2, 0, 0, 0])
        self.assertEqual([row["unknown"] for row in seconds], [0, 0, 1, 0, 0])
        self.assertEqual((seconds[0]["p50_us"], seconds[0]["p99_us"]), (800_000, 800_000))
        self.assertIsNone(seconds[1]["p50_us"])

    def test_the_longest_gap_counts_from_the_begin_and_to_the_end(self):
        for commit_ms, gap_ms in ((1_000, 9_000), (9_000, 8_000), (5_000, 5_000)):
            totals, _ = clients.figures([HEAD, line("block", "committed", 0, commit_ms + 1_000)], 1_000_000,
                                        10)
            self.assertEqual(totals["longest_gap_ms"], max(gap_ms, commit_ms))
        totals, _ = clients.figures([HEAD], 0, 10)
        self.assertEqual(totals["longest_gap_ms"], 10_000)

    def test_without_a_liar_its_word_is_worth_nothing(self):
        write = '{"client":1,"node":"a","link":1,"op":"block","start_us":1,"end_us":2,"outcome":"committed",' \
                '"place":7,"position":0}\n'
        read = '{"client":1,"node":"a","link":1,"op":"check","start_us":1,"end_us":2,"outcome":"answered"}\n'
        lines = [HEAD, write, read]
        self.assertEqual(list(clients.without(lines, {"b"})), lines)
        self.assertEqual(list(clients.without(lines, {"a"})), [HEAD, write[:write.index("committed")] +
                                                             'unknown","code":"TIMEOUT"}\n'])

    def test_what_rests_on_a_lie_about_what_is_committed_is_left_out(self):
        def done(at_ms, words):
            return {"at_ms": at_ms, "took_ms": 5, "words": words}
        rows = [done(9_000, "lie a none"), done(1_000, "lie a supply"), done(2_000, "lie b supply"),
                done(30_000, "lie a ruin"), done(31_000, "lie a none"), done(50_000, "lie a supply")]
        periods = clients.misled("a", rows, 7)
        self.assertEqual(periods, [(1_000_007, 19_005_007), (50_000_007, float("inf"))])

        def read(node, op, at_ms, age):
            return (f'{{"client":1,"node":"{node}","link":1,"op":"{op}","start_us":{at_ms * 1000},"end_us":'
                    f'{at_ms * 1000 + 5},"outcome":"answered","height":7,"age_ms":{age}}}\n')
        kept = [read("b", "fresh", 999, 0), read("b", "check", 19_400, 100), read("b", "fresh", 30_000, "null"),
                '{"client":1,"node":"b","link":1,"op":"block","start_us":2000000,"end_us":2000002,'
                '"outcome":"committed","place":7,"position":0}\n']
        lost = [read("b", "fresh", 1_001, 0), read("b", "check", 19_400, 500), read("c", "fresh", 60_000, 3)]
        self.assertEqual(list(clients.without([HEAD, *kept, *lost], {"a"}, periods)), [HEAD, *kept])

    def test_parts_of_sorted_rows(self):
        rows = list(range(100))
        self.assertEqual((clients.part(rows, 0.5), clients.part(rows, 0.99), clients.part([7], 0.99)),
                         (50, 99, 7))
        self.assertIsNone(clients.part([], 0.5))


if __name__ == "__main__":
    unittest.main()
