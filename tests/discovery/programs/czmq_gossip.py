"""Gossip with czmq's zgossip: `czmq_gossip.py bind|connect ENDPOINT [KEY VALUE]`.

Prints `{"port": number}` (0 when connecting), then `{"key", "value"}` per tuple that is delivered.
"""

from __future__ import annotations

import ctypes
import json
import sys

czmq = ctypes.CDLL("libczmq.so.4")
for function in ("zactor_new", "zmsg_recv", "zmsg_popstr"):
    getattr(czmq, function).restype = ctypes.c_void_p


def receive(actor: ctypes.c_void_p) -> list[str]:
    message = ctypes.c_void_p(czmq.zmsg_recv(actor))
    words = []
    while text := czmq.zmsg_popstr(message):
        words.append((ctypes.cast(text, ctypes.c_char_p).value or b"").decode())
    czmq.zmsg_destroy(ctypes.byref(message))
    return words


def send(actor: ctypes.c_void_p, *words: str) -> None:
    czmq.zstr_sendx(actor, *(ctypes.c_char_p(word.encode()) for word in words), None)


def main(verb: str, endpoint: str, *publish: str) -> None:
    actor = ctypes.c_void_p(czmq.zactor_new(czmq.zgossip, b"test"))
    send(actor, verb.upper(), endpoint)
    port = 0
    if verb == "bind":
        send(actor, "PORT")
        port = int(receive(actor)[1])
    print(json.dumps({"port": port}), flush=True)
    if publish:
        send(actor, "PUBLISH", *publish)
    while words := receive(actor):
        if words[0] == "DELIVER":
            print(json.dumps({"key": words[1], "value": words[2]}), flush=True)


main(*sys.argv[1:])
