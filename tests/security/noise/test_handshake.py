from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.errors import (
    AuthenticationFailed,
    HandshakeFailed,
    OptionError,
    PeerRefused,
    ProtocolError,
    StateError,
)
from covey.security.commands import split_command
from covey.security.curve.keys import CurveKeys
from covey.security.mechanism import HandshakeState, Sealing, Security
from covey.security.metadata import encode_metadata
from covey.security.noise.client import NoiseClient
from covey.security.noise.client_handshake import NoiseClientMechanism
from covey.security.noise.gate import gate_key, gate_tag
from covey.security.noise.overdue import OVERDUE_LIMIT
from covey.security.noise.server import NoiseServer
from covey.security.noise.server_handshake import NoiseServerMechanism
from tests.security.helpers import REFUSALS, accept, are_ready, converse, decide, drain, refuse

CLIENT = CurveKeys.generate()
SERVER = CurveKeys.generate()
PSK = bytes(range(32))
DEALER = {"Socket-Type": b"DEALER", "Identity": b"ABC"}
ROUTER = {"Socket-Type": b"ROUTER"}
Ends = tuple[NoiseClientMechanism, NoiseServerMechanism]


def xx() -> Ends:
    client = NoiseClient(CLIENT, is_trusted=lambda key: key == SERVER.public_bytes)
    return client.new_mechanism(DEALER), NoiseServer(SERVER).new_mechanism(ROUTER)


def ik() -> Ends:
    return NoiseClient(CLIENT, SERVER.public).new_mechanism(DEALER), NoiseServer(SERVER).new_mechanism(ROUTER)


def xxpsk3() -> Ends:
    client, server = NoiseClient(CLIENT, psk=PSK), NoiseServer(SERVER, psk=PSK)
    return client.new_mechanism(DEALER), server.new_mechanism(ROUTER)


every_pattern = pytest.mark.parametrize("make", [xx, ik, xxpsk3])
Make = Callable[[], Ends]


def step(ends: Ends, number: int) -> bytes:
    """Go on until command `number` (0 HELLO ... 3 READY) is about to arrive, and return it."""
    body = drain(ends[0])[0]
    for index in range(number):
        receiver = ends[(index + 1) % 2]
        receiver.receive_command(body)
        body = drain(receiver)[0]
    return body


def test_both_are_securities_that_hide_their_secrets() -> None:
    securities: list[Security] = [NoiseClient(CLIENT, psk=PSK), NoiseServer(SERVER, psk=PSK)]
    assert [security.as_server for security in securities] == [False, True]
    for security, keys in zip(securities, (CLIENT, SERVER), strict=True):
        assert security.mechanism == "NOISE"
        assert security.new_mechanism({}).sealing is Sealing.STREAM
        assert keys.secret not in repr(security)
        assert repr(PSK) not in repr(security)


@every_pattern
def test_both_learn_each_other(make: Make) -> None:
    one, two = make()
    said = converse(one, two)
    assert are_ready(one, two)
    assert (one.peer_metadata, two.peer_metadata) == (ROUTER, DEALER)
    assert (one.remote_key, two.remote_key) == (SERVER.public_bytes, CLIENT.public_bytes)
    assert one.handshake_hash == two.handshake_hash
    for clear in (b"DEALER", b"ABC", b"ROUTER", b"Type", CLIENT.public_bytes, SERVER.public_bytes):
        assert clear not in b"".join(said)


def test_commands_have_the_documented_sizes() -> None:
    metadata = len(encode_metadata(DEALER)), len(encode_metadata(ROUTER))
    documented = {xx: (52, 96, 64, 16), ik: (116, 48, 16, 16), xxpsk3: (68, 96, 64, 16)}
    for make, (hello, welcome, initiate, ready) in documented.items():
        sizes = [len(split_command(body)[1]) for body in converse(*make())]
        assert sizes == [hello, welcome, initiate + metadata[0], ready + metadata[1]]


def test_a_payload_in_hello_is_refused() -> None:
    one, two = xx()
    data = drain(one)[0][6:-16] + b"payload"
    with pytest.raises(HandshakeFailed, match="more than it should"):
        two.receive_command(b"\x05HELLO" + data + gate_tag(gate_key(b"", b""), data))


@every_pattern
def test_records_cross_both_ways(make: Make) -> None:
    one, two = make()
    converse(one, two)
    for size in (1, 65_519, 65_520, 300_000):
        for sealing, opening in ((one, two), (two, one)):
            opened: list[bytes] = []
            opening.open_records(b"".join(sealing.seal_records([bytes(size)])), opened)
            assert b"".join(opened) == bytes(size)
    with pytest.raises(ProtocolError):
        one.open_records(b"".join(one.seal_records([b"reflected"])), [])


