"""The network under the storm: its directory, its verbs, and what its nodes say of themselves."""
import http.client
import json
import os
import pathlib
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
VERB_S_MAX = 180  # the longest that a verb waits for a node, and more
SAID_MAX = 500
TICK_MS = 1000 // os.sysconf("SC_CLK_TCK")


class Network:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.environment = dict(os.environ, IMEI_TESTNET=str(self.directory))
        self.bin = pathlib.Path(os.environ.get("IMEI_BIN", ROOT / "build/bin"))

    def names(self):
        try:
            return (self.directory / "nodes/names").read_text().split()
        except FileNotFoundError:
            return []

    def field(self, name, field):
        return (self.directory / "nodes" / name / field).read_text().strip()

    def verb(self, *words):
        """Calls it as people do: its exit status, what it said on stderr, and its stdout."""
        return self.run([str(ROOT / "testnet" / words[0]), *words[1:]])

    def tool(self, *words):
        return self.run([str(self.bin / "imei"), *words])

    def run(self, command):
        try:
            done = subprocess.run(command, env=self.environment, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=VERB_S_MAX, check=False)
        except subprocess.TimeoutExpired:
            return 124, f"{command[0]} has not ended after {VERB_S_MAX} s", ""
        except OSError as wrong:
            return 127, str(wrong), ""
        return done.returncode, " ".join(done.stderr.split())[:SAID_MAX], done.stdout

    def status(self, name, seconds=2.0):
        """The node's own words; None when there are none."""
        try:
            host, port = self.field(name, "http").rsplit(":", 1)
            call = http.client.HTTPConnection(host, int(port), timeout=seconds)
            try:
                call.request("GET", "/v1/status")
                answer = call.getresponse()
                return json.loads(answer.read(1_000_000)) if answer.status == 200 else None
            finally:
                call.close()
        except (OSError, http.client.HTTPException, ValueError):
            return None

    def leader(self):
        """Who says so with the newest term, or None."""
        said = [(status["term"], name) for name in self.names()
                if (status := self.status(name, 0.5)) and status["node"]["state"] == "leader"]
        return max(said)[1] if said else None

    def pid(self, name):
        try:
            pid = int(self.field(name, "pid"))
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().replace("\0", " ")
        except (OSError, ValueError):
            return None
        return pid if f"--config {self.directory}/nodes/{name}/imeid.yaml" in command else None

    def burden(self, pid):
        """Memory now and at most, in KiB, and processor time in ms, of a process."""
        try:
            lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return None
        sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines
                 if line.startswith(("VmRSS", "VmHWM"))}
        if "VmRSS" not in sizes:
            return None  # it has ended
        return sizes["VmRSS"], sizes["VmHWM"], (int(stat[11]) + int(stat[12])) * TICK_MS

    def wait(self, seconds, condition):
        """True as soon as the condition is, false after so many seconds."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(0.2)
        return True
