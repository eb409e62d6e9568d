"""Peers of ZMTP 1.0 and 2.0, and the 3.0 forms: scripted byte by byte, as libzmq serves them."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.errors import CoveyError, HandshakeFailed, ProtocolError
from covey.messaging import Pub, Pull, Router
from covey.security.curve.keys import CurveKeys
from covey.security.curve.server import CurveServer
from covey.security.null import Null
from covey.transports.zmtp.frames import Message
from covey.transports.zmtp.greeting import Greeting
from covey.transports.zmtp.legacy import V1Decoder, encode_v1, split_v1, v1_overhead
from tests.messaging.helpers import soon
from tests.transports.zmtp.wire_pair import End, config

SIGNATURE = b"\xff\0\0\0\0\0\0\0\x01\x7f"
PUSH, SUB, DEALER = b"\x08", b"\x02", b"\x05"

bodies = st.one_of(st.binary(max_size=20), st.sampled_from([b"x" * 253, b"y" * 254, b"z" * 300]))
messages = st.lists(st.one_of(bodies, st.lists(bodies, min_size=2, max_size=4)), max_size=20)


@settings(max_examples=200, deadline=None)
@given(messages, st.integers(1, 50), st.integers(1, 5))
def test_any_chunking_of_1_0_frames_decodes_to_the_same(sent: list[Message], step: int, limit: int) -> None:
    stream = b"".join(encode_v1(sent))
    decoder = V1Decoder()
    got: list[Message] = []
    for at in range(0, len(stream), step):
        decoder.feed(stream[at : at + step], got, len(got) + limit)
        while decoder.at_limit:
            decoder.feed(b"", got, len(got) + limit)
    assert got == sent
    assert decoder.buffered == 0


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=100))
def test_garbage_raises_only_protocol_errors(data: bytes) -> None:
    try:
        V1Decoder(1000).feed(data, [], 1000)
    except ProtocolError:
        pass


@given(messages)
def test_the_overhead_of_1_0_frames_is_known(sent: list[Message]) -> None:
    from covey.transports.zmtp.frames import wire_size

    assert sum(wire_size(one) + v1_overhead(one) for one in sent) == len(b"".join(encode_v1(sent)))


def test_a_2_0_peer_is_spoken_to_as_libzmq_does() -> None:
    end = End(config("ROUTER", metadata={"Identity": b"me"}), Null())
    assert end.drain() == b"\xff\0\0\0\0\0\0\0\x03\x7f"
    end.take(SIGNATURE)
    assert end.drain() == b"\x03"
    end.take(b"\x01" + DEALER)
    assert end.drain() == b"\x06" + b"\x00\x02me"
    end.take(b"\x00\x03you" + b"\x00\x02hi")
    assert end.peer is not None
    assert (end.peer.major, end.peer.identity, end.peer.socket_type) == (2, b"you", "DEALER")
    assert end.received == [b"hi"]
    assert b"".join(end.core.encode([[b"a", b"b"]])) == b"\x01\x01a\x00\x01b"
    assert end.core.next_timeout() is None


def test_a_2_0_peer_of_a_type_that_does_not_fit_is_refused() -> None:
    settings_ = config("PULL")
    end = End(type(settings_)(socket_type="PULL", peer_types=frozenset(("PUSH",))), Null())
    end.take(SIGNATURE + b"\x01" + SUB + b"\x00\x00")
    assert isinstance(end.error, HandshakeFailed)


def test_a_1_0_peer_is_known_by_its_missing_signature() -> None:
    end = End(config("ROUTER", metadata={"Identity": b"me"}), Null())
    first = end.drain()
    end.take(b"\x04\x00you" + b"\x03\x00hi")
    assert end.drain() == b"me"
    # To a 1.0 peer our signature was the header of a frame with our identity.
    assert split_v1(first + b"me", 0, -1) == (0x7F, b"me", len(first) + 2)
    assert end.peer is not None
    assert (end.peer.major, end.peer.identity) == (1, b"you")
    assert end.received == [b"hi"]
    assert b"".join(end.core.encode([[b"a", b"b"]])) == b"\x02\x01a\x02\x00b"


def test_a_1_0_peer_with_a_long_identity_frame_is_understood() -> None:
    end = End(config("ROUTER"), Null())
    end.take(b"\xff\0\0\0\0\0\0\0\x04\x00you" + b"\x03\x00hi")
    assert end.peer is not None
    assert end.peer.identity == b"you"
    assert end.received == [b"hi"]


def test_a_publisher_takes_a_1_0_subscriber_to_want_everything() -> None:
    end = End(config("XPUB", takes_subscriptions=True), Null())
    end.take(b"\x01\x00")
    assert end.received == [b"\x01"]


def test_a_1_0_subscriber_with_a_revision_speaks_for_itself() -> None:
    end = End(config("XPUB", takes_subscriptions=True), Null())
    end.take(SIGNATURE + b"\x00" + SUB + b"\x01\x00")
    assert end.peer is not None
    assert end.received == []


@pytest.mark.parametrize("frame", [b"\x00", b"\xff" + bytes(8), b"\xff\x7f" + b"\xff" * 7 + b"\x00"])
def test_a_1_0_frame_that_cannot_be_is_refused_at_its_length(frame: bytes) -> None:
    with pytest.raises(ProtocolError):
        V1Decoder().feed(frame, [], 1)


def test_commands_of_a_2_0_peer_mean_nothing() -> None:
    end = End(config("XPUB", takes_subscriptions=True), Null())
    end.take(SIGNATURE + b"\x01" + SUB + b"\x00\x00")
    end.drain()
    end.take(b"\x04\x07\x04PING\0\0" + b"\x04\x0b\x09SUBSCRIBEa")
    assert (end.drain(), end.received, end.error) == (b"", [], None)


@pytest.mark.parametrize("start", [SIGNATURE + b"\x01" + PUSH, b"\x01\x00", SIGNATURE + b"\x00" + PUSH])
def test_old_peers_cannot_force_protection_away(start: bytes) -> None:
    end = End(config("PULL"), CurveServer(CurveKeys.generate()))
    end.take(start + b"\x00\x00" * 40)
    assert isinstance(end.error, HandshakeFailed)
    assert end.peer is None


def test_subscriptions_to_old_peers_are_messages() -> None:
    for start, expected in (
        (SIGNATURE + b"\x01\x01\x00\x00", b"\x00\x03\x01AB"),
        (b"\x01\x00", b"\x04\x00\x01AB"),
    ):
        end = End(config("SUB"), Null())
        end.take(start)
        assert b"".join(end.core.encode_subscription(b"AB", subscribe=True)) == expected


def test_subscriptions_to_a_3_0_peer_are_messages() -> None:
    end = End(config("SUB"), Null())
    ready = b"\x04\x19\x05READY\x0bSocket-Type\0\0\0\x03PUB"
    end.take(Greeting("NULL", minor=0).encode() + ready)
    assert end.peer is not None
    assert b"".join(end.core.encode_subscription(b"AB", subscribe=True)) == b"\x00\x03\x01AB"


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([b"", SIGNATURE, SIGNATURE + b"\x00", SIGNATURE + b"\x01" + PUSH]), st.binary(max_size=80)
)
def test_garbage_behind_an_old_greeting_raises_only_covey_errors(start: bytes, data: bytes) -> None:
    end = End(config("PULL"), Null())
    for byte in start + data:
        end.take(bytes([byte]))
    assert end.error is None or isinstance(end.error, CoveyError)


async def _talk(endpoint: str, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(endpoint.rpartition(":")[2]))
    writer.write(data)
    return reader, writer


async def test_sockets_serve_old_peers_beside_new_ones() -> None:
    async with Pull() as pull, Router() as router, Pub() as pub:
        _, push = await _talk(
            await pull.bind("tcp://127.0.0.1:*"), SIGNATURE + b"\x01" + PUSH + b"\0\0\0\x01a"
        )
        assert await soon(pull.recv()) == b"a"
        where = await router.bind("tcp://127.0.0.1:*")
        _, dealer = await _talk(where, b"\x04\x00old\x03\x00hi")
        assert await soon(router.recv_multipart()) == [b"old", b"hi"]
        where = await pub.bind("tcp://127.0.0.1:*")
        reader, sub = await _talk(where, SIGNATURE + b"\x01" + SUB + b"\0\0" + b"\x00\x02\x01t")
        await soon(pub.wait_subscribed(b"t"))
        await pub.send(b"topic")
        assert await soon(reader.readexactly(14 + 7)) == SIGNATURE + b"\x03\x01\0\0" + b"\x00\x05topic"
        for writer in (push, dealer, sub):
            writer.close()
            await writer.wait_closed()
