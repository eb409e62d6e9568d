"""Every stable socket type against libzmq, in both roles, NULL, PLAIN and CURVE."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.interop.conftest import LibzmqFactory
from tests.interop.matching import PAIRS, SIZES, exchange, match
from tests.interop.peers.zmq_peer import digest, pattern

pytestmark = pytest.mark.interop

SECURITIES = ["null", "plain", "curve-client", "curve-server"]


@pytest.mark.parametrize("security", SECURITIES)
@pytest.mark.parametrize("binder", ["ours", "theirs"])
@pytest.mark.parametrize("kinds", PAIRS, ids="-".join)
async def test_messages_cross(
    libzmq: LibzmqFactory, kinds: tuple[str, str], binder: str, security: str
) -> None:
    peer = await libzmq()
    async with match(peer, kinds, binder=binder, security=security) as pair:
        for size in SIZES if security != "plain" else SIZES[:4]:
            body = pattern(size, size)
            await exchange(pair, kinds, [body])
            await exchange(pair, kinds, [b"a", body, b""])


@pytest.mark.parametrize("security", ["null", "curve-server", "curve-client"])
async def test_64_mib_cross_both_ways(debian_libzmq: LibzmqFactory, security: str) -> None:
    peer = await debian_libzmq()
    body = pattern(64 << 20, 64)
    async with match(peer, ("Push", "PULL"), binder="ours", security=security) as pair:
        await pair.ours.send(body)
        assert (await pair.theirs.digest())[0] == digest([body])
    async with match(peer, ("Pull", "PUSH"), binder="theirs", security=security) as pair:
        await pair.theirs.send_pattern(64 << 20, seed=64)
        async with asyncio.timeout(60):
            assert await pair.ours.recv() == body


@pytest.mark.parametrize("security", ["null", "curve-server"])
@pytest.mark.parametrize("binder", ["ours", "theirs"])
@pytest.mark.parametrize("kinds", [("Push", "PULL"), ("Rep", "REQ"), ("Sub", "PUB")], ids="-".join)
async def test_messages_cross_unix_sockets(
    libzmq: LibzmqFactory, kinds: tuple[str, str], binder: str, security: str, tmp_path: Path
) -> None:
    peer = await libzmq()
    where = f"ipc://{tmp_path}/s"
    async with match(peer, kinds, binder=binder, security=security, endpoint=where) as pair:
        for size in SIZES:
            await exchange(pair, kinds, [pattern(size, size)])
