"""Where a node listens."""

from __future__ import annotations

import socket

import pytest

from covey.errors import ResourceError
from covey.mesh.doors import Doors


def test_listens_on_one_port_of_every_address() -> None:
    doors = Doors(["127.0.0.1", "127.0.0.2"])
    assert doors.port != doors.topics_port
    for address in ("127.0.0.1", "127.0.0.2"):
        for port in (doors.port, doors.topics_port):
            with socket.create_connection((address, port), timeout=2):
                pass
    doors.close()


def test_listens_everywhere_when_nothing_is_pinned() -> None:
    doors = Doors([])
    for port in (doors.port, doors.topics_port):
        for address in ("127.0.0.1", "::1"):
            with socket.create_connection((address, port), timeout=2):
                pass
    doors.close()
    assert doors.sockets == []


@pytest.mark.parametrize("addresses", [["192.0.2.1"], ["127.0.0.1", "192.0.2.1"]])
def test_an_address_that_is_not_ours_is_refused(addresses: list[str]) -> None:
    with pytest.raises(ResourceError, match=r"192\.0\.2\.1.*no interface of this machine"):
        Doors(addresses)
