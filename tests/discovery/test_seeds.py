from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from covey.discovery.seeds import seed_endpoint, seed_source
from covey.discovery.sighting import Announcement, Sighting
from covey.errors import EndpointError


@pytest.mark.parametrize(
    ("written", "endpoint"),
    [
        ("10.0.0.1", "tcp://10.0.0.1:5670"),
        (" seed.example.org ", "tcp://seed.example.org:5670"),
        ("seed:7000", "tcp://seed:7000"),
        ("tcp://10.0.0.1:7000", "tcp://10.0.0.1:7000"),
        ("fd00::1", "tcp://[fd00::1]:5670"),
        ("[fd00::1]", "tcp://[fd00::1]:5670"),
        ("[fd00::1]:7000", "tcp://[fd00::1]:7000"),
    ],
)
def test_seeds_may_be_written_in_any_usual_way(written: str, endpoint: str) -> None:
    assert seed_endpoint(written) == endpoint


@pytest.mark.parametrize("written", ["", "host:port", "udp://10.0.0.1:1", "host:0", "tcp://host", "a b"])
def test_what_is_no_seed_is_refused(written: str) -> None:
    with pytest.raises(EndpointError):
        seed_endpoint(written)


async def test_nodes_that_share_a_seed_learn_of_each_other() -> None:
    heard: asyncio.Queue[Sighting] = asyncio.Queue()
    one, two = uuid4(), uuid4()
    async with (
        asyncio.timeout(8),
        seed_source(Announcement(uuid4(), 4000), lambda _: None, [], bind="tcp://127.0.0.1:*") as seed,
        seed_source(Announcement(one, 4001), heard.put_nowait, [seed.endpoint, "127.0.0.1:1"], bind=""),
        seed_source(Announcement(two, 4002), lambda _: None, [seed.endpoint], bind=""),
    ):
        while (seen := await heard.get()).uuid != two:
            pass
        assert (seen.via, seen.endpoint) == ("seed", "tcp://127.0.0.1:4002")
