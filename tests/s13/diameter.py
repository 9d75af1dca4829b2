"""Diameter messages, byte by byte, as the tests of S13 send them."""
import struct

REQUEST, PROXIABLE = 0x80, 0x40
CER, DWR, ECR, S13, VENDOR = 257, 280, 324, 16777252, 10415


def avp(code, value, vendor=0, flags=0x40):
    size = 8 + (4 if vendor else 0) + len(value)
    head = struct.pack(">IBBH", code, flags | (0x80 if vendor else 0), size >> 16, size & 0xFFFF)
    head += struct.pack(">I", vendor) if vendor else b""
    return head + value + b"\0" * (-size % 4)


def number(code, value):
    return avp(code, struct.pack(">I", value))


def message(flags, command, application, avps):
    size = 20 + len(avps)
    return struct.pack(">BBHBBHIII", 1, size >> 16, size & 0xFFFF, flags, command >> 16,
                       command & 0xFFFF, application, 1, 2) + avps


def origin(name):
    return avp(264, name.encode()) + avp(296, b"test.example")


APPLICATION = avp(260, number(266, VENDOR) + number(258, S13))


def cer(origin_avps, application=APPLICATION, more=b""):
    return message(REQUEST, CER, 0, origin_avps + avp(257, b"\0\1\x7f\0\0\1") + number(266, VENDOR) +
                   avp(269, b"noise") + application + more)


def read_message(peer):
    """None when the other end hangs up before the message is whole."""
    head, size = b"", 20
    while len(head) < size:
        try:
            got = peer.recv(size - len(head))
        except ConnectionResetError:
            return None
        if not got:
            return None
        head += got
        if len(head) == 20:
            size = int.from_bytes(head[1:4], "big")
    return head


def result_of(answer):
    """Its Result-Code; None when there is none."""
    at = 20
    while at + 12 <= len(answer):
        code, size = struct.unpack(">I", answer[at:at + 4])[0], int.from_bytes(answer[at + 5:at + 8], "big")
        if code == 268:
            return struct.unpack(">I", answer[at + 8:at + 12])[0]
        at += size + -size % 4
    return None