@pytest.mark.parametrize("cipher", ["ChaChaPoly", "AESGCM"])
@pytest.mark.parametrize("hash_name", ["BLAKE2s", "SHA256"])
def test_the_client_chooses_the_suite(cipher: str, hash_name: str) -> None:
    client = NoiseClient(CLIENT, SERVER.public, cipher=cipher, hash=hash_name)
    ends = client.new_mechanism(DEALER), NoiseServer(SERVER).new_mechanism(ROUTER)
    converse(*ends)
    assert are_ready(*ends)
    assert cipher in repr(client)


@every_pattern
def test_the_chosen_suite_cannot_be_changed_on_the_way(make: Make) -> None:
    for position in range(6, 10):
        for value in range(4):
            one, two = make()
            hello = drain(one)[0]
            if hello[position] == value:
                continue
            with pytest.raises(HandshakeFailed):
                two.receive_command(hello[:position] + bytes((value,)) + hello[position + 1 :])


def test_the_prologue_binds_the_choice_even_behind_the_gate() -> None:
    """XX has no key for its gate: let the attacker change the hash's code and mend the tag."""
    one, two = xx()
    hello = bytearray(drain(one)[0])
    hello[9] = 3 - hello[9]
    data = bytes(hello[6:-16])
    two.receive_command(b"\x05HELLO" + data + gate_tag(gate_key(b"", b""), data))
    with pytest.raises(HandshakeFailed):
        one.receive_command(drain(two)[0])


@every_pattern
def test_every_flipped_byte_of_every_command_ends_the_handshake(make: Make) -> None:
    for number in range(4):
        for position in range(len(step(make(), number))):
            for bit in (0x01, 0x80):
                ends = make()
                body = step(ends, number)
                changed = body[:position] + bytes((body[position] ^ bit,)) + body[position + 1 :]
                ends_without_session(ends, number, changed)


@every_pattern
def test_every_truncation_and_an_extension_ends_the_handshake(make: Make) -> None:
    for number in range(4):
        for cut in range(len(step(make(), number))):
            ends = make()
            ends_without_session(ends, number, step(ends, number)[:cut])
        ends = make()
        ends_without_session(ends, number, step(ends, number) + b"\0")


@every_pattern
def test_every_command_replayed_at_another_connection_gives_no_session(make: Make) -> None:
    recorded = make()
    commands = [step(recorded, 0)]
    for number in range(3):
        receiver = recorded[(number + 1) % 2]
        receiver.receive_command(commands[-1])
        commands.append(drain(receiver)[0])
    _, victim = make()
    victim.receive_command(commands[0])
    with pytest.raises(HandshakeFailed):
        victim.receive_command(commands[2])
    deceived, _ = make()
    drain(deceived)
    with pytest.raises(HandshakeFailed):
        deceived.receive_command(commands[1])
    for number in (2, 3):
        ends = make()
        step(ends, number)
        with pytest.raises(HandshakeFailed):
            ends[(number + 1) % 2].receive_command(commands[number])


@every_pattern
def test_every_reflection_repetition_and_disorder_ends_the_handshake(make: Make) -> None:
    for number in range(4):
        for other in range(4):
            ends = make()
            body = step(ends, number)
            foreign = step(make(), other)
            sender, receiver = ends[number % 2], ends[(number + 1) % 2]
            if sender.state is HandshakeState.EXCHANGING:
                with pytest.raises(REFUSALS):
                    sender.receive_command(body)
            if other != number:
                with pytest.raises(REFUSALS):
                    receiver.receive_command(foreign)
                continue
            receiver.receive_command(body)
            with pytest.raises(REFUSALS):
                receiver.receive_command(body)


def test_the_psk_keeps_strangers_out_at_the_gate() -> None:
    server = NoiseServer(SERVER, psk=PSK)
    for client in (NoiseClient(CLIENT, psk=bytes(32)), NoiseClient(CLIENT, SERVER.public)):
        one, two = client.new_mechanism(DEALER), server.new_mechanism(ROUTER)
        with pytest.raises(HandshakeFailed):
            converse(one, two)
        assert drain(two) == []


