#!/usr/bin/env python3
"""Connects by TLS and says that it is a peer.

Usage: tests/s13/impostor.py PORT NAME [CERTIFICATE KEY]
Prints the Result-Code of the answer, or nothing when it is hung up on.
"""
import socket
import ssl
import sys

import diameter

context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
if len(sys.argv) > 3:
    context.load_cert_chain(sys.argv[3], sys.argv[4])
try:
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 30) as plain:
        with context.wrap_socket(plain) as peer:
            peer.sendall(diameter.cer(diameter.origin(sys.argv[2])))
            answer = diameter.read_message(peer)
            print("" if answer is None else diameter.result_of(answer))
except OSError:
    print()
