"""Announce with czmq's zbeacon and print what it hears: `czmq_beacon.py HEX`.

Prints `{"ready": address}`, then `{"heard": hex, "source": address}` per beacon. ZSYS_INTERFACE and
ZSYS_IPV4_MCAST_ADDRESS mean what they mean to czmq.
"""

from __future__ import annotations

import ctypes
import json
import sys

czmq = ctypes.CDLL("libczmq.so.4")
for function in ("zactor_new", "zframe_recv", "zframe_data", "zstr_recv"):
    getattr(czmq, function).restype = ctypes.c_void_p
czmq.zframe_size.restype = ctypes.c_size_t


def pointer(value: int) -> ctypes.c_void_p:
    return ctypes.c_void_p(value)


def text(address: int) -> str:
    return (ctypes.cast(address, ctypes.c_char_p).value or b"").decode()


def main(beacon: str) -> None:
    data = bytes.fromhex(beacon)
    actor = pointer(czmq.zactor_new(czmq.zbeacon, None))
    czmq.zsock_send(actor, b"si", b"CONFIGURE", ctypes.c_int(5670))
    print(json.dumps({"ready": text(czmq.zstr_recv(actor))}), flush=True)
    czmq.zsock_send(actor, b"sb", b"SUBSCRIBE", b"ZRE", ctypes.c_size_t(3))
    czmq.zsock_send(actor, b"sbi", b"PUBLISH", data, ctypes.c_size_t(len(data)), ctypes.c_int(1000))
    while source := czmq.zstr_recv(actor):
        frame = pointer(czmq.zframe_recv(actor))
        heard = ctypes.string_at(czmq.zframe_data(frame), czmq.zframe_size(frame))
        print(json.dumps({"heard": heard.hex(), "source": text(source)}), flush=True)


main(*sys.argv[1:])
