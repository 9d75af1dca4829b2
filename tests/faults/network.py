"""A network of real nodes for the sweep: started, asked, stopped and audited, one of them with a
fault. Made by testnet/make-network, on ports of its own."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_S = 60  # until a node says that it has started, on a busy machine
STOP_S = 60  # until it has ended after SIGTERM
SETTLE_S = 60  # until a statement is committed, or heads agree, in a network without a fault


class Trouble(Exception):
    """What a node did and must not do."""


def wait_for(seconds, ready):
    """True when ready() became true in time."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def ports_free(first, count):
    for port in range(first, first + count):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


class Node:
    def __init__(self, network, name):
        self.network = network
        self.name = name
        self.dir = network.dir / "nodes" / name
        self.data = self.dir / "data"
        self.layer = self.dir / "layer"
        self.log = self.dir / "log"
        self.clients = (self.dir / "clients").read_text().strip()
        self.key = (self.dir / "key").read_text().strip()
        self.process = None

    def start(self, environment=None):
        self.process = subprocess.Popen(
            [self.network.bin / "imeid", "--config", self.dir / "imeid.yaml"],
            env=os.environ | (environment or {}), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=self.log.open("wb"))

    def said(self):
        return self.log.read_text(errors="replace")

    def start_on_layer(self, environment):
        """With the fault layer under its disk, and nothing unsynced so far."""
        shutil.rmtree(self.layer, ignore_errors=True)
        self.network.layer_tool("make", self.layer)
        libraries = [environment["LD_PRELOAD"], str(self.network.bin / "libimei-layer.so")]
        self.start(environment | {"LD_PRELOAD": " ".join(libraries), "IMEI_LAYER": str(self.layer)})

    def lose_power(self, seed):
        """After it has ended: what was not synced is lost, as the seed says."""
        self.network.layer_tool("power-off", self.layer, str(seed), "some")

    def has_ended(self):
        return self.process is None or self.process.poll() is not None

    def is_up(self):
        return "event=started" in self.said()

    def wait_started(self):
        """False when it ended instead."""
        if not wait_for(START_S, lambda: self.has_ended() or self.is_up()):
            raise Trouble(f"{self.name} neither starts nor ends within {START_S} s")
        return not self.has_ended()

    def stop(self):
        """Its exit status after SIGTERM."""
        if not self.has_ended():
            self.process.terminate()
            if not wait_for(STOP_S, self.has_ended):
                raise Trouble(f"{self.name} does not end within {STOP_S} s after SIGTERM")
        return self.process.returncode

    def kill(self):
        if not self.has_ended():
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def ask(self, *words, timeout=3):
        """What the tool printed as JSON; None when there was no answer."""
        done = self.network.tool(*words, "--json", "--node", self.clients, "--timeout", str(timeout))
        try:
            return json.loads(done.stdout)
        except ValueError:
            return None

    def block(self, phone, timeout=3):
        """True when the node answered `committed`."""
        answer = self.ask("block", phone, "--key", self.key, timeout=timeout)
        return isinstance(answer, dict) and answer.get("state") == "committed"

    def has_blocked(self, phone):
        """Blocks it, and true when its ledger has it: what was said before may have been committed
        after its answer was waited for, and is refused when it is said again."""
        return self.block(phone) or phone in self.black([phone], timeout=3)

    def black(self, phones, timeout=SETTLE_S):
        """Those of the phones that this node's ledger holds as blocked."""
        if not phones:
            return set()
        listed = self.dir / "phones"
        listed.write_text("".join(f"{phone}\n" for phone in phones))
        rows = self.ask("check", "--file", str(listed), timeout=timeout)
        rows = rows if isinstance(rows, list) else [rows] if rows else []
        return {row["imei"][:14] for row in rows if row.get("status") == "black"}

    def head(self):
        status = self.ask("status")
        return (status["height"], status["head"]) if status and "head" in status else None

    def audit(self):
        """The words of an audit that failed; None when all is sound, or nothing is there yet."""
        if not (self.data / "log" / "data.mdb").exists():
            return None
        done = self.network.tool("audit", str(self.data), "--json")
        return None if done.returncode == 0 else done.stdout.strip() or done.stderr.strip()


class Network:
    def __init__(self, directory, binaries, count, port):
        self.dir = pathlib.Path(directory)
        self.bin = pathlib.Path(binaries)
        self.phones = 0
        environment = os.environ | {"IMEI_TESTNET": str(self.dir), "IMEI_BIN": str(self.bin)}
        subprocess.run([ROOT / "testnet" / "make-network", str(count), str(port)], check=True,
                       env=environment, stdin=subprocess.DEVNULL)
        names = (self.dir / "nodes" / "names").read_text().split()
        self.nodes = [Node(self, name) for name in names]
        if count == 1:
            self.hasten(self.nodes[0])

    @staticmethod
    def hasten(node):
        """A node that is alone has nobody to wait for."""
        config = node.dir / "imeid.yaml"
        text = config.read_text()
        for key, value in (("heartbeat_ms", 20), ("election_min_ms", 50), ("election_max_ms", 100)):
            text = re.sub(rf"^{key}: .*$", f"{key}: {value}", text, flags=re.M)
        config.write_text(text)

    def tool(self, *words):
        return subprocess.run([self.bin / "imei", *words], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)

    def layer_tool(self, *words):
        subprocess.run([self.bin / "imei-layer", *words], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)

    def phone(self):
        """Fourteen digits that were not used before."""
        self.phones += 1
        return f"35100001{self.phones:06d}"

    def commit(self, node, phone):
        """Commits a statement in a network that is to be sound."""
        if not wait_for(SETTLE_S, lambda: node.has_blocked(phone) or node.has_ended()) or node.has_ended():
            raise Trouble(f"{node.name} commits nothing" + (": it ended" if node.has_ended() else ""))

    def heads_agree(self, nodes=None):
        """Of these nodes, by default of all: each answers, and all say the same."""
        heads = {node.head() for node in nodes or self.nodes}
        return len(heads) == 1 and None not in heads

    def forget(self):
        for node in self.nodes:
            shutil.rmtree(node.data, ignore_errors=True)

    def end(self):
        for node in self.nodes:
            node.kill()
