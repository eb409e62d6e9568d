from __future__ import annotations

import pytest

from covey.errors import EndpointError, MessageTooLarge, NotSupportedByType, StateError, UsageError
from covey.messaging import Dgram
from tests.messaging.helpers import soon


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
async def test_datagrams_go_both_ways(host: str) -> None:
    async with Dgram() as one, Dgram() as two:
        first = (await one.bind(f"udp://{host}:*")).removeprefix("udp://")
        second = (await two.bind(f"udp://{host}:*")).removeprefix("udp://")
        await one.send_to(second, b"ping")
        address, body = await soon(two.recv_multipart())
        assert (address.decode(), body) == (first, b"ping")
        await two.send_multipart([address + b"\0", b"pong"])
        assert await soon(one.recv_from()) == (second, b"pong")
        two.send_multipart_nowait([address, b""])
        assert await soon(one.recv_from()) == (second, b"")


async def test_what_cannot_be_sent_is_refused() -> None:
    async with Dgram() as dgram:
        with pytest.raises(StateError):
            await dgram.send_to("127.0.0.1:9", b"")
        await dgram.bind("udp://127.0.0.1:*")
        with pytest.raises(NotSupportedByType):
            await dgram.send_multipart([b"127.0.0.1:9"])
        for wrong in ("kitchen:9", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:x"):
            with pytest.raises(UsageError):
                await dgram.send_to(wrong, b"")
        with pytest.raises(MessageTooLarge):
            await dgram.send_to("127.0.0.1:9", bytes(65_508))
        with pytest.raises(EndpointError, match="binds"):
            await dgram.connect("udp://127.0.0.1:9")
