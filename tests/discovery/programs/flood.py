"""Floods a LAN with beacons: `flood.py ADDRESS PORT SECONDS RATE [HEX...]`, RATE in datagrams a second.

Forged open beacons of invented nodes (of both versions, some saying goodbye), forged announcements, and mutations of
them and of the datagrams given in hex, which were recorded, say. Prints how many were sent and in what time.

One datagram at a time, neither Python nor the kernel's way from a socket to the cable can do 100,000 a second beside
those who bear them. So the kernel is given fifty of one length at once and cuts them apart where they arrive
(UDP_SEGMENT); those whose length was mutated go one by one.
"""

from __future__ import annotations

import json
import os
import random
import socket
import sys
import time
import zlib

UDP_SEGMENT = 103
TOGETHER = 50
LIFE = 8
"""Times that a packet is sent before its datagrams are made anew; sending is faster than inventing."""
ODD = 16
"""Of so many datagrams one has a length of its own."""
ZRE = b"ZRE"


def beacon() -> bytes:
    port = random.choice((0, 1, 49152, 65535)).to_bytes(2, "big")
    if random.random() < 0.5:
        return ZRE + b"\1" + os.urandom(16) + port
    return ZRE + b"\3" + os.urandom(16) + port + os.urandom(32)


def announcement() -> bytes:
    card = b"\xc0\x00\xc0\x01" + (1000).to_bytes(4, "big") + bytes(36) + b"\5forge\5flood" + bytes(4)
    body = b"CVA\1\1\1" + os.urandom(16) + time.time_ns().to_bytes(8, "big") + os.urandom(16) + card
    return body + zlib.crc32(body).to_bytes(4, "big")


def changed(datagram: bytes) -> bytes:
    octets = bytearray(datagram)
    for _ in range(random.randrange(1, 5)):
        octets[random.randrange(len(octets))] = random.randrange(256)
    return bytes(octets)


def odd(datagram: bytes) -> bytes:
    if random.random() < 0.5:
        return datagram[: random.randrange(len(datagram) + 1)]
    return datagram + os.urandom(random.randrange(1, 1200))


class Flood:
    def __init__(self, address: str, port: int, recorded: list[bytes]) -> None:
        self.to = (address, port)
        self.recorded = recorded
        self.lines: dict[int, socket.socket] = {}
        self.packets: list[tuple[socket.socket, bytes, int]] = []
        self.single = self.line(0)

    def line(self, length: int) -> socket.socket:
        if length not in self.lines:
            self.lines[length] = udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
            udp.connect(self.to)
            if length:
                udp.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, length)
        return self.lines[length]

    def sample(self) -> bytes:
        return random.choice([beacon(), announcement(), *self.recorded[:8]])

    def make(self) -> tuple[socket.socket, bytes, int]:
        kind = random.randrange(4)
        if kind == 0:
            length = len(first := self.sample())
            parts = [changed(first) for _ in range(TOGETHER)]
        else:
            make = announcement if kind == 1 else beacon
            length = len(make())
            parts = [one for one in (make() for _ in range(4 * TOGETHER)) if len(one) == length][:TOGETHER]
        return self.line(length), b"".join(parts), len(parts)

    def send(self, turn: int) -> int:
        if turn % (ODD + 1) == ODD:
            return self.send_odd()
        slot = turn % 256
        if slot >= len(self.packets):
            self.packets.append(self.make())
        elif turn // 256 % LIFE == 0:
            self.packets[slot] = self.make()
        line, packet, count = self.packets[slot]
        try:
            line.send(packet)
        except OSError:
            return 0  # no room in the queue for the moment
        return count

    def send_odd(self) -> int:
        sent = 0
        for _ in range(TOGETHER):
            try:
                self.single.send(odd(self.sample()))
            except OSError:
                continue
            sent += 1
        return sent


def main(address: str, port: str, seconds: str, rate: str, *recorded_hex: str) -> None:
    flood = Flood(address, int(port), [bytes.fromhex(each) for each in recorded_hex])
    flood.packets = [flood.make() for _ in range(256)]
    print(json.dumps({"ready": True}), flush=True)
    start = now = time.monotonic()
    sent = turn = 0
    while now - start < float(seconds):
        behind = (now - start) * float(rate) - sent
        if behind < TOGETHER:
            time.sleep((TOGETHER - behind) / float(rate))
        else:
            turn += 1
            sent += flood.send(turn)
        now = time.monotonic()
    spent = os.times()
    print(
        json.dumps({"sent": sent, "seconds": now - start, "processor": spent.user + spent.system}), flush=True
    )


main(*sys.argv[1:])
