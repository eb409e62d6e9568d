from __future__ import annotations

import errno
import socket

import pytest

from covey.errors import ResourceError
from covey.transports.tipc import availability, sockets
from covey.transports.tipc.availability import Availability, Link, probe


@pytest.fixture
def _no_tipc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the kernel refuse the family, as most do."""

    def refuse(*_: object) -> socket.socket:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(socket, "socket", refuse)


@pytest.mark.usefixtures("_no_tipc")
def test_a_kernel_without_tipc_says_how_to_load_it() -> None:
    found = probe()
    assert not found.available
    assert "modprobe tipc" in found.describe()
    assert "all other transports work" in found.describe()


@pytest.mark.usefixtures("_no_tipc")
def test_opening_a_socket_without_tipc_carries_the_same_message() -> None:
    with pytest.raises(ResourceError, match="modprobe tipc") as caught:
        sockets.open_socket()
    assert caught.value.errno == errno.EAFNOSUPPORT


def test_a_system_without_the_family_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "AF_TIPC")
    with pytest.raises(ResourceError, match="Linux"):
        sockets.open_socket()


def test_describes_a_cluster_node_in_one_line() -> None:
    links = (Link("a:eth0-b:eth0", is_up=True, tolerance_ms=1500), Link("a:eth0-c:eth0", False, 1500))
    found = Availability(available=True, identity="a", node=1, bearers=("eth:eth0",), links=links)
    listed = "a:eth0-b:eth0, a:eth0-c:eth0 (down)"
    assert found.describe() == f"TIPC node a, bearers eth:eth0, 1 of 2 links up: {listed}"
    many = Availability(available=True, identity="a", node=1, bearers=("eth:eth0",), links=links * 50)
    assert many.describe().endswith(f"50 of 100 links up: {', '.join([listed] * 4)}, ...")
    assert "TIPC node without identity, no bearer" in Availability(available=True).describe()


def test_a_netlink_that_cannot_be_read_leaves_the_sockets_available(monkeypatch: pytest.MonkeyPatch) -> None:
    left, right = socket.socketpair()
    right.close()
    monkeypatch.setattr(availability, "open_socket", lambda _kind: left)
    monkeypatch.setattr(availability, "own_node", lambda _sock: 7)

    def fail(_command: int) -> list[dict[int, bytes]]:
        raise OSError(errno.ENOENT, "no such family")

    monkeypatch.setattr(availability, "dump", fail)
    found = probe()
    assert (found.available, found.node, found.bearers) == (True, 7, ())
