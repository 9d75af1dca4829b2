#!/usr/bin/env python3
"""Clients of the HTTP server that no well-behaved program plays.

Usage: clients.py PORT TARGET many COUNT PID   COUNT connections at once, every second HTTP/2: each is
                                               answered while all are open; prints bytes of PID each
       clients.py PORT TARGET beyond COUNT     COUNT connections, and what one more is told
       clients.py PORT TARGET deaf COUNT       COUNT clients ask and ask and do not listen; ends when
                                               the server listens no more, and holds them until EOF
       clients.py PORT TARGET slow COUNT       COUNT clients send one byte, and no more
       clients.py PORT TARGET resets           asks and takes it back, until the server has enough
"""
import pathlib
import resource
import socket
import sys

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY = 0, 1, 3, 4, 7
CALM = 11


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def get(stream, target):
    text = target.encode()
    assert len(text) < 127
    block = b"\x82\x86\x01\x04here\x04" + bytes([len(text)]) + text
    return frame(HEADERS, 5, stream, block)


class Client:
    def __init__(self, port, is_h2):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.is_h2 = is_h2
        self.got = b""
        self.stream = -1
        if is_h2:
            self.socket.sendall(PREFACE + frame(SETTINGS, 0, 0))

    def ask(self, target):
        self.stream += 2
        self.got = b""
        if self.is_h2:
            self.socket.sendall(get(self.stream, target))
        else:
            self.socket.sendall(f"GET {target} HTTP/1.1\r\nHost: here\r\n\r\n".encode())

    def hear(self, wanted):
        """Until these bytes have come, or the end."""
        while wanted not in self.got:
            more = self.socket.recv(65536)
            if not more:
                break
            self.got += more
        return wanted in self.got


def resident(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise SystemExit("no such process")


def open_many(port, count, kind=None):
    return [Client(port, i % 2 == 1 if kind is None else kind) for i in range(count)]


def many(port, target, count, pid):
    before = resident(pid)
    clients = open_many(port, int(count))
    for _ in range(2):
        for client in clients:
            client.ask(target)
        for client in clients:
            if not client.hear(b'{"status":'):
                raise SystemExit(f"not answered: {client.got[:200]}")
    print((resident(pid) - before) // len(clients))


def beyond(port, target, count):
    clients = []
    while len(clients) < int(count):  # each is counted once it is answered
        client = Client(port, False)
        client.ask(target)
        if client.hear(b'{"status":'):
            clients.append(client)
    late = Client(port, False)
    late.ask(target)
    late.hear(b"nothing")
    print(late.got.decode())
    late = Client(port, True)
    late.hear(b"nothing")
    goaways = late.got.count(frame(GOAWAY, 0, 0, bytes(8)))
    print(f"goaway {goaways}")


def deaf(port, target, count):
    clients = open_many(port, int(count), False)
    request = f"GET {target} HTTP/1.1\r\nHost: here\r\n\r\n".encode() * 100
    for client in clients:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.socket.settimeout(1)
        try:
            while True:
                client.socket.sendall(request)
        except (TimeoutError, ConnectionError):
            pass
    print("deaf", flush=True)
    sys.stdin.read()


def slow(port, _, count):
    clients = open_many(port, int(count), False)
    for client in clients:
        client.socket.sendall(b"G")
    print("slow", flush=True)
    sys.stdin.read()


def resets(port, target):
    client = Client(port, True)
    requests = b"".join(get(2 * i + 1, target) + frame(RST_STREAM, 0, 2 * i + 1, b"\0\0\0\x08")
                        for i in range(5000))
    try:
        client.socket.sendall(requests)
    except ConnectionError:
        pass
    try:
        client.hear(b"nothing")
    except ConnectionError:
        pass
    calm = CALM.to_bytes(4, "big")
    print("calm" if any(part[4:8] == calm for part in client.got.split(b"\x07\0\0\0\0\0")[1:])
          else f"no last word in {len(client.got)} bytes")


hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
{"many": many, "beyond": beyond, "deaf": deaf, "slow": slow, "resets": resets}[sys.argv[3]](
    int(sys.argv[1]), sys.argv[2], *sys.argv[4:])
