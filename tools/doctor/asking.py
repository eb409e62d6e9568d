"""The end that asks: tests the path to a host where `covey doctor --answer` runs."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from covey.discovery.beacon.routes import Mode
from covey.discovery.interface_table import Hardware, Interface
from covey.errors import CoveyError, ProtocolError
from covey.messaging import Req
from covey.values import replace

from .arp import link_addresses
from .ear import Ear
from .echo import ask_for_echoes
from .path_facts import PathFacts, Series
from .protocol import LARGEST_MESSAGE, MAGIC, PORT, decode, encode, proof

__all__ = ["examine_path"]

_PATIENCE = 3.0
"""Seconds for each step."""
_SMALL = 64
_SERIES = 20
_LARGE_SERIES = 5
_BEACONS = 5
_HEADERS = 28
"""Octets of an IPv4 and a UDP header."""
_SETTLE = 0.3
"""Seconds for beacons that are under way."""


async def examine_path(
    peer: str,
    ear: Ear,
    interfaces: Sequence[Interface],
    key: bytes | None,
    mtus: dict[str, int],
    *,
    port: int = PORT,
) -> PathFacts:
    """Return what was seen of the path to a host.

    Args:
        peer: name or address.
        ear: entered.
        interfaces: those in use.
        key: of the mesh, for the purpose `doctor`; None without a secret.
        mtus: by name of the interface.
        port: where the other doctor answers.
    """
    addresses = await _resolve(peer)
    facts = PathFacts(peer, addresses)
    if not addresses:
        return facts
    target = addresses[0]
    near = [one for one in interfaces if one.family == 4 and ":" not in target and one.reaches(target)]
    facts = replace(facts, tcp=await _try_tcp(target, port), is_on_link=bool(near))
    facts = await _echoes(facts, target, port, mtus.get(near[0].name, 1500) if near else 0)
    if near and near[0].hardware == Hardware.ETHERNET:
        facts = replace(facts, link_addresses=await asyncio.to_thread(link_addresses, near[0], target))
    if near and facts.tcp in ("silent", "unreachable"):
        facts = replace(facts, answers_arp=await asyncio.to_thread(_has_link_address, target))
    if facts.tcp != "connected":
        return facts
    try:
        return await _ask(facts, f"tcp://{target}:{port}", ear, key)
    except (CoveyError, TimeoutError, ValueError, TypeError, KeyError):
        return facts  # who answers nonsense, or nothing, is no doctor: the handshake stays undone


async def _resolve(peer: str) -> tuple[str, ...]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(peer, None, family=socket.AF_INET, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


async def _try_tcp(target: str, port: int) -> str:
    """Return how a host takes a plain connection: connected, refused, silent or unreachable."""
    try:
        async with asyncio.timeout(_PATIENCE):
            _, writer = await asyncio.open_connection(target, port)
    except TimeoutError:
        return "silent"
    except OSError as error:
        return "refused" if error.errno == errno.ECONNREFUSED else "unreachable"
    writer.close()
    return "connected"


async def _echoes(facts: PathFacts, target: str, port: int, mtu: int) -> PathFacts:
    small, trips = await ask_for_echoes((target, port), _SMALL, _SERIES, 1.0)
    large = Series()
    if small.arrived and mtu > _HEADERS + len(MAGIC) + _SMALL:
        large, _ = await ask_for_echoes((target, port), mtu - _HEADERS, _LARGE_SERIES, 1.0)
    median = statistics.median(trips) if trips else 0.0
    return replace(facts, udp=small, large=large, large_size=mtu, round_trip=median)


def _has_link_address(target: str) -> bool:
    """Whether the kernel knows the link address of a neighbour, or is not asked for it (the loopback)."""
    try:
        rows = [line.split() for line in Path("/proc/net/arp").read_text().splitlines()[1:]]
    except OSError:
        return True
    return any(row[0] == target and row[2] != "0x0" for row in rows)


async def _ask(facts: PathFacts, endpoint: str, ear: Ear, key: bytes | None) -> PathFacts:
    async with Req(linger=0, maxmsgsize=LARGEST_MESSAGE) as req:
        await req.connect(endpoint)
        nonce = os.urandom(16).hex()
        asked = time.time()
        hello = await _question(req, {"do": "hello", "nonce": nonce})
        middle = (asked + time.time()) / 2
        shown = str(hello["proof"])
        facts = replace(
            facts,
            handshake=True,
            clock_offset=float(hello["time"]) - middle,
            peer_has_secret=bool(shown),
            same_secret=None if key is None else shown == proof(key, b"answer", nonce),
        )
        return await _beacons(facts, req, ear)


async def _beacons(facts: PathFacts, req: Req, ear: Ear) -> PathFacts:
    """Send beacons both ways, of both kinds."""
    out, back = [uuid4(), uuid4()], [uuid4(), uuid4()]
    await _question(req, {"do": "listen", "uuids": [uuid.hex for uuid in out]})
    for uuid in back:
        ear.await_uuid(uuid)
    await ear.send({Mode.BROADCAST: out[0], Mode.MULTICAST_V4: out[1]}, _BEACONS)
    wish = {"do": "send", "broadcast": back[0].hex, "multicast": back[1].hex, "count": _BEACONS}
    await _question(req, wish)
    await asyncio.sleep(_SETTLE)
    answer = await _question(req, {"do": "heard", "uuids": [uuid.hex for uuid in out]})
    heard = [min(int(each), _BEACONS) for each in answer["heard"]]
    own = [min(ear.heard[uuid], _BEACONS) for uuid in back]
    return replace(
        facts,
        broadcast_out=Series(_BEACONS, heard[0]),
        multicast_out=Series(_BEACONS, heard[1]),
        broadcast_in=Series(_BEACONS, own[0]),
        multicast_in=Series(_BEACONS, own[1]),
    )


async def _question(req: Req, question: dict[str, Any]) -> dict[str, Any]:
    async with asyncio.timeout(_PATIENCE):
        await req.send(encode(question))
        answer = decode(await req.recv())
    if "error" in answer:
        raise ProtocolError(f"doctor: {answer['error']}")
    return answer
