from __future__ import annotations

import pytest

from covey.errors import EndpointError
from covey.transports.udp.address import parse_udp


@pytest.mark.parametrize(
    ("endpoint", "for_bind", "interface", "host", "port"),
    [
        ("udp://127.0.0.1:5555", False, "", "127.0.0.1", 5555),
        ("udp://localhost:5555", False, "", "127.0.0.1", 5555),
        ("udp://*:5555", True, "", "*", 5555),
        ("udp://eth0:*", True, "", "eth0", 0),
        ("udp://eth0;239.1.2.3:5555", True, "eth0", "239.1.2.3", 5555),
        ("udp://10.0.0.1;239.1.2.3:5555", False, "10.0.0.1", "239.1.2.3", 5555),
        ("udp://*;239.1.2.3:5555", False, "", "239.1.2.3", 5555),
        ("udp://eth0;[ff02::42]:5555", False, "eth0", "ff02::42", 5555),
    ],
)
def test_reads_what_libzmq_reads(
    endpoint: str, *, for_bind: bool, interface: str, host: str, port: int
) -> None:
    address = parse_udp(endpoint, for_bind=for_bind)
    assert (address.interface, address.host, address.port) == (interface, host, port)
    assert parse_udp(str(address), for_bind=for_bind) == address


@pytest.mark.parametrize(
    ("endpoint", "for_bind"),
    [
        ("udp://127.0.0.1", True),
        ("udp://127.0.0.1:0", False),
        ("udp://127.0.0.1:65536", True),
        ("udp://*:5555", False),
        ("udp://kitchen:5555", False),
        ("udp://eth0;127.0.0.1:5555", True),
        ("udp://;239.1.2.3:5555", True),
        ("udp://239.1.2.3:*", True),
        ("udp://ff02::42:5555", True),
        ("udp://a/b:5555", True),
    ],
)
def test_refuses_what_cannot_work(endpoint: str, *, for_bind: bool) -> None:
    with pytest.raises(EndpointError):
        parse_udp(endpoint, for_bind=for_bind)
