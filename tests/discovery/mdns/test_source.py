from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from covey.discovery.beacon import SealedBeacons
from covey.discovery.mdns import MdnsSource, OpenText, SealedText, advertise, browse, service_types
from covey.discovery.mdns.service import ServiceEventKind
from covey.discovery.mdns.source import SERVICE_TYPE
from covey.discovery.sighting import Announcement
from covey.errors import InterfaceError
from covey.security.beacon_seal import BeaconSealer
from covey.security.secret import Secret
from tests.discovery.ear import Ear

KEY = bytes(range(32))


def source(ear: Ear, interface: str, uuid: UUID, port: int, **options: object) -> MdnsSource:
    announcement = Announcement(uuid, port, KEY)
    return MdnsSource(announcement, ear, interfaces=[interface], **options)  # type: ignore[arg-type]


async def test_two_nodes_find_each_other_and_part(loopback: str) -> None:
    first, second = Ear(), Ear()
    one, two = uuid4(), uuid4()
    async with source(first, loopback, one, 4001, name="kitchen") as kitchen:
        assert await kitchen.wait_started()
        async with source(second, loopback, two, 4002, name="kitchen") as other:
            seen = await first.until(lambda sighting: sighting.uuid == two)
            assert (seen.endpoint, seen.via) == ("tcp://127.0.0.1:4002", "mdns")
            assert (await second.until(lambda sighting: sighting.uuid == one)).public_key is None
            assert await other.wait_started()
            names = {kitchen.statistics().name, other.statistics().name}
            assert names == {f"kitchen {uuid.hex[:6]}" for uuid in (one, two)}
        await first.until(lambda sighting: sighting.uuid == two and sighting.is_departure)
        assert kitchen.statistics().lost == 1


async def test_members_of_a_secret_mesh_find_each_other_alone(loopback: str) -> None:
    def member(mesh: str) -> SealedText:
        return SealedText(SealedBeacons(BeaconSealer(Secret(bytes(32)), mesh), 1))

    ears = [Ear(), Ear(), Ear(), Ear()]
    one, two = uuid4(), uuid4()
    async with (
        source(ears[0], loopback, one, 4001, codec=member("lab"), name="secret name") as hidden,
        source(ears[1], loopback, two, 4002, codec=member("lab")),
        source(ears[2], loopback, uuid4(), 4003, codec=member("other")),
        source(ears[3], loopback, uuid4(), 4004, codec=OpenText()),
    ):
        seen = await ears[0].until(lambda sighting: sighting.uuid == two)
        assert (seen.endpoint, seen.public_key) == ("tcp://127.0.0.1:4002", KEY)
        await ears[1].until(lambda sighting: sighting.uuid == one)
        assert "secret" not in hidden.statistics().name
        async with asyncio.timeout(8), browse(SERVICE_TYPE, interfaces=[loopback]) as events:
            while len(events.services) < 4:
                await anext(events)
        assert ears[2].heard == ears[3].heard == []


async def test_leaving_while_starting_is_quiet(loopback: str) -> None:
    async with source(Ear(), loopback, uuid4(), 4001, delay=60.0) as waiting:
        assert not waiting.statistics().is_running


async def test_a_host_without_mdns_gets_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with source(Ear(), "nosuch0", uuid4(), 4001) as useless:
        assert not await useless.wait_started()
    assert "mDNS does not work here" in caplog.text


async def test_browsing_follows_a_service_from_hello_to_goodbye(loopback: str) -> None:
    async with asyncio.timeout(15), browse("_ipp._tcp", interfaces=[loopback]) as events:
        async with advertise(
            "Drucker im Flur", "_ipp._tcp", 631, properties={"rp": "ipp/print"}, interfaces=[loopback]
        ) as advertised:
            found = await anext(events)
            assert found.kind is ServiceEventKind.FOUND
            assert found.service == advertised.service
            assert found.service.addresses == ("127.0.0.1",)
            assert found.service.properties == {"rp": b"ipp/print"}
            assert events.services == [found.service]
            assert await service_types(0.5, interfaces=[loopback]) == ["_ipp._tcp"]
        lost = await anext(events)
        assert (lost.kind, lost.service.name) == (ServiceEventKind.LOST, "Drucker im Flur")
        assert events.services == []


async def test_unknown_interfaces_are_the_users_error() -> None:
    with pytest.raises(InterfaceError):
        async with browse("_ipp._tcp", interfaces=["nosuch0"]):
            pass
    with pytest.raises(InterfaceError):
        async with advertise("x", "_ipp._tcp", 1, interfaces=["nosuch0"]):
            pass
