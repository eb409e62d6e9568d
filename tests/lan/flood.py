"""Members of a mesh while a third host broadcasts forged and mutated beacons."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.mesh.remote import RemoteNode

from .host import Host
from .network import Lan

__all__ = ["flood"]

_PROGRAM = Path(__file__).parents[1] / "discovery" / "programs" / "flood.py"
_PORT = 5670
_NODES = {"a", "b", "late"}


async def flood(lan: Lan, words: Sequence[str], rate: float, seconds: float) -> dict[str, Any]:
    """Flood a LAN of three hosts and return what was seen.

    Args:
        lan: where; nobody else is on it.
        words: what makes a member, as `node_process.py` takes it.
        rate: datagrams a second.
        seconds: for how long.
    """
    first, second, third = lan.hosts
    with _ear(third) as ear:
        members = [await RemoteNode.launch("a", first, *words), await RemoteNode.launch("b", second, *words)]
        try:
            await _met(members)
            recorded = _recorded(ear)
            ear.close()
            memory = [_memory(member) for member in members]
            attacker = await third.start(_command(recorded, rate, seconds))
            await attacker.readline()
            late = await _join(second, words, members)
            trips = [await _trip(members) for _ in range(20)]
            sent = json.loads(await attacker.readline(timeout=seconds + 60))
            after = await _trip(members)
            return {
                **_counts(sent, first, members[0]),
                "statistics": await members[0].ask("statistics"),
                "joined": late,
                "whisper": sorted(trips)[len(trips) // 2],
                "whisper_after": after,
                "peers": [sorted(peer["name"] for peer in await one.ask("peers")) for one in members],
                "strange": [event for member in members for event in _strange(member)],
                "memory_before": memory,
                "memory": [_memory(member) for member in members],
            }
        finally:
            for member in members:
                await member.close()


def _ear(host: Host) -> socket.socket:
    ear = host.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ear.setblocking(False)
    ear.bind(("", _PORT))
    return ear


def _recorded(ear: socket.socket) -> list[str]:
    recorded: list[str] = []
    while len(recorded) < 64:
        try:
            recorded.append(ear.recv(2048).hex())
        except BlockingIOError:
            break
    return recorded


def _command(recorded: Sequence[str], rate: float, seconds: float) -> list[str]:
    return [sys.executable, str(_PROGRAM), "10.77.0.255", str(_PORT), str(seconds), str(rate), *recorded]


async def _met(members: Sequence[RemoteNode]) -> None:
    for member in members:
        await member.wait_event("Entered")


async def _join(host: Host, words: Sequence[str], members: list[RemoteNode]) -> float:
    """Let another member join; return how long it took until all knew it. Seconds."""
    start = time.monotonic()
    late = await RemoteNode.launch("late", host, *words)
    members.append(late)
    for member in members[:-1]:
        await member.wait_event("Entered", name="late", timeout=60.0)
    return round(time.monotonic() - start, 2)


async def _trip(members: Sequence[RemoteNode]) -> float:
    """Return how long a whisper and an answer take. Seconds."""
    one, other = members[:2]
    start = time.monotonic()
    for speaker, hearer in ((one, other), (other, one)):
        await speaker.ask("whisper", uuid=hearer.uuid, frames=["there?"])
        await hearer.wait_event("Whisper")
    return round(time.monotonic() - start, 4)


def _strange(member: RemoteNode) -> list[str]:
    """Return events that nothing explains: a lost member, or one that nobody started."""
    queue = member.driver.events
    events = [queue.get_nowait() for _ in range(queue.qsize())]
    return [
        f"{member.driver.program.pid}: {event['event']} {event['name']} {event.get('reason', '')} {event['endpoint']}"
        for event in events
        if event["event"] in ("Exited", "Evasive") or event.get("name", "a") not in _NODES
    ]


def _memory(member: RemoteNode) -> float:
    """Return the largest resident memory so far, in MiB."""
    status = Path(f"/proc/{member.driver.program.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024, 1)


def _counts(sent: dict[str, float], host: Host, member: RemoteNode) -> dict[str, Any]:
    """Return the datagrams that were sent, and those for which the member's kernel had no room."""
    rows = [line.split() for line in host.shell("cat /proc/net/udp").splitlines()[1:]]
    dropped = sum(int(row[-1]) for row in rows if row[1].endswith(f":{_PORT:04X}"))
    ticks = Path(f"/proc/{member.driver.program.pid}/stat").read_text().rpartition(")")[2].split()
    return {
        "sent": sent["sent"],
        "rate": round(sent["sent"] / sent["seconds"]),
        "dropped_by_kernel": dropped,
        "processor_seconds": (int(ticks[11]) + int(ticks[12])) / 100,
        "attacker_seconds": sent["processor"],
    }
