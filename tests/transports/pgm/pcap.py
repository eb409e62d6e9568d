"""Reads the captures: PGM packets out of UDP or IP protocol 113, over IPv4 and IPv6."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

CAPTURES = Path(__file__).parents[2] / "vectors" / "captures"
PGM_CAPTURES = sorted(path.stem for path in CAPTURES.glob("*.pcap") if path.stem != "radio_dish")


@dataclass(frozen=True)
class Captured:
    time: float
    source: str
    destination: str
    payload: bytes


def read_capture(name: str) -> list[Captured]:
    return list(_read((CAPTURES / f"{name}.pcap").read_bytes()))


def _read(data: bytes) -> Iterator[Captured]:
    offset = 24
    while offset < len(data):
        seconds, micros, size, _ = struct.unpack_from("<IIII", data, offset)
        frame = data[offset + 16 : offset + 16 + size]
        offset += 16 + size
        packet = _unwrap(frame)
        if packet is not None:
            yield Captured(seconds + micros / 1e6, *packet)


def _unwrap(frame: bytes) -> tuple[str, str, bytes] | None:
    kind, ip = int.from_bytes(frame[12:14], "big"), frame[14:]
    if kind == 0x0800:
        head, total, protocol = (ip[0] & 15) * 4, int.from_bytes(ip[2:4], "big"), ip[9]
        source, destination, body = ip[12:16], ip[16:20], ip[head:total]
    elif kind == 0x86DD:
        total, protocol = int.from_bytes(ip[4:6], "big"), ip[6]
        source, destination, body = ip[8:24], ip[24:40], ip[40 : 40 + total]
    else:
        return None
    if protocol == 17:
        body = body[8:]
    elif protocol != 113:
        return None
    return str(ip_address(source)), str(ip_address(destination)), body