def test_who_fails_at_the_gate_costs_no_curve(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a key is made nor one looked at: all that is computed for a stranger is the gate's hash."""
    hellos = [
        drain(NoiseClient(CLIENT, psk=bytes(32)).new_mechanism(DEALER))[0],
        drain(NoiseClient(CLIENT, SERVER.public, psk=bytes(32)).new_mechanism(DEALER))[0],
        drain(NoiseClient(CLIENT, CurveKeys.generate().public).new_mechanism(DEALER))[0],
    ]
    servers = [NoiseServer(SERVER, psk=PSK)] * 2 + [NoiseServer(SERVER)]
    mechanisms = [one.new_mechanism(ROUTER) for one in servers]

    def curve(*arguments: object, **options: object) -> None:
        pytest.fail("work for a stranger")

    monkeypatch.setattr("covey.security.noise.server_handshake.HandshakeState", curve)
    for mechanism, hello in zip(mechanisms, hellos, strict=True):
        with pytest.raises(HandshakeFailed, match="does not know"):
            mechanism.receive_command(hello)
        assert drain(mechanism) == []


def harassed(server: NoiseServer, hello: bytes) -> NoiseServer:
    """Have a recorded HELLO played back to a server until it minds."""
    for _ in range(OVERDUE_LIMIT):
        victim = server.new_mechanism(ROUTER)
        victim.receive_command(hello)
        assert split_command(drain(victim)[0])[0] == b"WELCOME"
    return server


@pytest.mark.parametrize(
    "make_client",
    [
        lambda: NoiseClient(CLIENT, psk=PSK),
        lambda: NoiseClient(CLIENT, SERVER.public),
        lambda: NoiseClient(CLIENT, is_trusted=lambda _: True),
    ],
)
def test_under_recorded_hellos_clients_answer_a_cookie_and_get_in(
    make_client: Callable[[], NoiseClient],
) -> None:
    client = make_client()
    server = NoiseServer(SERVER, psk=PSK if client._plan.psk else None)
    harassed(server, drain(client.new_mechanism(DEALER))[0])
    one, two = client.new_mechanism(DEALER), server.new_mechanism(ROUTER)
    names = [split_command(body)[0] for body in converse(one, two)]
    assert names == [b"HELLO", b"RETRY", b"HELLO", b"WELCOME", b"INITIATE", b"READY"]
    assert are_ready(one, two)


def test_under_load_a_recorded_hello_costs_no_curve(monkeypatch: pytest.MonkeyPatch) -> None:
    client = NoiseClient(CLIENT, psk=PSK)
    recorded = drain(client.new_mechanism(DEALER))[0]
    server = harassed(NoiseServer(SERVER, psk=PSK), recorded)
    one, two = client.new_mechanism(DEALER), server.new_mechanism(ROUTER)
    two.receive_command(drain(one)[0])
    one.receive_command(drain(two)[0])
    answered = drain(one)[0]  # with a cookie that was for this connection alone

    def curve(*arguments: object, **options: object) -> None:
        pytest.fail("work for a recording")

    monkeypatch.setattr("covey.security.noise.server_handshake.HandshakeState", curve)
    for again in (recorded, answered):
        victim = server.new_mechanism(ROUTER)
        victim.receive_command(recorded)
        assert [split_command(body)[0] for body in drain(victim)] == [b"RETRY"]
        with pytest.raises(HandshakeFailed, match="does not answer RETRY"):
            victim.receive_command(again)
        assert drain(victim) == []


def test_honest_clients_end_the_suspicion() -> None:
    client, server = NoiseClient(CLIENT, psk=PSK), NoiseServer(SERVER, psk=PSK)
    harassed(server, drain(client.new_mechanism(DEALER))[0])
    commands = [len(converse(client.new_mechanism(DEALER), server.new_mechanism(ROUTER))) for _ in range(3)]
    assert commands == [6, 4, 4]


def test_a_server_is_answered_once() -> None:
    one = NoiseClient(CLIENT, psk=PSK).new_mechanism(DEALER)
    drain(one)
    retry = b"\x05RETRY" + bytes(16)
    one.receive_command(retry)
    assert len(drain(one)[0]) == 6 + 68 + 16
    with pytest.raises(HandshakeFailed, match="awaited WELCOME, got RETRY"):
        one.receive_command(retry)
    for malformed in (retry[:-1], retry + b"\0"):
        other = NoiseClient(CLIENT, psk=PSK).new_mechanism(DEALER)
        with pytest.raises(HandshakeFailed, match="awaited WELCOME"):
            other.receive_command(malformed)


def test_a_server_without_the_psk_gets_no_session() -> None:
    """It does not mind the gate; the client's last word and READY still need the psk."""
    one = NoiseClient(CLIENT, psk=PSK).new_mechanism(DEALER)
    two = NoiseServer(SERVER, psk=bytes(32)).new_mechanism(ROUTER)
    data = drain(one)[0][6:-16]
    two.receive_command(b"\x05HELLO" + data + gate_tag(gate_key(bytes(32), b""), data))
    one.receive_command(drain(two)[0])
    with pytest.raises(HandshakeFailed):
        two.receive_command(drain(one)[0])


def test_a_psk_is_no_way_around_a_known_server_key() -> None:
    client = NoiseClient(CLIENT, CurveKeys.generate().public, psk=PSK)
    with pytest.raises(HandshakeFailed, match="another server"):
        converse(client.new_mechanism(DEALER), NoiseServer(SERVER, psk=PSK).new_mechanism(ROUTER))


def test_a_server_that_is_not_trusted_never_sees_our_key() -> None:
    one = NoiseClient(CLIENT, is_trusted=lambda key: False).new_mechanism(DEALER)
    two = NoiseServer(SERVER).new_mechanism(ROUTER)
    two.receive_command(drain(one)[0])
    with pytest.raises(HandshakeFailed, match="trusted"):
        one.receive_command(drain(two)[0])
    assert drain(one) == []


def test_a_man_in_the_middle_with_his_own_key_gets_no_session() -> None:
    mallory = NoiseServer(CurveKeys.generate())
    with pytest.raises(HandshakeFailed):
        converse(ik()[0], mallory.new_mechanism(ROUTER))
    with pytest.raises(HandshakeFailed):
        converse(xx()[0], mallory.new_mechanism(ROUTER))


def test_the_authenticator_sees_the_proven_key_and_the_metadata() -> None:
    one, two = (
        NoiseClient(CLIENT, SERVER.public).new_mechanism(DEALER),
        NoiseServer(SERVER, accept).new_mechanism({}),
    )
    body = step((one, two), 2)
    two.receive_command(body)
    request = two.authentication_request
    assert request is not None
    assert (request.mechanism, request.credentials, request.metadata) == (
        "NOISE",
        (CLIENT.public_bytes,),
        DEALER,
    )
    assert drain(two) == []
    decide(two)
    one.receive_command(drain(two)[0])
    assert are_ready(one, two)


def test_a_refused_client_is_told() -> None:
    one, two = (
        NoiseClient(CLIENT, SERVER.public).new_mechanism(DEALER),
        NoiseServer(SERVER, accept).new_mechanism({}),
    )
    with pytest.raises(AuthenticationFailed):
        converse(one, two, refuse(400))
    with pytest.raises(PeerRefused):
        one.receive_command(drain(two)[0])


@every_pattern
def test_nothing_is_sealed_or_opened_before_the_end(make: Make) -> None:
    for mechanism in make():
        with pytest.raises(StateError):
            mechanism.seal_records([b"x"])
        with pytest.raises(StateError):
            mechanism.open_records(b"x", [])


def test_what_cannot_be_used_is_refused() -> None:
    with pytest.raises(OptionError, match="anybody"):
        NoiseClient(CLIENT)
    for key in (bytes(32), b"\x01" + bytes(31), b"short"):
        with pytest.raises(OptionError):
            NoiseClient(CLIENT, key)
    with pytest.raises(OptionError):
        NoiseClient(CLIENT, psk=bytes(31))
    with pytest.raises(OptionError):
        NoiseServer(SERVER, psk=b"")
    with pytest.raises(OptionError, match="ChaChaPoly, AESGCM"):
        NoiseClient(CLIENT, psk=PSK, cipher="AES")
    with pytest.raises(OptionError, match="BLAKE2s, SHA256"):
        NoiseClient(CLIENT, psk=PSK, hash="MD5")


@settings(max_examples=200)
@given(
    st.sampled_from([xx, ik, xxpsk3]),
    st.lists(
        st.tuples(
            st.sampled_from([b"HELLO", b"WELCOME", b"INITIATE", b"READY", b"ERROR", b"x"]),
            st.binary(max_size=150),
        ),
        max_size=4,
    ),
    st.integers(0, 1),
)
def test_whatever_comes_only_refusals_are_raised(
    make: Make, commands: list[tuple[bytes, bytes]], side: int
) -> None:
    mechanism = make()[side]
    try:
        for name, data in commands:
            mechanism.receive_command(bytes((len(name),)) + name + data)
    except REFUSALS:
        assert mechanism.state is HandshakeState.FAILED
    assert mechanism.state is not HandshakeState.READY


def ends_without_session(ends: Ends, number: int, changed: bytes) -> None:
    """Deliver `changed` instead of command `number`; X25519's unused bit may show one command later."""
    for later in range(number, 4):
        receiver = ends[(later + 1) % 2]
        try:
            receiver.receive_command(changed)
        except REFUSALS:
            assert receiver.state is HandshakeState.FAILED
            assert drain(receiver) == []
            return
        assert later == 0
        changed = drain(receiver)[0]
    raise AssertionError("a session in spite of the change")
