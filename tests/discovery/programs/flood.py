"""Floods a LAN with beacons: `flood.py ADDRESS PORT SECONDS RATE [HEX...]`, RATE in datagrams a second.

Forged open beacons of invented nodes (of both versions, some saying goodbye), mixed with mutations of them and of
the datagrams given in hex, which were recorded, say. Prints how many were sent and in what time. Python is too slow
for this one datagram at a time, so `sendmmsg` takes them by the hundred.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import socket
import sys
import time

BATCH = 256
CHANGED = 16
"""Batches that are made anew each time; sending is faster than inventing."""
_ZRE = b"ZRE"


class IoVec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("length", ctypes.c_size_t)]


class MessageHeader(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.POINTER(IoVec)),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    ]


class Message(ctypes.Structure):
    _fields_ = [("header", MessageHeader), ("sent", ctypes.c_uint)]


def forged() -> bytes:
    port = random.choice((0, 1, 49152, 65535)).to_bytes(2, "big")
    uuid = os.urandom(16)
    if random.random() < 0.5:
        return _ZRE + b"\1" + uuid + port
    return _ZRE + b"\3" + uuid + port + os.urandom(32)


def mutated(datagram: bytes) -> bytes:
    kind = random.randrange(4)
    if kind == 0:
        return datagram[: random.randrange(len(datagram) + 1)]
    if kind == 1:
        return datagram + os.urandom(random.randrange(1, 1200))
    octets = bytearray(datagram or b"\0")
    for _ in range(random.randrange(1, 5) if kind == 2 else 1):
        octets[random.randrange(len(octets))] = random.randrange(256)
    return bytes(octets)


class Batch:
    def __init__(self, recorded: list[bytes]) -> None:
        self.messages = (Message * BATCH)()
        self.vectors = (IoVec * BATCH)()
        for number in range(BATCH):
            datagram = forged()
            if number % 4 == 0:
                datagram = mutated(random.choice([datagram, *recorded]))
            self.vectors[number] = IoVec(datagram, len(datagram))
            header = self.messages[number].header
            header.vectors = ctypes.pointer(self.vectors[number])
            header.vector_count = 1


def main(address: str, port: str, seconds: str, rate: str, *recorded_hex: str) -> None:
    recorded = [bytes.fromhex(each) for each in recorded_hex]
    libc = ctypes.CDLL(None, use_errno=True)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
    udp.connect((address, int(port)))
    batches = [Batch(recorded) for _ in range(64)]
    print(json.dumps({"ready": True}), flush=True)
    start = now = time.monotonic()
    sent = turn = 0
    while now - start < float(seconds):
        behind = (now - start) * float(rate) - sent
        if behind < BATCH:
            time.sleep((BATCH - behind) / float(rate))
        else:
            turn += 1
            if turn % CHANGED == 0:
                batches[turn // CHANGED % len(batches)] = Batch(recorded)
            done = libc.sendmmsg(udp.fileno(), batches[turn % len(batches)].messages, BATCH, 0)
            sent += max(done, 0)
        now = time.monotonic()
    print(json.dumps({"sent": sent, "seconds": now - start}), flush=True)


main(*sys.argv[1:])
