"""Two members of a secret mesh that talk, and a stranger who hears everything and sends what it likes."""

from __future__ import annotations

import json
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .host import Host
from .network import Lan
from .program import Program

__all__ = ["RATES", "attack"]

RATES = {"datagrams": 1000.0, "connections": 200.0, "syns": 500.0}
"""What the stranger tries each second: about a fifth of one core for itself, where all have two."""

_Round = tuple[float, float]
"""Seconds by the clock, and of processor time."""

_PROGRAMS = Path(__file__).with_name("programs")
_PORT = 5670
_STREAM = 4096
"""Octets of a recorded connection that are played back, its handshake among them."""
_TRIED = 20
"""Tries of each kind before the first message of a round under attack is sent."""


async def attack(
    lan: Lan, secret: Path, count: int, *, rounds: int = 1, rates: Mapping[str, float] = RATES
) -> dict[str, Any]:
    """Let members exchange messages in quiet and under attack, in turns, and return what was seen.

    Args:
        lan: three hosts; nobody else is on it.
        secret: a file with the members' secret.
        count: messages of one round.
        rounds: of each kind.
        rates: of the stranger, as its program takes them.
    """
    first, second, third = lan.hosts
    doors: list[tuple[str, int]] = []
    with lan.capture() as capture:
        a = await _member(first, "a", secret, doors)
        b = await _member(second, "b", secret, doors)
        for member in (a, b):
            await member.read_json(met="b" if member is a else "a")
        await _speak(a, "b", count // 10 or 1)
        frames = capture.frames()
    members = [a, b]
    told = {
        "broadcast": "10.77.0.255",
        "doors": doors,
        "rates": dict(rates),
        "datagrams": [one.hex() for one in _datagrams(frames)],
        "streams": [one.hex() for one in _streams(frames, doors)],
    }
    quiet, attacked, tried, processor = list[_Round](), list[_Round](), Counter[str](), 0.0
    for _ in range(rounds):
        quiet.append(await _round(a, b, count))
        stranger = await third.start([sys.executable, str(_PROGRAMS / "stranger.py")])
        await stranger.write_json(told)
        await stranger.read_json(ready=True)
        begun = False
        while not begun:
            so_far = (await _ask(stranger))["tried"]
            begun = all(so_far.get(kind.removesuffix("s"), 0) >= _TRIED for kind in rates)
        if len(members) == 2:
            members.append(await _member(second, "late", secret, doors))
            for member in members[:2]:
                await member.read_json(met="late", timeout=60.0)
        attacked.append(await _round(a, b, count))
        seen = await _ask(stranger)
        tried.update(seen["tried"])
        processor += seen["processor"]
        await stranger.close()
    after = [await _tell(member) for member in members]
    return {
        **_compared(count, quiet, attacked),
        "tried": dict(tried),
        "stranger_processor": round(processor / sum(one[0] for one in attacked), 2),
        "recorded": {"datagrams": len(told["datagrams"]), "streams": len(told["streams"])},
        "clear": [
            text for text in ("members only", secret.stem) if any(text.encode() in one for one in frames)
        ],
        **{name: [one[name] for one in after] for name in ("strange", "refused", "malformed", "memory")},
    }


async def _member(host: Host, name: str, secret: Path, doors: list[tuple[str, int]]) -> Program:
    member = await host.start([sys.executable, str(_PROGRAMS / "exchange.py"), name, str(secret)])
    said: dict[str, int] = json.loads(await member.read_until("ready"))
    doors += [(host.address, said["ready"]), (host.address, said["topics"])]
    return member


async def _speak(member: Program, name: str, count: int) -> float:
    await member.write(f"{name} {count}\n")
    seconds: float = (await member.read_json(spoken=count, timeout=120.0))["seconds"]
    return seconds


async def _round(a: Program, b: Program, count: int) -> _Round:
    before = [(await _tell(one))["processor"] for one in (a, b)]
    seconds = await _speak(a, "b", count)
    after = [(await _tell(one))["processor"] for one in (a, b)]
    return seconds, max(late - early for early, late in zip(before, after, strict=True))


def _compared(count: int, quiet: list[_Round], attacked: list[_Round]) -> dict[str, float]:
    """Return messages a second, and what the attack cost: processor time of the busier member, beyond its work."""
    calm, stormy = (
        [statistics.median(column) for column in zip(*rounds, strict=True)] for rounds in (quiet, attacked)
    )
    return {
        "quiet": round(count / calm[0]),
        "attacked": round(count / stormy[0]),
        "share": round(calm[0] / stormy[0], 2),
        "member_processor": round((stormy[1] - calm[1]) / stormy[0], 3),
    }


async def _ask(stranger: Program) -> dict[str, Any]:
    await stranger.write("\n")
    return await stranger.read_json()


async def _tell(member: Program) -> dict[str, Any]:
    await member.write("tell\n")
    while "strange" not in (said := await member.read_json()):
        pass
    return said


def _datagrams(frames: Iterable[bytes]) -> list[bytes]:
    """Return the contents of what went to the beacons' port, at most 64."""
    port = _PORT.to_bytes(2, "big")
    return [one[42:] for one in frames if _carries(one, 17) and one[36:38] == port][:64]


def _streams(frames: Iterable[bytes], doors: Sequence[tuple[str, int]]) -> list[bytes]:
    """Return the beginnings of what clients sent on connections to these doors."""
    streams: defaultdict[bytes, bytearray] = defaultdict(bytearray)
    ports = {port for _, port in doors}
    for frame in frames:
        if not _carries(frame, 6) or int.from_bytes(frame[36:38], "big") not in ports:
            continue
        begin = 34 + (frame[46] >> 4) * 4
        size = 14 + int.from_bytes(frame[16:18], "big")
        streams[frame[26:38]] += frame[begin:size]
    return [bytes(stream[:_STREAM]) for stream in streams.values() if stream]


def _carries(frame: bytes, protocol: int) -> bool:
    return frame[12:14] == b"\x08\x00" and frame[23] == protocol
