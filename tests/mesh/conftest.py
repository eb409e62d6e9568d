"""Nodes in processes of their own, ended when the test is over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.mesh.remote import RemoteNode

__all__: list[str] = []

RemoteFactory = Callable[..., Awaitable[RemoteNode]]
"""`await remote("name", host, "mesh=lab", "secret=FILE")` starts a node and waits until it is out there."""


@pytest.fixture
async def remote() -> AsyncIterator[RemoteFactory]:
    """Start covey nodes."""
    launched: list[RemoteNode] = []

    async def launch(*arguments: object) -> RemoteNode:
        node = await RemoteNode.launch(*arguments)  # type: ignore[arg-type]
        launched.append(node)
        return node

    yield launch
    for node in launched:
        await node.close()
