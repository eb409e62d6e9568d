"""Nodes in this process, and in processes of their own, ended when the test is over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from covey.mesh import Node
from covey.security.secret import Secret
from tests.mesh.remote import RemoteNode

__all__: list[str] = []

RemoteFactory = Callable[..., Awaitable[RemoteNode]]
"""`await remote("name", host, "mesh=lab", "secret=FILE")` starts a node and waits until it is out there."""


@pytest.fixture(params=["open", "secret"])
def secret(request: pytest.FixtureRequest) -> Secret | None:
    return Secret.generate() if request.param == "secret" else None


@pytest.fixture
async def enter(loopback: str, secret: Secret | None) -> AsyncIterator[Callable[..., Any]]:
    """Enter nodes of one mesh on loopback; they are left in reverse order."""
    async with AsyncExitStack() as stack:

        async def enter_one(name: str, **options: Any) -> Node:
            options = {"mesh": "lab", "secret": secret, "interface": loopback} | options
            return await stack.enter_async_context(Node(name, **options))

        yield enter_one


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
