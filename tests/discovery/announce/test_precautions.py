"""What strangers may have us do."""

from __future__ import annotations

from covey.discovery.announce.precautions import Rations


def test_each_address_has_its_own_and_it_grows_back() -> None:
    rations = Rations(10.0, 20.0, 4)
    assert sum(rations.take("a", 100.0) for _ in range(1000)) == 20
    assert rations.take("b", 100.0)
    assert sum(rations.take("a", 101.0) for _ in range(1000)) == 10


def test_addresses_are_bounded() -> None:
    rations = Rations(10.0, 20.0, 4)
    for number in range(1000):
        rations.take(str(number), 100.0)
    assert len(rations) == 4
