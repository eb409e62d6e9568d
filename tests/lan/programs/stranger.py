"""A host that has no secret and does what it can: `stranger.py`, told by one JSON line on its standard input.

`{"broadcast": ADDRESS, "doors": [[HOST, PORT], ...], "datagrams": [HEX...], "streams": [HEX...], "rates": {...}}`.
Rates are tries a second of each kind: `datagrams` (forged beacons and announcements, recorded ones as they were and
changed), `connections` (handshakes of all sorts, none of them right), `syns` (from addresses that nobody has). It
counts in `{"tried": {...}}` whenever it is asked by a line, and runs until its input ends. Its rates are all that
bounds it: whoever measures must leave it a share of the processor that is not the members'.
"""

from __future__ import annotations

import os
import random
import select
import socket
import struct
import sys
import time
from collections import Counter, deque
from json import dumps, loads
from typing import Any

__all__: list[str] = []

_PORT = 5670
_TICK = 0.01
_KEPT = 600
"""Connections that it keeps open at a time, more than a node lets be unfinished."""
_SIZE = struct.Struct("!Q")


def greeting(mechanism: bytes) -> bytes:
    return b"\xff" + bytes(8) + b"\x7f\x03\x01" + mechanism.ljust(20, b"\0") + bytes(32)


def command(name: bytes, data: bytes) -> bytes:
    body = bytes((len(name),)) + name + data
    return b"\x06" + _SIZE.pack(len(body)) + body


def changed(octets: bytes) -> bytes:
    copy = bytearray(octets or b"\0")
    copy[random.randrange(len(copy))] ^= 1 << random.randrange(8)
    return bytes(copy[: random.randrange(1, len(copy) + 1)]) if random.random() < 0.3 else bytes(copy)


def datagram(recorded: list[bytes]) -> bytes:
    kind = random.randrange(5)
    if kind == 0 and recorded:
        return random.choice(recorded)
    if kind == 1 and recorded:
        return changed(random.choice(recorded))
    if kind == 2:
        return b"CVY\x01" + os.urandom(104)
    if kind == 3:
        return b"ZRE\x03" + os.urandom(50)
    return b"ZRE\x01" + os.urandom(18)


def noise_hello() -> bytes:
    return greeting(b"NOISE") + command(b"HELLO", b"\x01\x03\x01\x01" + os.urandom(64))


def curve_hello() -> bytes:
    return greeting(b"CURVE") + command(b"HELLO", b"\x01\x00" + bytes(72) + os.urandom(32 + 8 + 80))


def oversized() -> bytes:
    return greeting(random.choice((b"NOISE", b"CURVE"))) + b"\x06" + _SIZE.pack(1 << 40) + os.urandom(1000)


def checksum(octets: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def syn(source: bytes, target: bytes, port: int) -> bytes:
    """Return an IP packet whose TCP segment opens a connection from an address that is somebody else's."""
    head = struct.pack(
        "!HHIIBBHHH", random.randrange(1024, 65536), port, random.getrandbits(32), 0, 0x50, 2, 1024, 0, 0
    )
    mended = checksum(source + target + struct.pack("!HH", 6, len(head)) + head)
    segment = head[:16] + struct.pack("!H", mended) + head[18:]
    return struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + source + target + segment


class Stranger:
    """All that it keeps: sockets, and what it has tried."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.doors = [tuple(door) for door in told["doors"]]
        self.datagrams = [bytes.fromhex(one) for one in told["datagrams"]]
        self.streams = [bytes.fromhex(one) for one in told["streams"]]
        self.tried: Counter[str] = Counter()
        self.kept: deque[tuple[socket.socket, list[bytes]]] = deque()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def do(self, kind: str) -> None:
        try:
            getattr(self, kind)()
        except OSError:
            self.tried["failed"] += 1
        self.tried[kind] += 1

    def datagram(self) -> None:
        self.udp.sendto(datagram(self.datagrams), (self.told["broadcast"], _PORT))

    def syn(self) -> None:
        host, port = random.choice(self.doors)
        target = socket.inet_aton(host)
        source = target[:3] + bytes((random.randrange(100, 250),))
        self.raw.sendto(syn(source, target, port), (host, 0))

    def connection(self) -> None:
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(random.choice(self.doors))
        makers = (noise_hello, curve_hello, oversized, lambda: b"", lambda: greeting(b"NOISE"))
        words = random.choice([*(make() for make in makers), *self.streams])
        slowly = random.random() < 0.3
        self.kept.append((one, [words[at : at + 1] for at in range(len(words))] if slowly else [words]))
        while len(self.kept) > _KEPT:
            self.kept.popleft()[0].close()

    def go_on(self) -> None:
        """Say the next word wherever there is one, slow ones an octet at a time."""
        for one, words in self.kept:
            if words:
                try:
                    one.send(words[0])
                except BlockingIOError:
                    continue
                except OSError:
                    words.clear()
                    continue
                words.pop(0)


def main() -> None:
    stranger = Stranger(loads(sys.stdin.readline()))
    rates = {kind.removesuffix("s"): rate for kind, rate in stranger.told["rates"].items()}
    print(dumps({"ready": True}), flush=True)
    start = time.monotonic()
    while True:
        if select.select([sys.stdin], [], [], _TICK)[0]:
            if not sys.stdin.readline():
                return
            print(dumps({"tried": stranger.tried, "processor": time.process_time()}), flush=True)
        passed = time.monotonic() - start
        for kind, rate in rates.items():
            due = min(int(passed * rate) - stranger.tried[kind], int(rate * 10 * _TICK) + 1)
            for _ in range(due):
                stranger.do(kind)
        stranger.go_on()


if __name__ == "__main__":
    main()
