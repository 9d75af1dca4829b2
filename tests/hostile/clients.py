#!/usr/bin/env python3
"""Clients that no well-behaved program plays, and strangers at the peers' port.

Usage: clients.py KIND PORT STATEMENT ID     PORT: the node's for peers; the next one is for clients.
                                             STATEMENT: a file, signed; of its bytes forgeries are made
                                             ID: of a large transaction in the ledger, to be asked for
       clients.py --list
Says `at work` when the node has met what is to be met, goes on until SIGTERM, and then says what it was
told: how many answers of which error, how many connections were closed. testnet/crowd begins and ends it.
"""
import collections
import itertools
import pathlib
import re
import select
import signal
import socket
import ssl
import sys
import time

MIB = 1 << 20
REQUEST_MAX = 452 * 1024  # proto/limits.h, and those of node/server_conn.h:
CONNECTIONS_MAX, CALLS_MAX, INPUT_MAX, STRANGERS_MAX = 512, 64, 64 * MIB, 128
PATIENCE_S = 100
WAIT_MS = 60_000
GREETING = b"\0SP\0\0\x30\0\0"
ERRORS = {int(number): name for name, number in
          re.findall(r"X\((\w+), (\d+),", (pathlib.Path(__file__).parents[2] / "proto/err.h").read_text())}


# ---- bytes ----

def head(major, value):
    for size, low in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if value < 24:
            return bytes([major << 5 | value])
        if value < 1 << 8 * size:
            return bytes([major << 5 | low]) + value.to_bytes(size, "big")
    raise ValueError(value)


def message(body, claimed=None):
    """As a REQ socket sends it: its size, its number, itself."""
    size = 4 + len(body) if claimed is None else claimed
    return size.to_bytes(8, "big") + b"\x80\0\0\1" + body


def request(kind, *arguments):
    keys = (head(0, key) + argument for key, argument in enumerate(arguments, 2))
    return head(5, 2 + len(arguments)) + b"\0\1\1" + head(0, kind) + b"".join(keys)


def submit(encoded):
    return message(request(5, head(2, len(encoded)) + encoded, head(0, WAIT_MS)))


def uint(data, at):
    """An unsigned of CBOR, and where it ends."""
    low = data[at] & 31
    size = 0 if low < 24 else 1 << low - 24
    return (int.from_bytes(data[at + 1:at + 1 + size], "big") if size else low), at + 1 + size


def error_of(answer):
    """Of a submission: what the ledger or the rules say, which is the body's third field."""
    number, at = uint(answer, 4)  # behind the map, version, and the key of the error
    if number == 0 and answer[at] == 2 and b"\4\x89\x58\x20" in answer:
        at = answer.index(b"\4\x89\x58\x20") + 4 + 32
        _, at = uint(answer, at)  # the state
        number, at = uint(answer, at)
    return ERRORS.get(number, str(number))


# ---- clients ----

class Client:
    """Says what `words` has, in pieces, as fast as it is taken; reads `sip` bytes at a time, or never."""

    def __init__(self, crowd, port, words, sip=MIB):
        self.crowd, self.words, self.sip = crowd, words, sip
        self.socket = socket.socket()
        if sip < MIB:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.saying, self.heard, self.is_greeted = b"", bytearray(), False

    def wants(self):
        if not self.saying:
            self.saying = next(self.words, b"")
        return select.POLLRDHUP | select.POLLOUT * bool(self.saying) | select.POLLIN * bool(self.sip)

    def work(self, events):
        if self.sip < MIB and events & (select.POLLERR | select.POLLHUP | select.POLLRDHUP):
            return False  # it would not read as far as the end
        try:
            if events & ~select.POLLOUT:
                heard = self.socket.recv(self.sip)
                if not heard:
                    return False
                self.hear(heard)
            if events & select.POLLOUT:
                self.saying = self.saying[self.socket.send(self.saying):]
        except BlockingIOError:
            pass
        except OSError:
            return False
        return True

    def hear(self, heard):
        self.heard += heard
        if not self.is_greeted and len(self.heard) >= len(GREETING):
            del self.heard[:len(GREETING)]
            self.is_greeted = True
        while self.is_greeted and len(self.heard) >= 12:
            size = int.from_bytes(self.heard[:8], "big")
            if len(self.heard) < 8 + size:
                break
            self.crowd.told[error_of(bytes(self.heard[12:8 + size]))] += 1
            del self.heard[:8 + size]


class Crowd:
    def __init__(self):
        self.told = collections.Counter()
        self.clients = {}
        self.poll = select.poll()

    def add(self, *arguments, **options):
        client = Client(self, *arguments, **options)
        self.clients[client.socket.fileno()] = client
        self.poll.register(client.socket, client.wants())

    def leave(self, number):
        self.poll.unregister(number)
        self.clients.pop(number).socket.close()
        self.told["closed"] += 1

    def words(self):
        return " ".join(f"{word}={count}" for word, count in sorted(self.told.items()))

    def live(self, is_at_work):
        was_at_work, until = False, time.monotonic() + PATIENCE_S
        while True:
            for number, events in self.poll.poll(20):
                if self.clients[number].work(events):
                    self.poll.modify(number, self.clients[number].wants())
                else:
                    self.leave(number)
            if is_at_work(self) and not was_at_work:
                print("at work", flush=True)
                was_at_work = True
            if not was_at_work and time.monotonic() > until:
                sys.exit(f"after {PATIENCE_S} s the node has not met {len(self.clients)} clients")


