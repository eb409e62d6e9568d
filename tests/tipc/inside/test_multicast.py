"""Messages to many, on two nodes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from covey.errors import OptionError, ResourceError
from covey.transports.tipc.address import ServiceAddress, ServiceRange, SocketAddress
from covey.transports.tipc.multicast import TipcMulticast
from tests.tipc.cluster import Node

MESSAGES = 10_000
LARGE = bytes(1000)


class Listener:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.messages: list[tuple[bytes, bytes]] = []
        self.events: list[tuple[str, SocketAddress]] = []
        self._changed = asyncio.Event()

    def multicast_received(self, group: bytes, body: bytes, sender: SocketAddress) -> None:
        self.messages.append((group, body))
        self._changed.set()

    def multicast_joined(self, member: SocketAddress) -> None:
        self.events.append(("joined", member))
        self._changed.set()

    def multicast_left(self, member: SocketAddress) -> None:
        self.events.append(("left", member))
        self._changed.set()

    async def wait_messages(self, count: int) -> None:
        while len(self.messages) < count:
            self._changed.clear()
            await self._changed.wait()

    async def wait_left(self) -> None:
        while not any(kind == "left" for kind, _ in self.events):
            self._changed.clear()
            await self._changed.wait()


@contextlib.asynccontextmanager
async def opened(
    node: Node, address: ServiceAddress | ServiceRange, *, receives: bool = True
) -> AsyncIterator[tuple[TipcMulticast, Listener]]:
    listener = Listener()
    member = TipcMulticast(address, listener, receives=receives)
    with node.entered():
        member.open()
    try:
        yield member, listener
    finally:
        member.close()


@pytest.mark.usefixtures("lossy")
async def test_a_group_of_four_loses_nothing_keeps_order_and_sees_one_leave(here: Node, there: Node) -> None:
    group = ServiceAddress(9300, 0)
    async with contextlib.AsyncExitStack() as stack, asyncio.timeout(60):
        radio, watcher = await stack.enter_async_context(opened(here, group, receives=False))
        dishes = [await stack.enter_async_context(opened(node, group)) for node in (here, there, here, there)]
        await radio.wait_members(4)
        sent = [(b"g", b"%d" % number) for number in range(MESSAGES)]
        for number, (name, body) in enumerate(sent):
            await radio.send(name, body)
            if number == MESSAGES // 2:
                dishes[3][0].close()
        for _, listener in dishes[:3]:
            await listener.wait_messages(MESSAGES)
            assert listener.messages == sent
        await watcher.wait_left()
        left = dishes[3][1].messages
        assert left == sent[: len(left)]
        assert len(radio.members) == 3
        assert radio.statistics().sent == MESSAGES


async def test_a_slow_member_holds_the_group_back_until_it_reads_or_leaves(here: Node, there: Node) -> None:
    group = ServiceAddress(9301, 0)
    async with (
        asyncio.timeout(30),
        opened(here, group, receives=False) as (radio, _),
        opened(there, group) as (slow, listener),
        opened(here, group) as (_, quick),
    ):
        await radio.wait_members(2)
        slow.pause_reading()
        count = 0
        while radio.send_nowait(b"", LARGE):
            count += 1
        assert 0 < count < MESSAGES
        waiting = asyncio.create_task(radio.send(b"last", LARGE))
        await quick.wait_messages(count)
        assert not waiting.done()
        slow.resume_reading()
        await waiting
        await listener.wait_messages(count + 1)
        slow.pause_reading()
        while radio.send_nowait(b"", LARGE):
            pass
        waiting = asyncio.create_task(radio.send(b"to those who are left", LARGE))
        slow.close()
        await waiting


async def test_a_cancelled_send_was_not_sent_and_harms_no_other(here: Node) -> None:
    group = ServiceAddress(9302, 0)
    async with (
        asyncio.timeout(30),
        opened(here, group, receives=False) as (radio, _),
        opened(here, group) as (slow, listener),
    ):
        await radio.wait_members(1)
        slow.pause_reading()
        count = 0
        while radio.send_nowait(b"", LARGE):
            count += 1
        given_up, patient = (
            asyncio.create_task(radio.send(name, LARGE)) for name in (b"given up", b"patient")
        )
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.sleep(0)
        slow.resume_reading()
        await patient
        await listener.wait_messages(count + 1)
        assert listener.messages[-1] == (b"patient", LARGE)


async def test_a_group_without_members_hears_nothing(here: Node) -> None:
    async with opened(here, ServiceAddress(9303, 0), receives=False) as (radio, _):
        await radio.send(b"g", b"anybody?")
        assert radio.statistics().unheard == 1


async def test_a_service_range_reaches_whoever_binds_a_part_of_it(here: Node, there: Node) -> None:
    async with (
        asyncio.timeout(20),
        opened(here, ServiceRange(9304, 0, 10)) as (_, low),
        opened(there, ServiceRange(9304, 5, 20)) as (_, high),
        opened(here, ServiceRange(9304, 0, 7), receives=False) as (radio, _),
        opened(here, ServiceRange(9304, 15, 15), receives=False) as (other, _),
    ):
        while not high.messages:
            await radio.send(b"known", b"yet?")
            await asyncio.sleep(0.01)
        await radio.send(b"g", b"to both")
        await other.send(b"g", b"to the high one")
        await high.wait_messages(2)
        while high.messages[-1] != (b"g", b"to the high one"):
            await high.wait_messages(len(high.messages) + 1)
        assert (b"g", b"to both") in low.messages
        assert (b"g", b"to both") in high.messages
        assert (b"g", b"to the high one") not in low.messages


async def test_what_is_too_large_is_refused_and_the_largest_arrives(here: Node, there: Node) -> None:
    group = ServiceAddress(9305, 0)
    async with (
        asyncio.timeout(20),
        opened(here, group, receives=False) as (radio, _),
        opened(there, group) as (_, listener),
    ):
        await radio.wait_members(1)
        with pytest.raises(OptionError):
            await radio.send(b"g", bytes(65999))
        await radio.send(b"g", bytes(65998))
        await listener.wait_messages(1)
        assert len(listener.messages[0][1]) == 65998


async def test_a_closed_socket_says_so(here: Node) -> None:
    async with opened(here, ServiceAddress(9306, 0)) as (member, _):
        pass
    with pytest.raises(ResourceError, match="closed"):
        member.send_nowait(b"", b"")
