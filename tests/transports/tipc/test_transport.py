from __future__ import annotations

import errno
import socket

import pytest

import covey
from covey.errors import EndpointError, ResourceError
from covey.transports.registry import stream_transport
from covey.transports.stream_transport import StreamOptions
from covey.transports.tipc.transport import TipcTransport


@pytest.fixture(autouse=True)
def _no_tipc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the kernel refuse TIPC and nothing else, as most do."""
    original = socket.socket.__init__

    def refuse(self: socket.socket, family: int = -1, *rest: int, **options: int) -> None:
        if family == socket.AF_TIPC:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        original(self, family, *rest, **options)

    monkeypatch.setattr(socket.socket, "__init__", refuse)


def test_the_registry_knows_the_scheme() -> None:
    assert isinstance(stream_transport("tipc://<*>"), TipcTransport)


async def test_binding_says_how_to_load_tipc() -> None:
    async with covey.Pull() as sock:
        with pytest.raises(ResourceError, match="modprobe tipc"):
            await sock.bind("tipc://<*>")


async def test_connecting_says_how_to_load_tipc_and_leaves_the_socket_usable() -> None:
    async with covey.Pull() as pull, covey.Push() as push:
        with pytest.raises(ResourceError, match="modprobe tipc"):
            await push.connect("tipc://{5560,0}")
        await push.connect(await pull.bind("tcp://127.0.0.1:*"))
        await push.send(b"nothing else is affected")
        assert await pull.recv() == b"nothing else is affected"


@pytest.mark.parametrize("endpoint", ["tipc://<1.2.3:4>", "tipc://bogus"])
async def test_an_endpoint_that_cannot_be_bound_is_named_before_the_kernel_is_asked(endpoint: str) -> None:
    with pytest.raises(EndpointError):
        await TipcTransport().listen(endpoint, StreamOptions())


@pytest.mark.parametrize("endpoint", ["tipc://<*>", "tipc://{5560,0,9}", "tipc://bogus"])
def test_an_endpoint_that_cannot_be_connected_to_is_named_before_the_kernel_is_asked(endpoint: str) -> None:
    with pytest.raises(EndpointError):
        TipcTransport().check(endpoint, for_bind=False)


async def test_dialling_without_tipc_is_an_error_that_the_connector_understands() -> None:
    with pytest.raises(OSError, match="modprobe tipc") as caught:
        await TipcTransport().dial("tipc://{5560,0}", StreamOptions())
    assert caught.value.errno == errno.EAFNOSUPPORT
