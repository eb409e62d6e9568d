"""UDP that comes back: the answering and the asking end."""

from __future__ import annotations

import asyncio
import errno
import socket
import time

from .path_facts import Series
from .protocol import MAGIC

__all__ = ["answer_echoes", "ask_for_echoes"]

_LARGEST = 65535
_GAP = 0.02
"""Seconds between datagrams of a series."""
_MTU_DISCOVER = getattr(socket, "IP_MTU_DISCOVER", 10)
_PROBE = getattr(socket, "IP_PMTUDISC_PROBE", 3)
"""Send with "don't fragment", whatever the kernel believes of the path (linux/in.h)."""


async def answer_echoes(udp: socket.socket) -> None:
    """Send back what begins with `MAGIC`, to whom it came from, until cancelled."""
    loop = asyncio.get_running_loop()
    udp.setsockopt(socket.IPPROTO_IP, _MTU_DISCOVER, _PROBE)
    while True:
        try:
            data, sender = await loop.sock_recvfrom(udp, _LARGEST)
            if data.startswith(MAGIC):
                await loop.sock_sendto(udp, data, sender)
        except OSError:
            continue  # one that cannot go back is lost, which is what the other end counts


async def ask_for_echoes(
    target: tuple[str, int], size: int, count: int, patience: float
) -> tuple[Series, list[float]]:
    """Send datagrams and wait for them; return the series and the round trips in seconds.

    Args:
        target: numeric address and port.
        size: octets of each, without headers.
        count: how many.
        patience: seconds to wait after the last one.
    """
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in target[0] else socket.AF_INET
    trips: dict[int, float] = {}
    with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as udp:
        if family == socket.AF_INET:
            udp.setsockopt(socket.IPPROTO_IP, _MTU_DISCOVER, _PROBE)
        try:
            udp.connect(target)
        except OSError:
            return Series(count, 0), []
        listening = loop.create_task(_collect(udp, trips, count), name="echoes")
        try:
            for number in range(count):
                stamp = number.to_bytes(2, "big") + time.monotonic_ns().to_bytes(8, "big")
                await _send(udp, (MAGIC + stamp).ljust(size, b"\0"))
                await asyncio.sleep(_GAP)
            await asyncio.wait([listening], timeout=patience)
        finally:
            listening.cancel()
            await asyncio.wait([listening])
    return Series(count, len(trips)), list(trips.values())


async def _send(udp: socket.socket, datagram: bytes) -> None:
    try:
        await asyncio.get_running_loop().sock_sendall(udp, datagram)
    except OSError as error:  # refused, unreachable or too long: it did not arrive, and that is counted
        if error.errno == errno.EBADF:
            raise


async def _collect(udp: socket.socket, trips: dict[int, float], count: int) -> None:
    while len(trips) < count:
        try:
            data = await asyncio.get_running_loop().sock_recv(udp, _LARGEST)
        except OSError:
            await asyncio.sleep(_GAP)
            continue
        at = len(MAGIC)
        if len(data) >= at + 10 and data.startswith(MAGIC):
            number = int.from_bytes(data[at : at + 2], "big")
            sent = int.from_bytes(data[at + 2 : at + 10], "big")
            if number < count:
                trips.setdefault(number, (time.monotonic_ns() - sent) / 1e9)
