"""A Zyre node in gossip mode: `zyre_gossip.py NAME bind|connect ENDPOINT [SELF]`.

SELF is the endpoint of the node's own mailbox, chosen by Zyre (at its host's name) unless given. Prints
`{"uuid": ...}`, then each event: `{"event": "ENTER", "name": ..., "text": ...}`. A line on standard input is
whispered to everybody; the end of the input stops the node.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import json
import sys
import threading

zyre = ctypes.CDLL(ctypes.util.find_library("zyre") or "libzyre.so")
czmq = ctypes.CDLL("libczmq.so.4")
for function in ("zyre_new", "zyre_event_new", "zyre_event_msg", "zyre_peers"):
    getattr(zyre, function).restype = ctypes.c_void_p
for function in ("zyre_uuid", "zyre_event_type", "zyre_event_peer_name"):
    getattr(zyre, function).restype = ctypes.c_char_p
for function in ("zmsg_popstr", "zlist_first", "zlist_next"):
    getattr(czmq, function).restype = ctypes.c_void_p


def whisper_lines(node: ctypes.c_void_p) -> None:
    for line in sys.stdin:
        peers = ctypes.c_void_p(zyre.zyre_peers(node))
        peer = czmq.zlist_first(peers)
        while peer:
            zyre.zyre_whispers(node, ctypes.c_void_p(peer), b"%s", line.strip().encode())
            peer = czmq.zlist_next(peers)
        czmq.zlist_destroy(ctypes.byref(peers))
    zyre.zyre_stop(node)


def main(name: str, verb: str, endpoint: str, own: str = "") -> None:
    node = ctypes.c_void_p(zyre.zyre_new(name.encode()))
    if own:
        assert zyre.zyre_set_endpoint(node, b"%s", own.encode()) == 0
    (zyre.zyre_gossip_bind if verb == "bind" else zyre.zyre_gossip_connect)(node, b"%s", endpoint.encode())
    assert zyre.zyre_start(node) == 0
    print(json.dumps({"uuid": zyre.zyre_uuid(node).decode()}), flush=True)
    threading.Thread(target=whisper_lines, args=(node,), daemon=True).start()
    while event := ctypes.c_void_p(zyre.zyre_event_new(node)):
        kind = zyre.zyre_event_type(event).decode()
        line = {"event": kind, "name": (zyre.zyre_event_peer_name(event) or b"").decode()}
        if kind == "WHISPER":
            text = czmq.zmsg_popstr(ctypes.c_void_p(zyre.zyre_event_msg(event)))
            line["text"] = (ctypes.cast(text, ctypes.c_char_p).value or b"").decode()
        print(json.dumps(line), flush=True)
        if kind == "STOP":
            return


main(*sys.argv[1:])