# ---- what they do: each gathers a crowd and returns what is asked time and again: has the node met it? ----

def silent(crowd, port, _statement, _id):
    """More than there may be greet, say no more, and stay; some do not even greet."""
    for number in range(CONNECTIONS_MAX + 100):
        crowd.add(port + 1, iter([GREETING] if number < CONNECTIONS_MAX + 50 else []))
    return lambda crowd: crowd.told["closed"] >= 100


def endless(crowd, port, _statement, _id):
    """The largest request, but for its last byte, on many connections."""
    words = GREETING + message(b"\0" * (REQUEST_MAX - 5), REQUEST_MAX)
    clients = 2 * INPUT_MAX // REQUEST_MAX
    for _ in range(clients):
        crowd.add(port + 1, iter([words]))
    return lambda crowd: crowd.told["closed"] >= clients // 2 - 4


def gigabytes(crowd, port, _statement, _id):
    """Some announce a tebibyte and begin; the others send the largest requests, one after the other."""
    noise = submit(b"\xff" * (REQUEST_MAX - 4096))
    for _ in range(8):
        crowd.add(port + 1, itertools.chain([GREETING, message(b"", 1 << 40)], itertools.repeat(b"\0" * MIB)))
        crowd.add(port + 1, itertools.chain([GREETING], itertools.repeat(noise)))
    large = message(request(2, b"\x80" + b"\0" * REQUEST_MAX)[:REQUEST_MAX - 4])
    crowd.add(port + 1, itertools.chain([GREETING], itertools.repeat(large)))
    return lambda crowd: crowd.told["closed"] >= 8 and crowd.told["TOO_LARGE"] > 0 and crowd.told.total() > 200


def flood(crowd, port, _statement, _id):
    """A thousand devices a question, as fast as they are taken."""
    devices = b"".join(head(0, 35100001000000 + i) for i in range(1000))
    ask = message(request(2, head(4, 1000) + devices))
    for _ in range(32):
        crowd.add(port + 1, itertools.chain([GREETING], itertools.repeat(ask)))
    return lambda crowd: crowd.told["OK"] > 500


def deaf(crowd, port, _statement, large):
    """They ask for what is large, and do not listen, or a little."""
    words = GREETING + 4 * CALLS_MAX * message(request(6, head(2, 32) + bytes.fromhex(large)))
    for number in range(24):
        crowd.add(port + 1, iter([words]), sip=100 * (number % 2))
    return lambda crowd: crowd.told["closed"] >= 12


def forged(statement, salt):
    """The statement under an organisation's key that there is not, or of another device, so that the
    signature is not of it."""
    kid = statement.index(b"\4\x50") + 2  # in the protected header: 4, sixteen bytes
    place = kid if salt % 2 else statement.index(b"\x1b\0\0\x1f\xec") + 6
    return statement[:place] + salt.to_bytes(3, "big") + statement[place + 3:]


def forgers(crowd, port, statement, _id):
    """Statements of unknown keys, and others whose signatures are not theirs."""
    statement = pathlib.Path(statement).read_bytes()
    for client in range(8):
        salts = itertools.count(1 + client, 8)
        words = map(lambda salt: submit(forged(statement, salt)), salts)
        crowd.add(port + 1, itertools.chain([GREETING], words))
    return lambda crowd: crowd.told["UNKNOWN_KEY"] > 100 and crowd.told["BAD_SIGNATURE"] > 100


def churn(crowd, port, _statement, _id):
    """They come, ask, and go without their answer, a thousand a second."""
    def come_and_go(crowd):
        for _ in range(30):
            with socket.create_connection(("127.0.0.1", port + 1), 60) as client:
                client.sendall(GREETING + message(request(1)))
                crowd.told["gone"] += 1
        return crowd.told["gone"] >= 3000
    return come_and_go


def strangers(crowd, port, _statement, _id):
    """At the peers' port: more than may wait in silence, noise, and TLS without a certificate."""
    for number in range(STRANGERS_MAX + 40):
        crowd.add(port, iter([GREETING + message(b"noise")] if number % 4 == 0 else []))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for _ in range(4):
        with socket.create_connection(("127.0.0.1", port), 60) as plain:
            try:
                with context.wrap_socket(plain) as stranger:
                    stranger.recv(1)  # TLS 1.3 lets it find out late
                crowd.told["hung_up"] += 1
            except OSError:
                crowd.told["no_session"] += 1
    return lambda crowd: crowd.told["closed"] >= 40


KINDS = {kind.__name__: kind for kind in
         (silent, endless, gigabytes, flood, deaf, forgers, churn, strangers)}


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(f"{name}\t{' '.join(kind.__doc__.split())}" for name, kind in KINDS.items()))
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    crowd = Crowd()
    try:
        crowd.live(KINDS[sys.argv[1]](crowd, int(sys.argv[2]), *sys.argv[3:5]))
    except OSError as wrong:
        sys.exit(f"the node is not there: {wrong}")
    finally:
        print(crowd.words(), flush=True)


main()
