from __future__ import annotations

import asyncio
import errno
import logging
import socket
from uuid import UUID, uuid4

import pytest

from covey.discovery.beacon import BeaconService, BeaconSettings
from covey.discovery.beacon.constants import PORT
from covey.discovery.beacon.ipv4 import Ipv4Socket
from covey.discovery.beacon.routes import Mode, Route
from covey.discovery.sighting import Announcement
from covey.errors import InterfaceError, ResourceError
from tests.discovery.ear import Ear


def beacon(ear: Ear, interface: str, uuid: UUID | None = None, port: int = 4000) -> BeaconService:
    return BeaconService(Announcement(uuid or uuid4(), port), ear, interfaces=[interface])


async def test_two_nodes_of_a_host_find_each_other_and_part(loopback: str) -> None:
    first, second = Ear(), Ear()
    one, two = uuid4(), uuid4()
    async with beacon(first, loopback, one, 4001):
        async with beacon(second, loopback, two, 4002):
            seen = await first.until(lambda sighting: sighting.uuid == two)
            assert seen.endpoint == "tcp://127.0.0.1:4002"
            assert seen.interface == loopback
            await second.until(lambda sighting: sighting.uuid == one)
        await first.until(lambda sighting: sighting.uuid == two and sighting.is_departure)


async def test_a_newcomer_is_answered_before_the_interval_is_over(loopback: str) -> None:
    settings = BeaconSettings(interval=3600.0, burst=())
    first, second = Ear(), Ear()
    one, two = uuid4(), uuid4()
    async with (
        BeaconService(Announcement(one, 4001), first, interfaces=[loopback], settings=settings) as old,
        BeaconService(Announcement(two, 4002), second, interfaces=[loopback], settings=settings),
    ):
        await second.until(lambda sighting: sighting.uuid == one)
        assert old.statistics().answered == 1


async def test_many_nodes_share_the_port(loopback: str) -> None:
    ears = {uuid4(): Ear() for _ in range(12)}
    services = [beacon(ear, loopback, uuid) for uuid, ear in ears.items()]
    async with asyncio.timeout(5):
        for service in services:
            await service.__aenter__()
        for uuid, ear in ears.items():
            for other in ears.keys() - {uuid}:
                await ear.until(lambda sighting, other=other: sighting.uuid == other)  # type: ignore[misc]
        for service in services:
            await service.__aexit__(None, None, None)


async def test_the_first_beacon_leaves_before_entering_returns(loopback: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("", PORT))
        listener.setblocking(False)
        uuid = uuid4()
        async with beacon(Ear(), loopback, uuid):
            assert listener.recv(100) == b"ZRE\x01" + uuid.bytes + (4000).to_bytes(2, "big")


async def test_hears_its_own_echo_and_keeps_it_to_itself(loopback: str) -> None:
    ear, other = Ear(), Ear()
    uuid = uuid4()
    async with beacon(ear, loopback, uuid) as service, beacon(other, loopback):
        await other.until(lambda sighting: sighting.uuid == uuid)
        assert all(sighting.uuid != uuid for sighting in ear.heard)
        assert service.statistics().own >= 1


async def test_an_unknown_interface_is_the_users_error() -> None:
    with pytest.raises(InterfaceError, match="nosuch0"):
        async with beacon(Ear(), "nosuch0"):
            pass


async def test_a_port_that_is_not_shared_is_named(loopback: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as selfish:
        selfish.bind(("", PORT))
        with pytest.raises(ResourceError, match="UDP port 5670: in use") as caught:
            async with beacon(Ear(), loopback):
                pass
    assert caught.value.errno == errno.EADDRINUSE


async def test_refused_sends_are_counted_logged_once_and_tried_again(
    loopback: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    works = asyncio.Event()
    send = Ipv4Socket.send

    def refuse_at_first(udp: Ipv4Socket, datagram: bytes, route: Route) -> None:
        if len(errors) < 3:
            errors.append(OSError(errno.ENETDOWN, "Network is down"))
            raise errors[-1]
        send(udp, datagram, route)
        works.set()

    errors: list[OSError] = []
    monkeypatch.setattr(Ipv4Socket, "send", refuse_at_first)
    settings = BeaconSettings(burst=(0.01, 0.02, 0.03), answer_gap=0.001)
    with caplog.at_level(logging.WARNING):
        async with (
            asyncio.timeout(5),
            BeaconService(
                Announcement(uuid4(), 1),
                Ear(),
                interfaces=[loopback],
                modes=[Mode.BROADCAST],
                settings=settings,
            ) as service,
        ):
            await works.wait()
            assert service.statistics().send_errors == 3
    assert [record.message for record in caplog.records] == [
        "beacon (broadcast) on lo: Network is down; trying on"
    ]


async def test_garbage_and_floods_leave_the_service_alive(loopback: str) -> None:
    ear, other = Ear(), Ear()
    uuid = uuid4()
    async with beacon(ear, loopback) as service:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as attacker:
            attacker.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            for number in range(500):
                junk = (
                    b"ZRE\x01" + number.to_bytes(16, "big") + b"\x00\x09" if number % 2 else b"\xff" * number
                )
                attacker.sendto(junk, ("127.255.255.255", PORT))
        async with beacon(other, loopback, uuid):
            await ear.until(lambda sighting: sighting.uuid == uuid)
        assert service.statistics().foreign > 0


async def test_leaving_twice_is_harmless_and_entering_again_works(loopback: str) -> None:
    service = beacon(Ear(), loopback)
    async with service:
        pass
    await service.__aexit__(None, None, None)
    async with service:
        assert [interface.name for interface in service.interfaces] == [loopback]


def test_what_the_kernel_has_no_room_for_is_counted() -> None:
    hearing = Ipv4Socket(PORT)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
        for _ in range(5000):
            sending.sendto(b"ZRE", ("127.0.0.1", PORT))
        received = 0
        while hearing.receive() is not None:
            received += 1
        sending.sendto(b"ZRE", ("127.0.0.1", PORT))
        assert hearing.receive() is not None
    hearing.close()
    assert received < 5000
    assert received + hearing.overrun == 5000


async def test_a_calm_crowd_may_wait_and_newcomers_may_not(
    loopback: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = BeaconSettings(segment_rate=1.0)
    uuids, ear = [uuid4() for _ in range(3)], Ear()
    async with BeaconService(
        Announcement(uuid4(), 4000), ear, interfaces=[loopback], settings=settings
    ) as old:
        async with (
            BeaconService(Announcement(uuids[0], 4001), Ear(), interfaces=[loopback], settings=settings),
            BeaconService(Announcement(uuids[1], 4002), Ear(), interfaces=[loopback], settings=settings),
        ):
            async with asyncio.timeout(5):
                while old.statistics().interval < 3.0:
                    await ear.until(lambda sighting: sighting.uuid in uuids)
                    ear.heard.clear()
            assert old._patience() == 0.0
            monkeypatch.setattr("covey.discovery.beacon.service._CALM_AFTER", 0.0)
            assert old._patience() == pytest.approx(3.0 / 40)
            monkeypatch.undo()
            monkeypatch.setattr("covey.discovery.beacon.service._CROWD", 2)
            assert old._patience() == pytest.approx(0.02)
            monkeypatch.undo()
        old.announce()
        assert old._patience() == 0.0
