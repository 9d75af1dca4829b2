"""Plays a schedule: each step by the verb that people use, and what came of it written down.

A fault begins at its time, or later: when all faults have ended that the schedule has end before it.
So a machine that is slow makes a storm longer and never worse than it was made.
"""
import json
import random
import threading
import time


class Player:
    """Done steps are rows of {fault, at_ms, planned_ms, took_ms, words, status, said}."""

    def __init__(self, network, schedule, path, begin):
        self.network, self.schedule, self.begin = network, schedule, begin
        self.names = network.names()
        self.home = schedule.home
        self.liar = self.names[schedule.liar - 1] if schedule.liar else None
        self.file = open(path, "w", encoding="utf-8")
        self.lock = threading.Lock()
        self.done = []
        self.bound = {}  # fault: {"it": name, "peer": name}
        self.held = {}  # node: fault
        self.ended = {fault.number: threading.Event() for fault in schedule.faults}

    def now_ms(self):
        return int((time.monotonic() - self.begin) * 1000)

    def sleep_until(self, at_ms):
        time.sleep(max(0.0, at_ms / 1000 - (time.monotonic() - self.begin)))

    def play(self):
        """Returns when the last fault has ended."""
        threads = []
        for fault in self.schedule.faults:
            self.sleep_until(fault.from_ms)
            for other in self.schedule.faults:
                if other.to_ms <= fault.from_ms:
                    self.ended[other.number].wait()
            thread = threading.Thread(target=self.fault, args=(fault,), daemon=True)
            thread.start()
            threads.append(thread)
        for thread in threads:
            thread.join()
        self.sleep_until(self.schedule.lasts_ms)
        self.file.close()

    def fault(self, fault):
        from_ms = self.now_ms()
        try:
            for step in self.schedule.steps:
                if step.fault == fault.number:
                    planned_ms = from_ms + step.at_ms - fault.from_ms
                    self.sleep_until(planned_ms)
                    self.step(fault.number, planned_ms, step.words)
        finally:
            with self.lock:
                self.held = {node: number for node, number in self.held.items()
                             if number != fault.number}
            self.ended[fault.number].set()

    def choose(self, number, word):
        """The name for a word that stands for a node; the first choice of a fault holds its node."""
        bound = self.bound.setdefault(number, {})
        if word in ("leader", "follower"):
            leader = self.network.leader()
            with self.lock:
                free = [name for name in self.names if name not in self.held and name != self.liar]
                pick = random.Random(f"{self.schedule.seed} {number}").random()
                rows = [name for name in free if (name == leader) == (word == "leader")] or free
                bound["it"] = rows[int(pick * len(rows))]
                self.held[bound["it"]] = number
            return bound["it"]
        if word == "peer" and "peer" not in bound:
            leader = self.network.leader()
            others = [name for name in self.names if name not in (bound["it"], self.liar)]
            pick = random.Random(f"{self.schedule.seed} {number} peer").random()
            bound["peer"] = leader if leader in others else others[int(pick * len(others))]
        if word in ("it", "peer"):
            return bound[word]
        if word.startswith("node"):
            return self.names[int(word[4:]) - 1]
        return {"extra": f"extra{number}", "home": self.home, "liar": self.liar}.get(word, word)

    def step(self, number, planned_ms, words):
        if "each" in words:
            it = self.bound[number]["it"]
            rows = [[name if word == "each" else word for word in words]
                    for name in self.names if name != it]
        elif words[:2] == ("power-off", "all"):
            rows = [[words[0], *self.names, *words[2:]]]
        elif "all" in words:
            rows = [[words[0], name] for name in self.names]
        else:
            rows = [words]
        threads = [threading.Thread(target=self.call, args=(number, planned_ms, row)) for row in rows]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def call(self, number, planned_ms, words):
        words = [words[0]] + [self.choose(number, word) for word in words[1:]]
        at_ms = self.now_ms()
        if words[0] == "choose":
            status, said = 0, ""
        elif words[0] == "mend":
            status, said = self.mend(words[1])
        else:
            status, said, _ = self.network.verb(*words)
        row = {"fault": number, "at_ms": at_ms, "planned_ms": planned_ms,
               "took_ms": self.now_ms() - at_ms, "words": " ".join(words), "status": status,
               "said": said}
        with self.lock:
            self.done.append(row)
            self.file.write(json.dumps(row) + "\n")
            self.file.flush()

    def mend(self, name):
        """Starts a node whose data was damaged; one that refuses its data gets a successor."""
        status, said, _ = self.network.verb("start", name)
        if status == 0:
            return 0, "it starts with its data"
        refused = said
        status, said, _ = self.network.verb("replace", name)
        return status, said if status else f"replaced, since: {refused}"
