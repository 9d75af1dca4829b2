"""What the benches beside etcd share: a network of nodes and a cluster of etcd on this machine, what
they take of it, and the words of statistics."""
import atexit
import json
import os
import pathlib
import resource
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BIN = pathlib.Path(os.environ.get("IMEI_BIN", ROOT / "build/bin"))
CLIENTS = BIN.parent / "bench/bench-clients"
PORT = int(os.environ.get("IMEI_PORT", 7700))
TICKS = os.sysconf("SC_CLK_TCK")


def die(text):
    sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {text}")


def say(text):
    print(text, file=sys.stderr, flush=True)


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            die(f"{program} is not there: tools/deps bench installs it")


def workspace():
    """A directory that goes when the bench ends, however that is."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="imei-bench."))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    return path


def run(*command, **more):
    """Its standard output; ends the bench with what it says when it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **more)
    if done.returncode != 0:
        die(f"{' '.join(map(str, command))}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def until(seconds, what, happens):
    end = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > end:
            die(f"after {seconds} s: {what}")
        time.sleep(0.05)


def children_cpu_s():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


class Group:
    """Processes that are measured together."""

    def pids(self):
        raise NotImplementedError

    def cpu_s(self):
        total = 0
        for pid in self.pids():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def rss_bytes(self):
        """Of each process, the largest it ever was, the pages of mapped files included."""
        return [self._memory(pid, "VmHWM") for pid in self.pids()]

    def own_bytes(self):
        """Of each process, what it has now that is of no file."""
        return [self._memory(pid, "RssAnon") for pid in self.pids()]

    @staticmethod
    def _memory(pid, what):
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        return int(status.split(f"{what}:")[1].split()[0]) * 1024


class Network(Group):
    """Nodes on loopback, made by testnet/up."""

    def __init__(self, count, directory):
        self.net = directory / f"net-{count}"
        self.env = {**os.environ, "IMEI_TESTNET": str(self.net), "IMEI_PORT": str(PORT),
                    "IMEI_BIN": str(BIN), "XDG_STATE_HOME": str(directory / "state")}
        atexit.register(self.stop)
        run(ROOT / "testnet/up", "--nodes", count, env=self.env)
        self.names = (self.net / "nodes/names").read_text().split()
        self.key = self.net / "organisations/operator-fr/key.pem"

    def verb(self, verb, *arguments):
        return run(ROOT / "testnet" / verb, *arguments, env=self.env)

    def stop(self):
        subprocess.run([ROOT / "testnet/down", "--delete"], env=self.env, capture_output=True,
                       check=False)

    def pids(self):
        return [int((self.net / "nodes" / name / "pid").read_text()) for name in self.names]

    def address(self, name):
        return (self.net / "nodes" / name / "clients").read_text().strip()

    def data(self, name):
        return self.net / "nodes" / name / "data"

    def status(self, name):
        done = subprocess.run([BIN / "imei", "status", "--json", "--timeout", "5", "--node",
                               self.address(name)], capture_output=True, text=True, check=False)
        said = json.loads(done.stdout) if done.stdout else {}
        return said if "node" in said else {"node": {"state": "silent"}}

    def leader(self):
        for _ in range(100):
            for name in self.names:
                if self.status(name)["node"]["state"] == "leader":
                    return name
            time.sleep(0.1)
        return die("no node leads")

    def heads_equal(self):
        heads = [self.status(name).get("head") for name in self.names]
        return heads[0] is not None and len(set(heads)) == 1

    def clients(self, clients, items, seconds, first, most):
        """Transactions submitted to the leader: what bench-clients says of them."""
        port = self.address(self.leader()).rpartition(":")[2]
        return json.loads(run(CLIENTS, self.key, port, clients, items, seconds, first, most))

    def verify(self, seconds):
        """Signatures that all processors together verify in a second, now."""
        said = run(CLIENTS, self.key, "verify", seconds, os.cpu_count())
        return json.loads(said)["rate"]


def field(number, content):
    """A field of protocol buffers with bytes in it."""
    size, head = len(content), bytes([number << 3 | 2])
    while size > 127:
        head += bytes([size & 127 | 128])
        size >>= 7
    return head + bytes([size]) + content


class Etcd(Group):
    """Members of etcd on loopback, as they come: the log is synced before a put is answered."""

    def __init__(self, count, directory, options=(), port=PORT + 20):
        need("etcd", "etcdctl", "h2load")
        self.options = options
        self.directory = directory / f"etcd-{count}"
        self.directory.mkdir()
        self.ports = [port + 2 * i for i in range(count)]
        cluster = ",".join(f"m{i}=http://127.0.0.1:{p + 1}" for i, p in enumerate(self.ports))
        self.processes = [self._start(i, cluster) for i in range(count)]
        atexit.register(self.stop)
        until(30, "etcd has no leader", lambda: self._status() is not None)

    def _start(self, i, cluster):
        mine = f"http://127.0.0.1:{self.ports[i]}"
        peer = f"http://127.0.0.1:{self.ports[i] + 1}"
        with open(self.directory / f"log-{i}", "wb") as log:
            return subprocess.Popen(
                ["etcd", "--name", f"m{i}", "--data-dir", self.directory / f"m{i}",
                 "--listen-client-urls", mine, "--advertise-client-urls", mine,
                 "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                 "--initial-cluster", cluster, "--quota-backend-bytes", str(8 << 30),
                 "--logger", "zap", "--log-level", "error", *self.options],
                stdout=log, stderr=log, start_new_session=True)

    def stop(self):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()

    def pids(self):
        return [process.pid for process in self.processes]

    def _ctl(self, *words):
        """What etcdctl answers, or None."""
        ends = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        done = subprocess.run(["etcdctl", "--endpoints", ends, *words, "-w", "json"],
                              env={**os.environ, "ETCDCTL_API": "3"}, capture_output=True,
                              text=True, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def _status(self):
        """Of the leader: its place in ports, and its revision."""
        rows = [row["Status"] for row in self._ctl("endpoint", "status") or []]
        for i, row in enumerate(rows):
            if row["leader"] == row["header"]["member_id"]:
                return i, row["header"]["revision"]
        return None

    def revision(self):
        return self._status()[1]

    def keys(self):
        return self._ctl("get", "", "--prefix", "--limit", "1")["count"]

    def leader_url(self, method):
        return f"http://127.0.0.1:{self.ports[self._status()[0]]}/etcdserverpb.KV/{method}"

    def puts(self, clients, value_size, seconds):
        """Puts at the leader by h2load, one client a connection, one put at a time on each. All of
        one key, which is the least work for etcd. Checked by the revision, which counts puts."""
        message = field(1, b"imei:35000000000000") + field(2, b"x" * value_size)
        body, times = self.directory / "body", self.directory / "times"
        body.write_bytes(b"\0" + struct.pack(">I", len(message)) + message)
        times.unlink(missing_ok=True)
        url, before = self.leader_url("Put"), self.revision()
        run("h2load", "-c", clients, "-m", 1, "-t", 1, "-D", seconds, "-d", body,
            "-H", "content-type: application/grpc", "-H", "te: trailers", f"--log-file={times}",
            url)
        rows = [line.split() for line in times.read_text().splitlines()]
        took = sorted(int(row[2]) for row in rows if row[1] == "200")
        counted = self.revision() - before
        if not len(took) <= counted <= len(took) + clients:
            die(f"etcd counts {counted} puts, h2load {len(took)}")
        return {"clients": clients, "count": len(took), "rate": len(took) / seconds,
                "p50_us": percentile(took, 500), "p99_us": percentile(took, 990),
                "p999_us": percentile(took, 999), "bytes": value_size}


def percentile(ordered, per_mille):
    return ordered[(len(ordered) - 1) * per_mille // 1000]


def spread(values):
    """Median, smallest, largest."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def short(value):
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if abs(value) >= 1000 or value == int(value):
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def print_table(heads, rows):
    cells = [heads] + [[short(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(heads))]
    for row in cells:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths)))


def machine():
    model = "unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"],
                            capture_output=True, text=True, check=False).stdout.strip()
    return {"cores": os.cpu_count(), "processor": model, "load": round(os.getloadavg()[0], 1),
            "commit": commit, "when": time.strftime("%Y-%m-%d")}


def write(path, result):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(f"JSON: {path}")
