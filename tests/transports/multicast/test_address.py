from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.errors import EndpointError
from covey.transports.multicast.address import MulticastAddress, parse_multicast


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("10.88.0.1;239.192.1.1:5555", MulticastAddress("10.88.0.1", ("239.192.1.1",), "239.192.1.1", 5555)),
        ("eth0;239.192.1.1:1", MulticastAddress("eth0", ("239.192.1.1",), "239.192.1.1", 1)),
        ("10.88.0.0/24;239.192.1.1:1", MulticastAddress("10.88.0.0/24", ("239.192.1.1",), "239.192.1.1", 1)),
        (";239.192.1.1:5555", MulticastAddress("", ("239.192.1.1",), "239.192.1.1", 5555)),
        ("239.192.1.1:5555", MulticastAddress("", ("239.192.1.1",), "239.192.1.1", 5555)),
        ("10.88.0.1:5555", MulticastAddress("10.88.0.1", ("239.192.0.1",), "239.192.0.1", 5555)),
        (
            "eth0;239.1.1.1,239.1.1.2;239.1.1.3:7",
            MulticastAddress("eth0", ("239.1.1.1", "239.1.1.2"), "239.1.1.3", 7),
        ),
        ("eth0;[ff08::1]:5555", MulticastAddress("eth0", ("ff08::1",), "ff08::1", 5555)),
        ("[ff08::1]:5555", MulticastAddress("", ("ff08::1",), "ff08::1", 5555)),
    ],
)
def test_the_forms_that_libzmq_takes_are_read(text: str, address: MulticastAddress) -> None:
    assert parse_multicast(f"epgm://{text}") == address
    assert parse_multicast(f"epgm://{address}") == address


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("239.192.1.1", "port is missing"),
        ("[ff08::1]", "port is missing"),
        ("239.192.1.1:*", "no port"),
        ("239.192.1.1:0", "no port"),
        ("239.192.1.1:70000", "no port"),
        ("eth0;10.0.0.1:5555", "not a multicast group"),
        ("eth0;group:5555", "no address"),
        ("a;b;c;d:5555", "at most"),
        ("eth0;239.1.1.1,ff08::1:5555", "do not mix"),
        ("eth0;" + ",".join(["239.1.1.1"] * 21) + ":5555", "at most 20"),
    ],
)
def test_what_is_wrong_is_said(text: str, reason: str) -> None:
    with pytest.raises(EndpointError, match=reason):
        parse_multicast(f"epgm://{text}")


@given(st.text(max_size=40))
def test_noise_raises_nothing_but_the_documented_error(text: str) -> None:
    try:
        parse_multicast(f"epgm://{text}")
    except EndpointError:
        pass
