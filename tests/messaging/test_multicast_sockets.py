"""Publishers and subscribers over `epgm://` on loopback, and their options, events and counters."""

from __future__ import annotations

import itertools
import socket

import pytest

from covey.errors import EndpointError, OptionError, ResourceError
from covey.messaging import Dish, Pub, Push, Radio, Sub, XPub, XSub
from covey.messaging.events import Lost, SenderAppeared, SenderVanished
from covey.security.plain import PlainClient
from covey.transports.reports import Lost as LostPackets
from tests.messaging.helpers import soon

_ports = itertools.count(24_000)


@pytest.fixture
def endpoint() -> str:
    return f"epgm://lo;239.192.1.1:{next(_ports)}"


@pytest.mark.parametrize(("sender", "receiver"), [(Pub, Sub), (XPub, XSub), (Pub, XSub), (XPub, Sub)])
async def test_subscribers_hear_what_they_subscribed_to(
    endpoint: str, sender: type[Pub | XPub], receiver: type[Sub | XSub]
) -> None:
    async with receiver(rcvhwm=0) as sub, sender(rate=-1) as pub:
        sub.subscribe(b"a")
        await sub.bind(endpoint)
        await pub.connect(endpoint)
        await soon(pub.wait_subscribed(b"anything"))
        for number in range(3000):
            await pub.send(b"ab"[number % 2 : number % 2 + 1] + b"%d" % number)
        await pub.send_multipart([b"a", b"two", bytes(100_000)])
        for number in range(0, 3000, 2):
            assert await soon(sub.recv()) == b"a%d" % number
        assert await soon(sub.recv_multipart()) == [b"a", b"two", bytes(100_000)]
        assert pub.statistics().dropped == 0


async def test_bind_and_connect_are_the_same_and_senders_are_several(endpoint: str) -> None:
    async with Sub() as one, Sub() as two, Pub(rate=-1) as first, Pub(rate=-1) as second:
        for sub in (one, two):
            sub.subscribe()
        await one.connect(endpoint)
        assert await two.bind(endpoint) == endpoint
        await first.bind(endpoint)
        await second.connect(endpoint)
        await first.send(b"1")
        await second.send(b"2")
        for sub in (one, two):
            assert {await soon(sub.recv()), await soon(sub.recv())} == {b"1", b"2"}


async def test_groups_of_radio_and_dish_travel_in_pgm(endpoint: str) -> None:
    async with Dish() as dish, Radio(rate=-1, xpub_nodrop=True) as radio:
        dish.join("b")
        await dish.connect(endpoint)
        await radio.connect(endpoint)
        for number in range(5000):
            await radio.send(b"%d" % number, group="ab"[number % 2])
            if number % 2:
                assert await soon(dish.recv_with_group()) == ("b", b"%d" % number)
        await radio.send(bytes(300_000), group="b")
        assert await soon(dish.recv()) == bytes(300_000)


async def test_senders_that_come_and_go_are_events(endpoint: str) -> None:
    async with Sub() as sub:
        sub.subscribe()
        await sub.bind(endpoint)
        events = sub.events()
        async with Pub(rate=-1) as pub:
            await pub.connect(endpoint)
            await pub.send(b"x")
            assert await soon(sub.recv()) == b"x"
            await pub.close(0)
        appeared, vanished = await soon(anext(events)), await soon(anext(events))
        assert isinstance(appeared, SenderAppeared)
        assert isinstance(vanished, SenderVanished)
        assert appeared.sender == vanished.sender
        assert vanished.reason == "fin"


async def test_what_was_lost_is_an_event_and_counted() -> None:
    async with Sub() as sub:
        events = sub.events()
        sub._reported("epgm://x", LostPackets("10.0.0.1 00.1", 7, 3))
        assert await soon(anext(events)) == Lost("epgm://x", "10.0.0.1 00.1", 7, 3)
        assert sub.statistics().lost == 3


async def test_closing_sends_what_waits_and_counts_what_links_count(endpoint: str) -> None:
    async with Sub() as sub, Pub(rate=-1) as pub:
        sub.subscribe()
        await sub.bind(endpoint)
        await pub.connect(endpoint)
        await pub.send(bytes(2_000_000))
        assert await soon(pub.close()) == 0
        assert await soon(sub.recv()) == bytes(2_000_000)
        (counted,) = sub.statistics().connections
        (source,) = counted.multicast.sources
        assert source.packets > 1000


async def test_an_endpoint_can_be_left_again(endpoint: str) -> None:
    async with Sub() as sub, Pub() as pub:
        await sub.bind(endpoint)
        await sub.unbind(endpoint)
        await pub.connect(endpoint)
        await pub.disconnect(endpoint)
        assert sub.connected_count() == pub.connected_count() == 0


async def test_what_cannot_be_multicast_is_refused(endpoint: str) -> None:
    async with (
        Push() as push,
        Pub(security=PlainClient("me", "secret")) as sealed,
        Pub(parity_group=3) as odd,
    ):
        with pytest.raises(EndpointError, match="not for PUSH"):
            await push.connect(endpoint)
        with pytest.raises(EndpointError, match="PLAIN cannot protect"):
            await sealed.bind(endpoint)
        with pytest.raises(OptionError, match="power of two"):
            await odd.bind(endpoint)
        assert odd.connected_count() == 0


async def test_without_privilege_pgm_says_what_it_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket

    def refusing(family: int = -1, kind: int = -1, *rest: object) -> socket.socket:
        if kind == socket.SOCK_RAW:
            raise PermissionError(1, "Operation not permitted")
        return real(family, kind)

    async with Pub() as pub:
        with monkeypatch.context() as patched:
            patched.setattr("covey.transports.multicast.sockets.socket.socket", refusing)
            with pytest.raises(ResourceError, match=r"CAP_NET_RAW.*epgm://"):
                await pub.connect("pgm://lo;239.192.1.1:5555")
        assert pub.connected_count() == 0
