#!/usr/bin/python3
"""Signs a block statement with nothing but Python and Debian's python3-cryptography.

Usage: sign_statement.py KEY.pem NETWORK COUNTRY NUMBER IMEI... >TRANSACTION
NETWORK is the network's id in hexadecimal; docs/internals/formats.md describes what is written.
"""
import hashlib
import itertools
import sys
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def head(major, value):
    if value < 24:
        return bytes([major << 5 | value])
    power = next(i for i in range(4) if value < 1 << (8 << i))
    return bytes([major << 5 | 24 + power]) + value.to_bytes(1 << power, "big")


def cbor(value):
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    return head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in sorted(value.items()))


def items(imeis):
    """A run of one TAC is one element; a run of one device is its 14 digits as a number."""
    for tac, run in itertools.groupby(sorted({int(i[:14]) for i in imeis}), lambda i: i // 10**6):
        run = list(run)
        serials = b"".join((i % 10**6).to_bytes(3, "big") for i in run)
        yield run[0] if len(run) == 1 else [tac, serials]


path, network, country, number, *imeis = sys.argv[1:]
with open(path, "rb") as file:
    key = serialization.load_pem_private_key(file.read(), None)
point = key.public_key().public_bytes(serialization.Encoding.X962,
                                      serialization.PublicFormat.CompressedPoint)
now = int(time.time() * 1000)
payload = cbor({0: 1, 1: bytes.fromhex(network), 2: 0, 3: int(number), 4: now, 5: now + 86400000,
                6: 1, 7: country, 8: 11, 9: list(items(imeis))})
protected = cbor({1: -47, 4: hashlib.sha256(point).digest()[:16]})
to_sign = cbor(["Signature1", protected, b"", payload])
r, s = utils.decode_dss_signature(key.sign(to_sign, ec.ECDSA(hashes.SHA256())))
signature = r.to_bytes(32, "big") + min(s, ORDER - s).to_bytes(32, "big")
sys.stdout.buffer.write(b"\xd2" + cbor([protected, {}, payload, signature]))
