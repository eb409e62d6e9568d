from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.errors import EndpointError
from covey.transports.tipc.address import (
    Ephemeral,
    Scope,
    ServiceAddress,
    ServiceRange,
    SocketAddress,
    TipcAddress,
    format_node,
    from_tuple,
    parse,
    parse_for_bind,
    parse_for_connect,
)

NODE = Scope.NODE
READINGS = [
    ("{5560,0,0}", ServiceRange(5560, 0, 0)),
    ("{5560, 0, 0}", ServiceRange(5560, 0, 0)),
    ("{ 5560,0,9", ServiceRange(5560, 0, 9)),
    ("{\t5560,0,9}junk", ServiceRange(5560, 0, 9)),
    ("{64,0,4294967295}", ServiceRange(64, 0, 0xFFFFFFFF)),
    ("{5560,0,0}@1.2.3", ServiceRange(5560, 0, 0)),
    ("{5560,1,2}@node", ServiceRange(5560, 1, 2, NODE)),
    ("{5560,1,2}@cluster", ServiceRange(5560, 1, 2)),
    ("{5560,7}", ServiceAddress(5560, 7)),
    ("{5560,7,}", ServiceAddress(5560, 7)),
    ("{65,7}@0.0.0", ServiceAddress(65, 7)),
    ("{65,7}@1.0.0", ServiceAddress(65, 7, 0x01000000)),
    ("{65,7@1.2.3}", ServiceAddress(65, 7, 0x01002003)),
    ("{65,7}@255.4095.4095", ServiceAddress(65, 7, 0xFFFFFFFF)),
    ("{65,7@node}", ServiceAddress(65, 7, 0, NODE)),
    ("<1.2.3:4>", SocketAddress(0x01002003, 4)),
    ("<0.0.0:4", SocketAddress(0, 4)),
    ("<1. 2.3:4>x", SocketAddress(0x01002003, 4)),
    ("<*>", Ephemeral()),
    ("<*>x", Ephemeral()),
]
REFUSED = [
    "",
    "*",
    "bogus",
    " {5560,0,0}",
    "{5560 ,0,0}",
    "{}",
    "{5560}",
    "{5560,}",
    "{0x70,0,0}",
    "{63,0,0}",
    "{64,0}",
    "{5560,5,4}",
    "{4294967296,0,0}",
    "{5560,0,4294967296}",
    "{5560,-1,-1}",
    "{5560,0}@0.0",
    "{5560,0}@0.0.0x",
    "{5560,0}@0.0.0}",
    "{5560,0}@1.2.3@4.5.6",
    "{5560,0,0}@x",
    "{5560,0}@256.0.0",
    "{5560,\u0661}",
    "<*",
    "<1.2.3>",
    "<256.0.0:1>",
    "<1.4096.0:1>",
    "<1.2.3:4294967296>",
]
uint32 = st.integers(0, 0xFFFFFFFF)
addresses: st.SearchStrategy[TipcAddress] = st.one_of(
    st.builds(
        lambda kind, a, b, scope: ServiceRange(kind, min(a, b), max(a, b), scope),
        st.integers(64, 0xFFFFFFFF),
        uint32,
        uint32,
        st.sampled_from(Scope),
    ),
    st.builds(ServiceAddress, st.integers(65, 0xFFFFFFFF), uint32, uint32),
    st.builds(SocketAddress, uint32, uint32),
    st.just(Ephemeral()),
)


@pytest.mark.parametrize(("text", "address"), READINGS)
def test_reads_what_libzmq_reads(text: str, address: TipcAddress) -> None:
    assert parse(f"tipc://{text}") == address


@pytest.mark.parametrize("text", REFUSED)
def test_refuses_what_cannot_be_meant(text: str) -> None:
    with pytest.raises(EndpointError) as caught:
        parse(f"tipc://{text}")
    assert caught.value.endpoint == f"tipc://{text}"


def test_refuses_another_scheme() -> None:
    with pytest.raises(EndpointError, match="tipc://"):
        parse("tcp://<*>")


@given(addresses)
@settings(max_examples=200)
def test_prints_what_it_reads(address: TipcAddress) -> None:
    assert parse(str(address)) == address


@given(st.text(string.digits + "{}<>,.:@* nodeclustr", max_size=40))
@settings(max_examples=300)
def test_only_endpoint_errors_escape(text: str) -> None:
    try:
        parse(f"tipc://{text}")
    except EndpointError:
        pass


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (ServiceRange(5560, 0, 7), "tipc://{5560, 0, 7}"),
        (ServiceAddress(5560, 7, 0x6E306100), "tipc://{5560, 7}@110.774.256"),
        (SocketAddress(0x6E306100, 1234), "tipc://<110.774.256:1234>"),
        (Ephemeral(), "tipc://<*>"),
    ],
)
def test_prints_as_libzmq_does(address: TipcAddress, text: str) -> None:
    assert str(address) == text


def test_binds_ranges_services_and_ephemeral_addresses_only() -> None:
    assert parse_for_bind("tipc://{5560,1,2}") == ServiceRange(5560, 1, 2)
    assert parse_for_bind("tipc://{5560,1}@node") == ServiceRange(5560, 1, 1, NODE)
    assert parse_for_bind("tipc://<*>") == Ephemeral()
    with pytest.raises(EndpointError, match="cannot be chosen"):
        parse_for_bind("tipc://<1.2.3:123123>")


def test_connects_to_services_and_sockets_only() -> None:
    assert parse_for_connect("tipc://{5560,1}") == ServiceAddress(5560, 1)
    assert parse_for_connect("tipc://<1.2.3:4>") == SocketAddress(0x01002003, 4)
    for endpoint in ("tipc://<*>", "tipc://{5560,1,2}"):
        with pytest.raises(EndpointError, match="bound only"):
            parse_for_connect(endpoint)


def test_makes_the_tuples_of_pythons_sockets() -> None:
    assert ServiceRange(5560, 1, 2).to_tuple() == (1, 5560, 1, 2, 2)
    assert ServiceRange(5560, 1, 2, NODE).to_tuple() == (1, 5560, 1, 2, 3)
    assert ServiceAddress(5560, 1).to_tuple() == (2, 5560, 1, 0, 0)
    assert SocketAddress(0x01002003, 4).to_tuple() == (3, 0x01002003, 4, 0, 0)


def test_reads_the_tuples_of_pythons_sockets() -> None:
    assert from_tuple((3, 0x01002003, 4, 0, 0)) == SocketAddress(0x01002003, 4)
    with pytest.raises(ValueError, match="not a socket address"):
        from_tuple((2, 5560, 1, 0, 0))


def test_splits_a_node_into_zone_cluster_and_node() -> None:
    assert format_node(0x6E306100) == "110.774.256"
