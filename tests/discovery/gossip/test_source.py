from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from covey.discovery.beacon import SealedBeacons
from covey.discovery.gossip import GossipNetwork, GossipSource, OpenTuples, SealedTuples
from covey.discovery.sighting import Announcement
from covey.errors import EndpointError, ResourceError
from covey.security.beacon_seal import BeaconSealer
from covey.security.secret import Secret
from tests.discovery.ear import Ear

KEY = bytes(range(32))


def source(ear: Ear, uuid: UUID, port: int, via: str = "gossip", **place: object) -> GossipSource:
    return GossipSource(Announcement(uuid, port), ear, GossipNetwork(**place), via=via)  # type: ignore[arg-type]


async def test_clients_of_a_hub_know_each_other_and_the_hub() -> None:
    ears = [Ear(), Ear(), Ear()]
    uuids = [uuid4() for _ in ears]
    async with (
        source(ears[0], uuids[0], 4000, bind="tcp://127.0.0.1:*", host="127.0.0.1") as hub,
        source(ears[1], uuids[1], 4001, connect=(hub.endpoint,)),
        source(ears[2], uuids[2], 4002, connect=(hub.endpoint,)),
    ):
        for ear, mine in zip(ears, uuids, strict=True):
            for number, other in enumerate(uuids):
                if other != mine:
                    seen = await ear.about(other)
                    assert (seen.endpoint, seen.via) == (f"tcp://127.0.0.1:{4000 + number}", "gossip")
        assert hub.statistics().clients == 2


async def test_hubs_pass_on_to_hubs() -> None:
    first, last = Ear(), Ear()
    one, three = uuid4(), uuid4()
    async with (
        source(first, one, 4001, bind="tcp://127.0.0.1:*") as left,
        source(Ear(), uuid4(), 4002, bind="tcp://127.0.0.1:*", connect=(left.endpoint,)) as middle,
        source(last, three, 4003, connect=(middle.endpoint,)),
    ):
        await first.about(three)
        await last.about(one)


async def test_a_lost_hub_is_survived_and_its_return_noticed() -> None:
    first, second = Ear(), Ear()
    one, two, three = uuid4(), uuid4(), uuid4()
    async with source(Ear(), uuid4(), 4000, bind="tcp://127.0.0.1:*") as steady:
        flaky = source(Ear(), uuid4(), 4009, bind="tcp://127.0.0.1:*")
        async with flaky:
            endpoint = flaky.endpoint
            alone = source(second, two, 4002, connect=(endpoint,))
            await alone.__aenter__()
            async with source(
                first,
                one,
                4001,
                connect=(
                    endpoint,
                    steady.endpoint,
                ),
            ):
                await second.about(one)
                await flaky.__aexit__(None, None, None)
                newcomer = Ear()
                async with source(newcomer, three, 4003, connect=(steady.endpoint,)):
                    await newcomer.about(one)
                    await first.about(three)
                    again = source(Ear(), uuid4(), 4009, bind=endpoint)
                    async with again:
                        await second.about(three)
            await alone.__aexit__(None, None, None)


async def test_members_of_a_secret_mesh_read_each_other_alone() -> None:
    def member(mesh: str, tag: str) -> SealedTuples:
        return SealedTuples(SealedBeacons(BeaconSealer(Secret(bytes(32)), mesh), 1), tag)

    ears = [Ear(), Ear(), Ear(), Ear()]
    one, two = uuid4(), uuid4()
    async with GossipSource(
        Announcement(uuid4(), 4000), ears[0], GossipNetwork(bind="tcp://127.0.0.1:*"), codec=OpenTuples()
    ) as hub:
        codecs = [member("lab", "1"), member("lab", "2"), member("other", "3")]
        sources = [
            GossipSource(Announcement(uuid, 4001, KEY), ear, GossipNetwork((hub.endpoint,)), codec=codec)
            for uuid, ear, codec in zip((one, two, uuid4()), ears[1:], codecs, strict=True)
        ]
        async with sources[0], sources[1], sources[2]:
            assert (await ears[1].about(two)).public_key == KEY
            await ears[2].about(one)
        assert ears[0].heard == ears[3].heard == []
        assert hub.statistics().foreign == 3


async def test_one_contact_tells_of_nodes_that_it_vouches_for() -> None:
    ear, friend = Ear(), uuid4()
    async with source(Ear(), uuid4(), 4000, bind="tcp://127.0.0.1:*") as hub:
        hub.share(friend, "tcp://10.0.0.9:4009")
        async with source(ear, uuid4(), 4001, connect=(hub.endpoint,), via="seed"):
            seen = await ear.about(friend)
            assert (seen.endpoint, seen.via) == ("tcp://10.0.0.9:4009", "seed")
        hub.unshare(friend)
        hub.unshare(friend)


async def test_a_taken_endpoint_may_be_done_without() -> None:
    async with source(Ear(), uuid4(), 4000, bind="tcp://127.0.0.1:*") as hub:
        async with source(Ear(), uuid4(), 4001, bind=hub.endpoint, must_bind=False) as second:
            assert second.endpoint == ""
        with pytest.raises(ResourceError):
            async with source(Ear(), uuid4(), 4001, bind=hub.endpoint):
                pass


async def test_a_wrong_endpoint_is_the_users_error() -> None:
    with pytest.raises(EndpointError):
        async with source(Ear(), uuid4(), 4000, connect=("nonsense",)):
            pass
