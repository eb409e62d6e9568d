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

RATES = {"datagrams": 500.0, "connections": 100.0, "syns": 250.0}
"""What the stranger tries each second: about an eighth of one core for itself, where all have two."""

_Round = tuple[float, float]
"""Seconds by the clock, and of processor time."""

_PROGRAMS = Path(__file__).with_name("programs")
_PORT = 5670
_STREAM = 4096
"""Octets of a recorded connection that are played back, its handshake among them."""
_TRIED = 20
"""Tries of each kind before the first message of a round under attack is sent."""


async def attack(
    lan: Lan,
    secret: Path,
    count: int,
    *,
    rounds: int = 1,
    seconds: float = 0.0,
    rates: Mapping[str, float] = RATES,
) -> dict[str, Any]:
    """Let members exchange messages in quiet and under attack, in turns, and return what was seen.

    Args:
        lan: three hosts; nobody else is on it.
        secret: a file with the members' secret.
        count: messages of one round.
        rounds: of each kind, at least.
        seconds: more of them, until those under attack have taken so long.
        rates: of the stranger, as its program takes them.
    """
    scene = await _Scene.prepare(lan, secret, count)
    quiet, attacked = list[_Round](), list[_Round]()
    while len(attacked) < rounds or sum(took for took, _ in attacked) < seconds:
        quiet.append(await scene.round(count))
        attacked.append(await scene.round_under_attack(count, rates))
    return {**_compared(count, quiet, attacked), **await scene.outcome(attacked)}


class _Scene:
    """Members at work, and what a stranger recorded of them."""

    def __init__(self, lan: Lan, secret: Path) -> None:
        self._lan = lan
        self._secret = secret
        self._members: list[Program] = []
        self._doors: list[tuple[str, int]] = []
        self._clear = set[str]()
        self._recorded: dict[str, list[bytes]] = {}
        self._tried = Counter[str]()
        self._processor = 0.0

    @classmethod
    async def prepare(cls, lan: Lan, secret: Path, count: int) -> _Scene:
        """Have two members meet and talk, and record it."""
        scene = cls(lan, secret)
        with lan.capture() as capture:
            for host, name in zip(lan.hosts, "ab", strict=False):
                await scene._enter(host, name)
            for member, other in zip(scene._members, "ba", strict=True):
                await member.read_json(met=other)
            await _speak(scene._members[0], "b", count // 10 or 1)
            frames = capture.frames()
        scene._look_at(frames)
        scene._recorded = {"datagrams": _datagrams(frames), "streams": _streams(frames, scene._doors)}
        return scene

    def _look_at(self, frames: Sequence[bytes]) -> None:
        """Note what a capture holds in clear."""
        for text in ("members only", self._secret.stem):
            if any(text.encode() in one for one in frames):
                self._clear.add(text)

    async def _enter(self, host: Host, name: str) -> None:
        member = await host.start([sys.executable, str(_PROGRAMS / "exchange.py"), name, str(self._secret)])
        said: dict[str, int] = json.loads(await member.read_until("ready"))
        self._doors += [(host.address, said["ready"]), (host.address, said["topics"])]
        self._members.append(member)

    async def round(self, count: int) -> _Round:
        """Have the first member speak to the second."""
        a, b = self._members[:2]
        before = [(await _tell(one))["processor"] for one in (a, b)]
        seconds = await _speak(a, "b", count)
        after = [(await _tell(one))["processor"] for one in (a, b)]
        return seconds, max(late - early for early, late in zip(before, after, strict=True))

    async def round_under_attack(self, count: int, rates: Mapping[str, float]) -> _Round:
        """The same while the stranger is at it; the first time, somebody enters meanwhile."""
        stranger = await self._lan.hosts[2].start([sys.executable, str(_PROGRAMS / "stranger.py")])
        recorded = {kind: [one.hex() for one in taken] for kind, taken in self._recorded.items()}
        told = {"broadcast": "10.77.0.255", "doors": self._doors, "rates": dict(rates), **recorded}
        await stranger.write_json(told)
        await stranger.read_json(ready=True)
        begun = False
        while not begun:
            so_far = (await _ask(stranger))["tried"]
            begun = all(so_far.get(kind.removesuffix("s"), 0) >= _TRIED for kind in rates)
        with self._lan.capture() as capture:
            if len(self._members) == 2:
                await self._enter(self._lan.hosts[1], "late")
                for member in self._members[:2]:
                    await member.read_json(met="late", timeout=60.0)
            await _speak(self._members[0], "b", count // 10 or 1)
            self._look_at(capture.frames())
        found = await self.round(count)
        seen = await _ask(stranger)
        self._tried.update(seen["tried"])
        self._processor += seen["processor"]
        await stranger.close()
        return found

    async def outcome(self, attacked: Sequence[_Round]) -> dict[str, Any]:
        """Return what was tried, and what members made of it."""
        after = [await _tell(member) for member in self._members]
        return {
            "rounds": len(attacked),
            "seconds": round(sum(took for took, _ in attacked), 1),
            "tried": dict(self._tried),
            "stranger_processor": round(self._processor / sum(one[0] for one in attacked), 2),
            "recorded": {kind: len(taken) for kind, taken in self._recorded.items()},
            "clear": sorted(self._clear),
            **{name: [one[name] for one in after] for name in ("strange", "refused", "malformed", "memory")},
        }


async def _speak(member: Program, name: str, count: int) -> float:
    await member.write(f"{name} {count}\n")
    seconds: float = (await member.read_json(spoken=count, timeout=120.0))["seconds"]
    return seconds


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
