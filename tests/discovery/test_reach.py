from __future__ import annotations

import pytest

from covey.discovery.reach import address_towards, own_address
from covey.errors import EndpointError


async def test_the_way_to_the_loopback_starts_there() -> None:
    assert await address_towards("tcp://127.0.0.1:5670") == "127.0.0.1"


async def test_without_any_way_our_own_address_has_to_do(loopback: str) -> None:
    assert own_address() == "127.0.0.1"
    assert await address_towards("tcp://203.0.113.1:5670") == "127.0.0.1"


async def test_an_endpoint_that_cannot_be_read_is_the_users_error() -> None:
    with pytest.raises(EndpointError):
        await address_towards("nonsense")
