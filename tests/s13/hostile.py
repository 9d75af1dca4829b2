#!/usr/bin/env python3
"""Messages that no honest peer sends, each on a connection of its own.

Usage: tests/s13/hostile.py PORT NAME     NAME is a peer that may connect, without TLS.
Each is answered with an error or hung up on. Exit status 1 when one of them is answered well, is not
answered while the connection stays, or when the node is not there any more.
"""
import socket
import struct
import sys

import diameter
from diameter import (APPLICATION, DWR, ECR, PROXIABLE, REQUEST, S13, VENDOR, avp, message, number,
                      read_message, result_of)

PORT, NAME = int(sys.argv[1]), sys.argv[2]
ORIGIN = diameter.origin(NAME)


def cer(origin=ORIGIN, **rest):
    return diameter.cer(origin, **rest)


def ecr(session=avp(263, b"a;1;2"), terminal=None, more=b"", realm=avp(283, b"test.example")):
    if terminal is None:
        terminal = avp(1401, avp(1402, b"35100001000003", VENDOR), VENDOR)
    return message(REQUEST | PROXIABLE, ECR, S13,
                   session + number(277, 1) + ORIGIN + realm + terminal + more)


def connect():
    peer = socket.create_connection(("127.0.0.1", PORT), 10)
    peer.settimeout(90)
    return peer


def be_let_in():
    """As soon as the connection before has gone."""
    for _ in range(100):
        peer = connect()
        peer.sendall(cer())
        answer = read_message(peer)
        if answer is not None and result_of(answer) == 2001:
            return peer
        peer.close()
    sys.exit("hostile: an honest CER is not answered")


def is_watchdog(said):
    return int.from_bytes(said[5:8], "big") == DWR and said[4] & REQUEST


def answer_watchdog(peer, asked, avps):
    answer = message(0, DWR, 0, avps)
    peer.sendall(answer[:12] + asked[12:20] + avps)


def expect_good(peer):
    """A question is answered at once, also after connections that broke, and before any watchdog. By
    its identifiers: what was asked on a connection before may be answered on this one."""
    asked = ecr()
    asked = asked[:12] + b"goodgood" + asked[20:]
    peer.sendall(asked)
    while (said := read_message(peer)) is not None:
        if said[12:20] == asked[12:20] and not said[4] & REQUEST:
            if result_of(said) != 2001:
                sys.exit(f"hostile: an honest question is answered {result_of(said)}")
            return
    sys.exit("hostile: an honest peer is hung up on")


def bad_watchdog(avps):
    """Waits for the node's DWR, answers so, and waits until it hangs up. What the node still has to
    do with the connection before may end this one at once: then with another one."""
    for _ in range(100):
        peer, is_asked = be_let_in(), False
        while (said := read_message(peer)) is not None:
            if is_watchdog(said):
                answer_watchdog(peer, said, avps)
                is_asked = True
        peer.close()
        if is_asked:
            return
    sys.exit("hostile: a peer that is let in is hung up on before its watchdog")


BAD_CERS = {
    "an application with something unknown": cer(application=avp(260, avp(9999, b"1234", flags=0))),
    "an application with a vendor's": cer(application=avp(260, avp(266, b"1234", VENDOR))),
    "an application with nothing": cer(application=avp(260, b"")),
    "an application within one": cer(application=avp(260, APPLICATION)),
    "no name": cer(origin=avp(264, b"") + avp(296, b"test.example")),
    "a name of 300 bytes": cer(origin=avp(264, b"a" * 300) + avp(296, b"test.example")),
    "no realm": cer(origin=avp(264, NAME.encode())),
    "an address of no family": cer(more=avp(257, b"\0\7\1\2\3\4")),
    "an address that is short": cer(more=avp(257, b"\0")),
    "a short number": cer(more=avp(278, b"1")),
    "something that must be understood": cer(more=avp(9999, b"1")),
    "a watchdog first": message(REQUEST, DWR, 0, ORIGIN),
    "a question first": ecr(),
    "nothing": b"",
    "another protocol": b"GET / HTTP/1.1\r\nHost: eir\r\n\r\n",
    "a header alone, of 16 MiB": b"\1\xff\xff\xfc" + b"\0" * 16,
}
BAD_QUESTIONS = {
    "no session": ecr(session=b""),
    "an empty session": ecr(session=avp(263, b"")),
    "two sessions": ecr(session=avp(263, b"a") + avp(263, b"b")),
    "a session of 5000 bytes": ecr(session=avp(263, b"a" * 5000), terminal=b""),
    "a terminal of noise": ecr(terminal=avp(1401, b"\xff" * 13, VENDOR)),
    "an empty terminal": ecr(terminal=avp(1401, b"", VENDOR)),
    "two terminals": ecr(terminal=avp(1401, avp(1402, b"35100001000003", VENDOR), VENDOR) * 2),
    "a device of 4000 digits": ecr(terminal=avp(1401, avp(1402, b"3" * 4000, VENDOR), VENDOR)),
    "an empty device": ecr(terminal=avp(1401, avp(1402, b"", VENDOR), VENDOR)),
    "a user who is to be sent on": ecr(more=avp(1, b"a.example!b@test.example")),
    "something that must be understood": ecr(more=avp(9999, b"1")),
    "a proxy of noise": ecr(more=avp(284, b"noise")),
    "a proxy of nothing": ecr(more=avp(284, avp(280, b""))),
    "a route of nothing": ecr(more=avp(282, b"")),
    "no realm": ecr(realm=b""),
    "an empty realm": ecr(realm=avp(283, b"")),
    "a second CER": cer(),
    "request and error": message(0xA0, ECR, S13, ORIGIN),
    "another version": b"\2" + ecr()[1:],
    "another command": message(REQUEST | PROXIABLE, 325, S13, ecr()[20:]),
    "the relay's application": message(REQUEST | PROXIABLE, ECR, 0xFFFFFFFF, ecr()[20:]),
    "an answer to nothing": message(0, ECR, S13, number(268, 2001)),
    "an empty message": message(REQUEST, ECR, S13, b""),
    "groups without an end": ecr(more=avp(279, avp(279, avp(279, avp(279, avp(279, b"")))))),
}


def expect_bad(words, peer, sent):
    peer.sendall(sent)
    if words in ("nothing", "an answer to nothing") or words.startswith("a header alone"):
        peer.close()
        return
    answer = read_message(peer)
    if answer is not None and result_of(answer) == 2001:
        sys.exit(f"hostile: {words}: answered {answer.hex()}")
    peer.close()


for words, sent in BAD_CERS.items():
    expect_bad(words, connect(), sent)
for words, sent in BAD_QUESTIONS.items():
    expect_bad(words, be_let_in(), sent)
bad_watchdog(avp(9999, b"1") + number(268, 2001) + ORIGIN)
expect_good(be_let_in())
print(f"{len(BAD_CERS) + len(BAD_QUESTIONS) + 1} of them")
