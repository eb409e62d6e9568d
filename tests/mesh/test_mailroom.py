"""Where a node listens."""

from __future__ import annotations

import pytest

from covey.errors import ResourceError
from covey.mesh.mailroom import Mailroom


async def test_listens_on_one_port_of_every_address() -> None:
    room = Mailroom(None)
    await room.open(["127.0.0.1", "127.0.0.2"])
    assert room.port != room.topics_port
    assert min(room.port, room.topics_port) > 0
    await room.close()


async def test_listens_everywhere_when_nothing_is_pinned() -> None:
    room = Mailroom(None)
    await room.open([])
    assert room.port > 0
    await room.close()


@pytest.mark.parametrize("addresses", [["192.0.2.1"], ["127.0.0.1", "192.0.2.1"]])
async def test_an_address_that_is_not_ours_is_refused(addresses: list[str]) -> None:
    room = Mailroom(None)
    with pytest.raises(ResourceError):
        await room.open(addresses)
    await room.close()
