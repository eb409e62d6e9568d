"""Which of our addresses a peer can reach."""

from __future__ import annotations

import pytest

from covey.mesh.addresses import OwnAddresses


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "nowhere.invalid", "192.0.2.1", "fe80::1%nosuch0"]
)
def test_falls_back_to_loopback_where_there_is_no_route(host: str, loopback: str) -> None:
    assert OwnAddresses().towards(host).startswith("127.")


def test_stays_within_the_addresses_that_are_bound() -> None:
    bound = OwnAddresses(["10.0.0.1", "127.0.0.1"])
    assert bound.towards("127.0.0.5") == "127.0.0.1"
    assert bound.towards("nowhere.invalid") == "10.0.0.1"
    assert OwnAddresses(["10.0.0.1"]).towards("127.0.0.1") == "10.0.0.1"
