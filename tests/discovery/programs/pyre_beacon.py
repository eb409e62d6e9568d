"""Announce with pyre's zbeacon and print what it hears: `pyre_beacon.py HEX [SECONDS]`.

Prints `{"ready": address}`, then `{"heard": hex, "source": address}` per beacon.
"""

from __future__ import annotations

import json
import struct
import sys

import zmq
from pyre.zactor import ZActor
from pyre.zbeacon import ZBeacon


def main(beacon: str) -> None:
    actor = ZActor(zmq.Context(), ZBeacon)
    actor.send_unicode("CONFIGURE", zmq.SNDMORE)
    actor.send(struct.pack("I", 5670))
    print(json.dumps({"ready": actor.recv_unicode()}), flush=True)
    actor.send_unicode("SUBSCRIBE", zmq.SNDMORE)
    actor.send(b"ZRE")
    actor.send_unicode("PUBLISH", zmq.SNDMORE)
    actor.send(bytes.fromhex(beacon))
    while True:
        source, heard = actor.recv_multipart()
        print(json.dumps({"heard": heard.hex(), "source": source.decode()}), flush=True)


main(*sys.argv[1:])
