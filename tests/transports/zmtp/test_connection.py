"""The connection core: handshakes of every mechanism, traffic, commands, hostile bytes."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.errors import AuthenticationFailed, CoveyError, HandshakeFailed, PeerRefused, ProtocolError
from covey.security.curve.client import CurveClient
from covey.security.curve.keys import CurveKeys
from covey.security.curve.server import CurveServer
from covey.security.mechanism import AuthenticationReply, AuthenticationRequest, Security
from covey.security.noise.server import NoiseServer
from covey.security.null import Null
from covey.security.plain import PlainClient, PlainServer
from covey.transports.zmtp.connection import ConnectionState
from covey.transports.zmtp.frames import Message, encode_command
from covey.transports.zmtp.greeting import Greeting
from tests.transports.zmtp.wire_pair import End, WirePair, config


def accept(request: AuthenticationRequest) -> AuthenticationReply:
    return AuthenticationReply(200)


@functools.cache
def curve_keys() -> tuple[CurveKeys, CurveKeys]:
    return CurveKeys.generate(), CurveKeys.generate()


def securities(name: str) -> tuple[Security, Security]:
    if name == "NULL":
        return Null(), Null()
    if name == "PLAIN":
        return PlainClient("user", "word"), PlainServer(accept)
    client, server = curve_keys()
    return CurveClient(client, server.public), CurveServer(server)


MECHANISMS = ["NULL", "PLAIN", "CURVE"]


def pair(name: str, **configuration: object) -> WirePair:
    left, right = securities(name)
    return WirePair(End(config(**configuration), left), End(config("ROUTER", **configuration), right))  # type: ignore[arg-type]


def deliver(source: End, target: End, messages: list[Message]) -> None:
    target.take(b"".join(source.core.encode(messages)))


@pytest.mark.parametrize("pieces", [None, 1, 7])
@pytest.mark.parametrize("name", MECHANISMS)
def test_two_ends_shake_hands_and_talk(name: str, pieces: int | None) -> None:
    wire = pair(name, metadata={"Identity": b"me"})
    wire.run(pieces=pieces)
    assert wire.left.peer is not None
    assert wire.right.peer is not None
    assert wire.right.peer.socket_type == "DEALER"
    assert wire.right.peer.identity == b"me"
    assert wire.left.peer.mechanism == name
    sent: list[Message] = [b"one", [b"a", b"", b"b" * 5000], b"", *[b"equal"] * 20]
    deliver(wire.left, wire.right, sent)
    deliver(wire.right, wire.left, sent)
    assert wire.left.received == sent
    assert wire.right.received == sent


@pytest.mark.parametrize("name", MECHANISMS)
def test_every_truncation_of_a_handshake_waits_or_fails_cleanly(name: str) -> None:
    complete = pair(name)
    complete.run()
    for number, flight in enumerate(complete.transcript):
        for length in range(0, len(flight), 5):
            wire = pair(name)
            wire.run(lambda at, data, n=number, cut=length: data[:cut] if at == n else data)  # type: ignore[misc]
            for end in (wire.left, wire.right):
                assert end.error is None or isinstance(end.error, CoveyError)


@pytest.mark.parametrize("name", MECHANISMS)
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_mutated_handshake_raises_only_covey_errors(name: str, data: st.DataObject) -> None:
    flight = data.draw(st.integers(0, 7))
    position = data.draw(st.integers(0, 300))
    value = data.draw(st.integers(0, 255))

    def mangle(number: int, flying: bytes) -> bytes:
        if number != flight or not flying:
            return flying
        changed = bytearray(flying)
        changed[position % len(changed)] = value
        return bytes(changed)

    wire = pair(name)
    wire.run(mangle)  # any other exception fails the test


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(MECHANISMS), st.binary(max_size=200))
def test_garbage_instead_of_a_greeting_raises_only_covey_errors(name: str, data: bytes) -> None:
    End(config(), securities(name)[1]).take(data)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(MECHANISMS), st.binary(max_size=300))
def test_garbage_as_traffic_raises_only_covey_errors(name: str, data: bytes) -> None:
    wire = pair(name, takes_subscriptions=True)
    wire.run()
    wire.left.take(data)


def test_mechanisms_that_differ_are_refused() -> None:
    wire = WirePair(End(config(), securities("PLAIN")[0]), End(config(), Null()))
    wire.run()
    assert isinstance(wire.left.error, HandshakeFailed)
    assert "PLAIN" in str(wire.right.error)


def test_a_socket_type_that_does_not_fit_is_refused_in_words() -> None:
    settings_ = config("PUSH")
    left = End(settings_, Null())
    right = End(
        type(settings_)(socket_type="PUB", peer_types=frozenset(("SUB",))),
        Null(),
    )
    WirePair(left, right).run()
    assert str(right.error) == "a PUB socket cannot talk to a PUSH socket"
    assert right.core.state is ConnectionState.CLOSED


def test_null_with_an_authenticator_asks_before_the_peer_said_a_word() -> None:
    wire = WirePair(End(config(), Null()), End(config(), Null(accept)))
    wire.right.verdict = None
    wire.run()
    assert len(wire.right.asked) == 1
    assert wire.left.peer is None
    wire.right.decide(AuthenticationReply(200, user_id="somebody"))
    wire.run()
    assert wire.right.peer is not None
    assert wire.right.peer.user_id == "somebody"
    assert wire.left.peer is not None


@pytest.mark.parametrize("name", ["PLAIN"])
def test_a_refused_peer_is_told_the_status(name: str) -> None:
    wire = pair(name)
    wire.right.verdict = AuthenticationReply(400)
    wire.run()
    assert isinstance(wire.right.error, AuthenticationFailed)
    assert isinstance(wire.left.error, PeerRefused)
    assert wire.left.error.reason == "400"


def test_traffic_right_behind_the_last_handshake_command_is_decoded() -> None:
    end = End(config(), Null())
    ready = encode_command(b"\x05READY\x0bSocket-Type\0\0\0\x04PUSH")
    end.take(Greeting("NULL").encode() + ready + b"\x00\x01a\x00\x01b")
    assert end.received == [b"a", b"b"]


@pytest.mark.parametrize("name", ["PLAIN", "CURVE", "NOISE"])
def test_a_stranger_has_nothing_kept_for_it_but_a_short_hello(name: str) -> None:
    security = NoiseServer(curve_keys()[1]) if name == "NOISE" else securities(name)[1]
    server = End(config("ROUTER"), security)
    server.take(Greeting(name).encode())
    server.take(b"\x06" + (1025).to_bytes(8, "big"))
    assert "at most 1024" in str(server.error)


def test_what_follows_hello_is_bounded_too() -> None:
    wire = pair("CURVE")
    wire.right.take(Greeting("CURVE").encode())
    wire.left.take(Greeting("CURVE").encode())
    wire.right.take(wire.left.drain()[64:])
    assert wire.right.error is None
    wire.right.take(b"\x06" + (16_385).to_bytes(8, "big"))
    assert "at most 16384" in str(wire.right.error)


def test_a_peer_that_goes_on_before_it_is_let_in_is_cut_off() -> None:
    wire = WirePair(End(config(), Null()), End(config(), Null(accept)))
    wire.right.verdict = None
    wire.run()
    for _ in range(40):
        wire.right.take(b"\0" * 10_000)
    assert isinstance(wire.right.error, HandshakeFailed)


@pytest.mark.parametrize("name", MECHANISMS)
def test_subscriptions_reach_publishers_in_their_place(name: str) -> None:
    wire = pair(name, takes_subscriptions=True)
    wire.run()
    core = wire.left.core
    stream = b"".join(
        [
            *core.encode([b"before"]),
            *core.encode_subscription(b"T" * 255, subscribe=True),
            *core.encode_subscription(b"T", subscribe=False),
            *core.encode([b"after"]),
        ]
    )
    wire.right.take(stream)
    assert wire.right.received == [b"before", b"\x01" + b"T" * 255, b"\x00T", b"after"]


def test_subscriptions_to_a_minor_0_peer_are_messages() -> None:
    wire = pair("NULL", takes_subscriptions=True)
    wire.run(
        lambda _, data: data.replace(b"\x7f\x03\x01", b"\x7f\x03\x00").replace(b"\x03\x01NULL", b"\x03\0NULL")
    )
    if wire.left.peer is not None and wire.left.peer.minor == 0:
        assert b"".join(wire.left.core.encode_subscription(b"AB", subscribe=True)) == b"\x00\x03\x01AB"


@pytest.mark.parametrize(
    "body", [b"\x04PING", b"\x04PING\0", b"\x07UNKNOWN", b"", b"\xff", b"\x09subscribeA"]
)
def test_unknown_and_malformed_commands_are_ignored(body: bytes) -> None:
    wire = pair("NULL", takes_subscriptions=True)
    wire.run()
    wire.right.take(encode_command(body) + b"\x00\x01a")
    assert wire.right.received == [b"a"]
    assert wire.right.drain() == b""


def test_a_ping_is_answered_with_its_context_cut_to_16() -> None:
    wire = pair("NULL")
    wire.run()
    wire.right.take(encode_command(b"\x04PING\x00\x00" + b"c" * 20))
    assert wire.right.drain() == encode_command(b"\x04PONG" + b"c" * 16)


def test_an_error_command_in_traffic_says_the_peers_words() -> None:
    wire = pair("NULL")
    wire.run()
    wire.right.take(encode_command(b"\x05ERROR\x03bad"))
    assert isinstance(wire.right.error, PeerRefused)
    assert wire.right.error.reason == "bad"


def test_good_messages_before_an_error_are_delivered_first() -> None:
    wire = pair("NULL", max_message_size=10)
    wire.run()
    wire.right.take(b"\x00\x01a" + b"\x00\x0b" + bytes(11))
    assert wire.right.received == [b"a"]
    assert isinstance(wire.right.error, ProtocolError)


@pytest.mark.parametrize("name", MECHANISMS)
def test_maxmsgsize_counts_what_is_inside_the_seal(name: str) -> None:
    wire = pair(name, max_message_size=300)
    wire.run()
    deliver(wire.left, wire.right, [b"x" * 300])
    assert wire.right.received == [b"x" * 300]
    deliver(wire.left, wire.right, [b"x" * 301])
    assert isinstance(wire.right.error, ProtocolError)


def test_the_limit_holds_messages_back() -> None:
    wire = pair("NULL")
    wire.run()
    stream = b"".join(wire.left.core.encode([b"%d" % number for number in range(100)]))
    core = wire.right.core
    assert core.receive_data(stream, 0.0, 30) == [b"%d" % number for number in range(30)]
    assert core.holds_messages
    assert len(core.receive_data(b"", 0.0, 70)) == 70
    assert not core.holds_messages


def test_a_sealed_message_played_back_is_refused() -> None:
    wire = pair("CURVE")
    wire.run()
    stream = b"".join(wire.left.core.encode([b"once"]))
    wire.right.take(stream)
    wire.right.take(stream)
    assert wire.right.received == [b"once"]
    assert isinstance(wire.right.error, ProtocolError)


def test_a_sealed_message_in_several_outer_frames_is_refused() -> None:
    wire = pair("CURVE")
    wire.run()
    wire.right.take(b"\x01\x01a\x00\x01b")
    assert isinstance(wire.right.error, ProtocolError)


# -- time -----------------------------------------------------------------------------------------------------


def test_a_handshake_that_takes_too_long_fails() -> None:
    end = End(config(handshake_timeout=30.0), Null())
    assert end.core.next_timeout() == 30.0
    end.core.handle_timeout(29.9)
    with pytest.raises(HandshakeFailed, match="30 s"):
        end.core.handle_timeout(30.0)


def test_a_silent_peer_is_pinged_and_then_given_up() -> None:
    wire = pair("NULL", heartbeat_interval=2.0, heartbeat_timeout=5.0, heartbeat_ttl=6.0)
    wire.run()
    core = wire.left.core
    assert core.next_timeout() == 2.0
    core.handle_timeout(2.0)
    assert wire.left.drain() == encode_command(b"\x04PING" + (60).to_bytes(2, "big"))
    for now in (4.0, 6.0):
        core.handle_timeout(now)
    assert core.next_timeout() == 7.0
    with pytest.raises(ProtocolError, match="silent"):
        core.handle_timeout(7.0)


def test_a_timeout_of_nothing_never_gives_up() -> None:
    wire = pair("NULL", heartbeat_interval=2.0, heartbeat_timeout=0.0)
    wire.run()
    for now in (2.0, 4.0, 60.0):
        wire.left.core.handle_timeout(now)
        assert wire.left.drain()


def test_any_traffic_is_a_sign_of_life() -> None:
    wire = pair("NULL", heartbeat_interval=2.0)
    wire.run()
    wire.left.core.handle_timeout(2.0)
    wire.left.now = 3.9
    wire.left.take(b"\x00\x01a")
    wire.left.core.handle_timeout(4.0)
    assert wire.left.core.state is ConnectionState.TRAFFIC


def test_a_pings_time_to_live_is_kept() -> None:
    wire = pair("NULL")
    wire.run()
    wire.right.now = 10.0
    wire.right.take(encode_command(b"\x04PING\x00\x05"))
    assert wire.right.core.next_timeout() == 10.5
    with pytest.raises(ProtocolError, match="silent"):
        wire.right.core.handle_timeout(10.5)


def test_silence_is_excused_while_the_owner_does_not_read() -> None:
    wire = pair("NULL", heartbeat_interval=2.0)
    wire.run()
    wire.left.core.handle_timeout(2.0)
    wire.left.core.excuse_silence(4.0)
    wire.left.core.handle_timeout(4.0)
    assert wire.left.core.state is ConnectionState.TRAFFIC
