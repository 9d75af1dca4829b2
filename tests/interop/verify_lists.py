#!/usr/bin/python3
"""Verifies a directory of lists with nothing but Python and Debian's python3-cryptography.

Usage: verify_lists.py KEY.pem DIR     KEY.pem: the operator's key, public or private half
Prints height, since and the files; exit status 1 when anything is not as it was signed.
docs/internals/lists.md describes what is read.
"""
import hashlib
import pathlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

FIELDS = ("kind version network height head time policy form digits expanded delta since "
          "since_head files").split()


def read(data, at):
    """One item of CBOR, and where the next one begins."""
    major, value = data[at] >> 5, data[at] & 31
    at += 1
    if major == 7:
        return {20: False, 21: True}[value], at
    if value >= 24:
        size = 1 << value - 24
        value, at = int.from_bytes(data[at:at + size], "big"), at + size
    if major == 0:
        return value, at
    if major in (2, 3):
        text = data[at:at + value]
        return (text if major == 2 else text.decode()), at + value
    if major == 6:
        return read(data, at)
    if major == 5 and value == 0:
        return {}, at
    items = []
    for _ in range(value):
        item, at = read(data, at)
        items.append(item)
    return items, at


def public_key(pem):
    if b"PRIVATE" in pem:
        return serialization.load_pem_private_key(pem, None).public_key()
    return serialization.load_pem_public_key(pem)


def byte_string(data):
    return b"\x58" + bytes([len(data)]) if len(data) < 256 else b"\x59" + len(data).to_bytes(2, "big")


key = public_key(pathlib.Path(sys.argv[1]).read_bytes())
folder = pathlib.Path(sys.argv[2])
envelope, end = read((folder / "manifest.cose").read_bytes(), 0)
protected, _, payload, signature = envelope
to_sign = b"\x84\x6aSignature1\x56" + protected + b"\x40" + byte_string(payload) + payload
r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
try:
    key.verify(utils.encode_dss_signature(r, s), to_sign, ec.ECDSA(hashes.SHA256()))
except InvalidSignature:
    sys.exit("the manifest was not signed by this key")
manifest = dict(zip(FIELDS, read(payload, 0)[0]))
if manifest["kind"] != "imei-lists" or manifest["version"] != 1:
    sys.exit("this is no manifest of lists")
for name, rows, size, sha256 in manifest["files"]:
    if hashlib.sha256((folder / name).read_bytes()).digest() != sha256:
        sys.exit(f"{name} is not the file that was signed")
    print(name, rows, size)
print("height", manifest["height"], "since", manifest["since"])
