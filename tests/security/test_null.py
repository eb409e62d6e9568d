from __future__ import annotations

import pytest

from covey.errors import AuthenticationFailed, HandshakeFailed, PeerRefused, StateError
from covey.security.mechanism import AuthenticationReply, HandshakeState, Sealing, Security
from covey.security.null import Null, NullMechanism
from tests.security.helpers import accept, are_ready, converse, decide, drain, refuse

PUSH = {"Socket-Type": b"PUSH"}
PULL = {"Socket-Type": b"PULL"}
READY_PUSH = b"\x05READY\x0bSocket-Type\x00\x00\x00\x04PUSH"


def asking() -> NullMechanism:
    return Null(accept).new_mechanism(PULL)


def test_is_a_security() -> None:
    security: Security = Null()
    assert (security.mechanism, security.as_server, security.authenticator) == ("NULL", False, None)
    assert NullMechanism.sealing is Sealing.NONE


def test_says_ready_at_once() -> None:
    mechanism = Null().new_mechanism(PUSH)
    assert drain(mechanism) == [READY_PUSH]
    assert mechanism.state is HandshakeState.EXCHANGING


def test_two_ends_learn_each_other() -> None:
    one, two = Null().new_mechanism(PUSH), Null().new_mechanism(PULL)
    converse(one, two)
    assert are_ready(one, two)
    assert one.peer_metadata == PULL
    assert two.peer_metadata == PUSH


def test_asks_before_it_says_anything() -> None:
    mechanism = asking()
    assert mechanism.state is HandshakeState.AUTHENTICATING
    assert drain(mechanism) == []
    request = mechanism.authentication_request
    assert request is not None
    assert (request.mechanism, request.credentials) == ("NULL", ())


def test_two_ends_that_both_ask_do_not_wait_for_each_other() -> None:
    one, two = asking(), asking()
    converse(one, two)
    assert are_ready(one, two)


def test_the_peer_may_be_ready_before_the_verdict() -> None:
    mechanism = asking()
    mechanism.receive_command(READY_PUSH)
    assert mechanism.state is HandshakeState.AUTHENTICATING
    decide(mechanism)
    assert are_ready(mechanism)
    assert len(drain(mechanism)) == 1
    assert mechanism.user_id == "somebody"
    assert mechanism.peer_metadata == {**PUSH, "X-From-Authenticator": b"yes"}


def test_the_authenticators_word_precedes_the_peers() -> None:
    for peer_first in (True, False):
        mechanism = asking()
        if peer_first:
            mechanism.receive_command(READY_PUSH)
        mechanism.authenticate(AuthenticationReply(200, metadata={"Socket-Type": b"REP"}))
        if not peer_first:
            mechanism.receive_command(READY_PUSH)
        assert mechanism.peer_metadata == {"Socket-Type": b"REP"}


@pytest.mark.parametrize(
    ("status", "said"),
    [(400, [b"\x05ERROR\x03400"]), (500, [b"\x05ERROR\x03500"]), (300, []), (404, [b"\x05ERROR\x03500"])],
)
def test_a_refusal_is_said_with_its_status_unless_temporary(status: int, said: list[bytes]) -> None:
    mechanism = asking()
    with pytest.raises(AuthenticationFailed, match=f"{status} no"):
        decide(mechanism, refuse(status))
    assert mechanism.state is HandshakeState.FAILED
    assert drain(mechanism) == said


def test_a_verdict_that_comes_too_late_is_refused() -> None:
    mechanism = asking()
    with pytest.raises(HandshakeFailed):
        mechanism.receive_command(b"\x05READY\x01")
    with pytest.raises(StateError):
        mechanism.authenticate(AuthenticationReply(200))


def test_keeps_the_peers_words_of_refusal() -> None:
    mechanism = Null().new_mechanism(PUSH)
    with pytest.raises(PeerRefused) as caught:
        mechanism.receive_command(b"\x05ERROR\x08not you!")
    assert caught.value.reason == "not you!"
    assert mechanism.state is HandshakeState.FAILED


@pytest.mark.parametrize("body", [b"", b"\x05REA", b"\x05HELLO", b"\x05READY\x00", b"\x05ERROR\x02"])
def test_nonsense_fails_the_handshake(body: bytes) -> None:
    mechanism = Null().new_mechanism(PUSH)
    with pytest.raises(HandshakeFailed):
        mechanism.receive_command(body)
    assert mechanism.state is HandshakeState.FAILED


def test_a_second_ready_is_out_of_order() -> None:
    mechanism = Null().new_mechanism(PULL)
    mechanism.receive_command(READY_PUSH)
    with pytest.raises(HandshakeFailed, match="ended"):
        mechanism.receive_command(READY_PUSH)
