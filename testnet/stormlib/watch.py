"""What all nodes say and weigh, twice a second, kept for the report."""
import concurrent.futures
import json
import threading
import time

EVERY_S = 0.5


class Watch:
    """Rows of {t_ms, node, state, leader, term, committed, height, rss_kib, peak_kib, cpu_ms, pid}; what a
    node that does not answer would say is null. Each row goes to the file when it is there."""

    def __init__(self, network, path, begin):
        self.network, self.begin = network, begin
        self.rows = []
        self.file = open(path, "w", encoding="utf-8")
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()

    def close(self):
        self.over.set()
        self.thread.join()
        self.file.close()

    def follow(self):
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            while not self.over.is_set():
                started = time.monotonic()
                for row in pool.map(self.look, self.network.names()):
                    self.rows.append(row)
                    self.file.write(json.dumps(row) + "\n")
                self.file.flush()
                self.over.wait(max(0.05, EVERY_S - (time.monotonic() - started)))

    def look(self, name):
        row = {"t_ms": int((time.monotonic() - self.begin) * 1000), "node": name}
        pid = self.network.pid(name)
        row["pid"] = pid
        burden = self.network.burden(pid) if pid else None
        row["rss_kib"], row["peak_kib"], row["cpu_ms"] = burden or (None, None, None)
        status = self.network.status(name, 1.0) if pid else None
        row["state"] = status["node"]["state"] if status else "down" if not pid else "silent"
        for key in ("leader", "term", "committed", "height"):
            row[key] = status.get(key) if status else None
        return row
