"""What a node loads before it has anything to say."""

from __future__ import annotations

import asyncio
import sys

import pytest

from tests.lan.host import environment

_CODE = """
import asyncio, sys, covey

async def main():
    secret = covey.Secret.generate() if sys.argv[2] == "secret" else None
    async with covey.Node("a", mesh="lab", interface=sys.argv[1], secret=secret) as a:
        async with covey.Node("b", mesh="lab", interface=sys.argv[1], secret=secret) as b:
            await asyncio.gather(a.wait_for_peers(1, timeout=5), b.wait_for_peers(1, timeout=5))
            print(*sorted(sys.modules), sep="\\n")

asyncio.run(main())
"""


_CONNECTING = (
    "covey.messaging",
    "covey.transports",
    "covey.security.curve.client",
    "covey.security.curve.server",
    "covey.security.noise",
    "covey.mesh.guard",
    "covey.mesh.zre",
    "covey.discovery.mdns",
    "cryptography",
    "dataclasses",
    "nacl.bindings",
    "platform",
    "zeroconf",
)
"""What a node does not need to meet others."""
_SEALED_BEACONS = ("covey.security.beacon_seal", "hashlib", "hmac")
"""What a member needs only when it speaks to those who know no announcements."""


@pytest.mark.parametrize(
    ("protection", "heavy", "most"),
    [
        ("open", (*_CONNECTING, "covey.security", "nacl"), 49),
        ("secret", (*_CONNECTING, *_SEALED_BEACONS), 60),
    ],
)
async def test_nodes_meet_before_anything_that_connects_is_loaded(
    loopback: str, protection: str, heavy: tuple[str, ...], most: int
) -> None:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _CODE, loopback, protection),
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, complaints = await program.communicate()
    assert program.returncode == 0, complaints.decode()
    loaded = printed.decode().split()
    assert [name for name in loaded if name.startswith(heavy)] == []
    assert sum(name.startswith("covey") for name in loaded) < most
