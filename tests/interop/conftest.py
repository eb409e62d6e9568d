"""Foreign programs as fixtures. Absent ones are failures where COVEY_REQUIRE_PEERS=1, skips elsewhere."""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import pytest

from tests.conftest import missing
from tests.interop.libzmq import Libzmq, Origin, find_libzmq
from tests.interop.pyre_node import PyreNode
from tests.lan import Host

__all__: list[str] = []

LibzmqFactory = Callable[..., Awaitable[Libzmq]]
"""`await libzmq()` starts a process beside the test, `await libzmq(host)` on a host of a LAN."""

PyreFactory = Callable[..., Awaitable[PyreNode]]
"""`await pyre("name", host, headers={...})` prepares a node; start it with `await node.start()`."""


async def _libzmq(origin: Origin) -> AsyncIterator[LibzmqFactory]:
    if reason := find_libzmq(origin):
        missing(reason)
    launched: list[Libzmq] = []

    async def launch(host: Host | None = None) -> Libzmq:
        peer = await Libzmq.launch(origin, host)
        launched.append(peer)
        return peer

    yield launch
    for peer in launched:
        await peer.close()


@pytest.fixture(params=["debian", "pypi"])
async def libzmq(request: pytest.FixtureRequest) -> AsyncIterator[LibzmqFactory]:
    """Start libzmq processes; the test runs once with Debian's libzmq 4.3.4 and once with PyPI's 4.3.5."""
    async for factory in _libzmq(request.param):
        yield factory


@pytest.fixture
async def debian_libzmq() -> AsyncIterator[LibzmqFactory]:
    """Start processes of Debian's libzmq alone, which has pgm, tipc and norm compiled in."""
    async for factory in _libzmq("debian"):
        yield factory


@pytest.fixture
async def zeromq_js() -> AsyncIterator[LibzmqFactory]:
    """Start processes of Node.js with zeromq.js, which has the draft socket types."""
    async for factory in _libzmq("js"):
        yield factory


@pytest.fixture
async def pyre() -> AsyncIterator[PyreFactory]:
    """Prepare pyre nodes."""
    if importlib.util.find_spec("pyre") is None:
        missing("no pyre: PyPI's zeromq-pyre is not installed")
    launched: list[PyreNode] = []

    async def launch(
        name: str, host: Host | None = None, headers: Mapping[str, str] | None = None
    ) -> PyreNode:
        node = await PyreNode.launch(name, host, headers)
        launched.append(node)
        return node

    yield launch
    for node in launched:
        await node.close()
