"""The storm's clients: imei-swarm at every node, and what its history amounts to second by second."""
import json
import signal
import subprocess

MARGIN_S = 600  # a storm ends its clients itself; they end alone if it cannot


class Swarm:
    def __init__(self, network, history, seed, seconds, arguments):
        command = [str(network.bin / "imei-swarm"), str(network.directory), str(history), "--seed",
                   str(seed), "--seconds", str(seconds + MARGIN_S), *arguments]
        self.log = open(history.with_suffix(".log"), "w", encoding="utf-8")
        self.process = subprocess.Popen(command, env=network.environment, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=subprocess.STDOUT)

    def close(self):
        """Its exit status. Every client ends with the operation under way."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            self.log.close()


# How long after the end of a lie about what is committed a question may still rest on it: the word
# is under way, or a node waits for it.
RESTS_S = 10


def misled(liar, done, begin_us):
    """When the others' word on how fresh an answer is may be the liar's, in microseconds: a leader
    says what a fresh answer must have seen, and this lie says that it is nothing."""
    periods = []
    for row in sorted(done, key=lambda row: row["at_ms"]):
        if row["words"].startswith(f"lie {liar} "):
            if periods and periods[-1][1] is None:
                periods[-1][1] = begin_us + (row["at_ms"] + row["took_ms"] + RESTS_S * 1000) * 1000
            if row["words"].endswith(" supply"):
                periods.append([begin_us + row["at_ms"] * 1000, None])
    return [(start, end or float("inf")) for start, end in periods]


def rests_on(row, periods):
    """Whether what the answer says of its freshness was learned in one of these."""
    start = row["start_us"] - 1000 * (row.get("age_ms") or 0)
    return any(start <= end and row["end_us"] >= begin for begin, end in periods)


def without(lines, liars, periods=()):
    """The history without the word of those nodes: what they answered is left out, and what they say
    was committed or refused may be so or not; and without the answers of others that rest on it in
    the periods of misled(). Lines keep the one form that the judge reads."""
    for line in lines:
        row = json.loads(line)
        if row.get("op") in ("block", "unblock"):
            is_word = row["node"] in liars
            yield line[:line.index(',"outcome":')] + ',"outcome":"unknown","code":"TIMEOUT"}\n' if is_word else line
        elif row.get("node") not in liars and not ("op" in row and rests_on(row, periods)):
            yield line


def part(rows, share):
    """The value below which that share of the sorted rows lies; None of none."""
    return rows[min(len(rows) - 1, int(share * len(rows)))] if rows else None


def figures(lines, begin_us, lasts_s):
    """What the clients saw of a storm that began then: totals, and a row for each second. The first
    line of a history is its head."""
    seconds = [{"writes": [], "reads": 0, "unknown": 0} for _ in range(lasts_s + 1)]
    totals = {"statements": 0, "refused": 0, "unknown": 0, "reads": 0, "fresh": 0}
    commits, latencies = [], []
    for line in lines:
        row = json.loads(line)
        if "op" not in row:
            continue
        second = seconds[max(0, min(lasts_s, (row["end_us"] - begin_us) // 1_000_000))]
        if row["outcome"] == "committed":
            totals["statements"] += 1
            commits.append(row["end_us"])
            latencies.append(row["end_us"] - row["start_us"])
            second["writes"].append(row["end_us"] - row["start_us"])
        elif row["outcome"] == "answered":
            totals["reads"] += 1
            totals["fresh"] += row["op"] == "fresh"
            second["reads"] += 1
        else:
            totals[row["outcome"]] += 1
            second["unknown"] += row["outcome"] == "unknown"
    latencies.sort()
    marks = sorted([begin_us, begin_us + lasts_s * 1_000_000, *commits])
    totals["longest_gap_ms"] = max(b - a for a, b in zip(marks, marks[1:])) // 1000
    totals["p50_us"], totals["p99_us"] = part(latencies, 0.5), part(latencies, 0.99)
    for second in seconds:
        rows = sorted(second.pop("writes"))
        second.update(commits=len(rows), p50_us=part(rows, 0.5), p99_us=part(rows, 0.99))
    return totals, seconds
