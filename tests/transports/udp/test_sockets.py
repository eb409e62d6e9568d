from __future__ import annotations

import socket

import pytest

from covey.transports.stream_transport import StreamOptions
from covey.transports.udp.address import parse_udp
from covey.transports.udp.sockets import open_receiving, socket_address


@pytest.mark.parametrize("endpoint", ["udp://127.0.0.1:*", "udp://lo;239.192.1.7:5599"])
def test_a_socket_that_sends_as_well_has_the_options_of_multicast(endpoint: str) -> None:
    options = StreamOptions(multicast_hops=7, multicast_loop=False)
    sock, _ = open_receiving(endpoint, parse_udp(endpoint, for_bind=True), options, sends=True)
    with sock:
        assert sock.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL) == 7
        assert sock.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP) == 0
        interface = socket.inet_ntoa(sock.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, 4))
        assert interface == ("127.0.0.1" if ";" in endpoint else "0.0.0.0")


def test_a_link_local_address_keeps_its_scope() -> None:
    index = socket.if_nametoindex("lo")
    assert socket_address("fe80::1%lo", 5) == ("fe80::1", 5, 0, index)
    assert socket_address("fe80::1%7", 5) == ("fe80::1", 5, 0, 7)
    assert socket_address("fe80::1", 5) == ("fe80::1", 5)
    with pytest.raises(OSError, match="interface"):
        socket_address("fe80::1%nothing0", 5)
