"""Which endpoints of others we connect to."""

from __future__ import annotations

import pytest

from covey.mesh.zre.reachable import is_reachable


@pytest.mark.parametrize(
    "endpoint", ["tcp://10.0.0.1:1", "tcp://[fe80::1%eth0]:65535", "tcp://host.local:80"]
)
def test_tcp_with_host_and_port(endpoint: str) -> None:
    assert is_reachable(endpoint)


@pytest.mark.parametrize("endpoint", ["tipc://{1073741825, 7}@1.1.2", "tipc://<1.1.2:77>"])
def test_tipc_services_and_sockets(endpoint: str) -> None:
    assert is_reachable(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "tipc://<*>",
        "tipc://{1073741825, 1, 7}",
        "tcp://",
        "tcp://10.0.0.1",
        "tcp://10.0.0.1:0",
        "tcp://10.0.0.1:65536",
        "tcp://*:80",
        "tcp://10.0.0.1:0;10.0.0.2:80",
        "ipc:///run/x",
        "inproc://x",
        "udp://10.0.0.1:80",
        "tcp://\x00:80",
    ],
)
def test_nothing_else(endpoint: str) -> None:
    assert not is_reachable(endpoint)
