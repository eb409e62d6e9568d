"""ipc: files, abstract names, wildcards, what is left over from others."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

import pytest

from covey.errors import EndpointError, ResourceError
from covey.messaging import Pull, Push
from tests.messaging.helpers import connected, soon


async def test_messages_cross_a_socket_file_which_is_removed_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "s"
    async with connected(Pull(), Push(), endpoint=f"ipc://{path}") as (pull, push):
        assert await asyncio.to_thread(path.is_socket)
        await push.send(bytes(100_000))
        assert await soon(pull.recv()) == bytes(100_000)
    assert not await asyncio.to_thread(path.exists)


async def test_messages_cross_the_abstract_namespace() -> None:
    name = f"ipc://@covey-test-{os.getpid()}"
    async with connected(Pull(), Push(), endpoint=name) as (pull, push):
        await push.send(b"x")
        assert await soon(pull.recv()) == b"x"


async def test_a_wildcard_makes_a_place_and_removes_it() -> None:
    async with Pull() as pull:
        where = Path((await pull.bind("ipc://*")).removeprefix("ipc://"))
        assert await asyncio.to_thread(where.is_socket)
    assert not await asyncio.to_thread(where.parent.exists)


async def test_a_stale_socket_file_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "stale"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    async with connected(Pull(), Push(), endpoint=f"ipc://{path}") as (pull, push):
        await push.send(b"x")
        assert await soon(pull.recv()) == b"x"


async def test_a_living_socket_file_is_left_alone(tmp_path: Path) -> None:
    async with Pull() as one, Pull() as two:
        where = await one.bind(f"ipc://{tmp_path}/s")
        with pytest.raises(ResourceError, match="listens"):
            await two.bind(where)


async def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "data"
    await asyncio.to_thread(path.write_text, "precious")
    async with Pull() as pull:
        with pytest.raises(ResourceError):
            await pull.bind(f"ipc://{path}")
    assert await asyncio.to_thread(path.read_text) == "precious"


async def test_the_peers_credentials_are_its_address(tmp_path: Path) -> None:
    async with connected(Pull(), Push(), endpoint=f"ipc://{tmp_path}/s") as (pull, _):
        address = pull.statistics().connections[0].peer_address
        assert address == f"localhost:{os.getuid()}:{os.getgid()}:{os.getpid()}"


@pytest.mark.parametrize("endpoint", ["ipc://" + "x" * 108, "ipc://@", "ipc://"])
async def test_a_path_that_cannot_be_is_refused(endpoint: str) -> None:
    async with Pull() as pull:
        with pytest.raises(EndpointError):
            await pull.bind(endpoint)


async def test_connecting_waits_for_the_file_to_appear(tmp_path: Path) -> None:
    async with Push(reconnect_ivl=5) as push, Pull() as pull:
        await push.connect(f"ipc://{tmp_path}/later")
        await push.send(b"x")
        await pull.bind(f"ipc://{tmp_path}/later")
        assert await soon(pull.recv()) == b"x"


async def test_a_listening_socket_passed_in_is_used_and_its_file_stays(tmp_path: Path) -> None:
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(tmp_path / "s"))
    made.listen()
    async with Pull(use_fd=made.detach()) as pull, Push() as push:
        where = await pull.bind("ipc://whatever")
        assert where == f"ipc://{tmp_path}/s"
        await push.connect(where)
        await push.send(b"x")
        assert await soon(pull.recv()) == b"x"
    assert (tmp_path / "s").exists()


async def test_a_descriptor_that_is_no_unix_socket_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as made:
        async with Pull(use_fd=made.fileno()) as pull:
            with pytest.raises(ResourceError, match="descriptor"):
                await pull.bind(f"ipc://{tmp_path}/s")


async def test_credentials_are_metadata_of_what_is_received(tmp_path: Path) -> None:
    async with Pull(peer_info=True) as pull, Push() as push:
        await push.connect(await pull.bind(f"ipc://{tmp_path}/s"))
        await push.send(b"x")
        message = await soon(pull.recv_message())
        assert message.peer is not None
        expected = f"localhost:{os.getuid()}:{os.getgid()}:{os.getpid()}"
        assert message.peer.metadata["Peer-Address"] == expected.encode()
