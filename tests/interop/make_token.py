#!/usr/bin/env python3
"""Access tokens as an NRF signs them (TS 29.510 6.3.5.2.4), by python3-cryptography.

Usage: make_token.py key FILE [es256|rs256]     writes FILE and FILE.pub
       make_token.py make FILE [KIND]           prints a token; KIND says what is wrong with it
       make_token.py header DIR                 prints tests/unit/front/tokens.h, writes its keys
"""
import base64
import hmac
import json
import pathlib
import sys
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

LONG = 10 * 365 * 86400
NOW = 1_700_000_000  # of the tokens in tokens.h


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def new_key(algorithm):
    if algorithm == "rs256":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if algorithm == "short":
        return rsa.generate_private_key(public_exponent=65537, key_size=1024)
    return ec.generate_private_key(ec.SECP384R1() if algorithm == "es384" else ec.SECP256R1())


def public_pem(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def write_key(key, path):
    path.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    path.with_name(path.name + ".pub").write_bytes(public_pem(key))


def sign(key, text):
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(text, padding.PKCS1v15(), hashes.SHA256())
    r, s = decode_dss_signature(key.sign(text, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def claims_of(kind, now):
    claims = {"iss": "nrf-1", "sub": "amf-1", "aud": "5G_EIR", "scope": "nnrf-disc n5g-eir-eic",
              "exp": now + LONG, "nbf": now - 60, "iat": now - 60}
    changes = {
        "expired": {"exp": now - 1}, "expires_now": {"exp": now}, "not_yet": {"nbf": now + 3600},
        "other_issuer": {"iss": "nrf-2"}, "other_audience": {"aud": "AMF"},
        "audiences": {"aud": ["AMF", "5G_EIR"]}, "other_audiences": {"aud": ["AMF", 5]},
        "other_scope": {"scope": "n5g-eir-eic2 n5g"}, "text_expiry": {"exp": str(now + LONG)},
        "negative_expiry": {"exp": -1}, "real_expiry": {"exp": now + 1000.5},
        "text_start": {"nbf": "0"}, "list_scope": {"scope": ["n5g-eir-eic"]},
        "api_scope": {"scope": "imei-ledger device-authenticity:check-status"},
        "only_scope": {"scope": "n5g-eir-eic"}, "number_issuer": {"iss": 1},
    }
    claims.update(changes.get(kind, {}))
    for kept in [name for name in claims if kind == f"no_{name}"] + (
            ["exp"] if kind == "no_expiry" else []):
        del claims[kept]
    return claims


def token(key, kind="good", now=None):
    now = int(time.time()) if now is None else now
    is_rsa = isinstance(key, rsa.RSAPrivateKey)
    head = {"typ": "JWT", "alg": "RS256" if is_rsa else "ES256"}
    if kind == "none":
        head["alg"] = "none"
    if kind == "hmac":
        head["alg"] = "HS256"
    if kind == "renamed":
        head["alg"] = "ES256" if is_rsa else "RS256"
    if kind == "critical":
        head["crit"] = ["exp"]
    if kind == "no_algorithm":
        del head["alg"]
    if kind == "other_key":
        key = new_key("rs256" if is_rsa else "es256")
    payload = json.dumps(claims_of(kind, now)).encode()
    if kind == "twice":
        payload = payload[:-1] + b', "scope": "n5g-eir-eic"}'
    if kind == "no_object":
        payload = b"[1]"
    text = encode(json.dumps(head).encode()) + b"." + encode(payload)
    signature = sign(key, text)
    if kind == "none":
        signature = b""
    if kind == "hmac":
        signature = hmac.digest(public_pem(key), text, "sha256")
    return (text + b"." + encode(signature)).decode()


KINDS = """good audiences only_scope real_expiry expired expires_now not_yet other_issuer
other_audience other_audiences other_scope other_key none hmac renamed critical no_algorithm twice
no_object no_iss no_sub no_aud no_exp no_nbf no_scope text_expiry negative_expiry text_start
list_scope number_issuer""".split()


def print_header(directory):
    print("/*\n * tokens.h: access tokens that tests/interop/make_token.py made at "
          f"{NOW}; not to be\n * edited. Their keys lie in tests/unit/front/keys.\n */")
    print("#ifndef TESTS_FRONT_TOKENS_H\n#define TESTS_FRONT_TOKENS_H\n")
    print(f"#define TOKENS_NOW {NOW}\n")
    print("/* clang-format off */")
    for algorithm in ["es256", "rs256"]:
        key = new_key(algorithm)
        (directory / f"{algorithm}.pub").write_bytes(public_pem(key))
        print(f"static const struct {{\n    const char *kind;\n    const char *token;\n}} {algorithm}[] = {{")
        for kind in KINDS:
            print(f'    {{"{kind}", "{token(key, kind, NOW)}"}},')
        print("};\n")
    print("/* clang-format on */\n\n#endif")
    for algorithm in ["short", "es384"]:
        (directory / f"{algorithm}.pub").write_bytes(public_pem(new_key(algorithm)))


def main(command, path, argument=None):
    path = pathlib.Path(path)
    if command == "key":
        write_key(new_key(argument or "es256"), path)
    elif command == "header":
        print_header(path)
    else:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        print(token(key, argument or "good"))


main(*sys.argv[1:])
