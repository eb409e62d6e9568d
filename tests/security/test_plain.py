from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covey.errors import AuthenticationFailed, HandshakeFailed, OptionError, PeerRefused
from covey.security.mechanism import HandshakeState, Security
from covey.security.plain import PlainClient, PlainClientMechanism, PlainServer, PlainServerMechanism
from tests.security.helpers import REFUSALS, accept, are_ready, converse, decide, drain, refuse

HELLO = b"\x05HELLO\x05admin\x06secret"
INITIATE = b"\x08INITIATE\x0bSocket-Type\x00\x00\x00\x06DEALER"
DEALER = {"Socket-Type": b"DEALER"}
ROUTER = {"Socket-Type": b"ROUTER"}


def client() -> PlainClientMechanism:
    return PlainClient("admin", "secret").new_mechanism(DEALER)


def server() -> PlainServerMechanism:
    return PlainServer(accept).new_mechanism(ROUTER)


def test_both_are_securities() -> None:
    securities: list[Security] = [PlainClient("u", "p"), PlainServer(accept)]
    assert [security.as_server for security in securities] == [False, True]
    assert {security.mechanism for security in securities} == {"PLAIN"}


def test_says_what_libzmq_says() -> None:
    one, two = client(), server()
    said = converse(one, two)
    assert are_ready(one, two)
    assert said == [HELLO, b"\x07WELCOME", INITIATE, b"\x05READY\x0bSocket-Type\x00\x00\x00\x06ROUTER"]


def test_the_authenticator_sees_user_and_password() -> None:
    mechanism = server()
    mechanism.receive_command(HELLO)
    request = mechanism.authentication_request
    assert mechanism.state is HandshakeState.AUTHENTICATING
    assert request is not None
    assert request.credentials == (b"admin", b"secret")
    assert drain(mechanism) == []


def test_a_refused_user_is_told() -> None:
    one, two = client(), server()
    with pytest.raises(AuthenticationFailed):
        converse(one, two, refuse(400))
    with pytest.raises(PeerRefused) as caught:
        one.receive_command(drain(two)[0])
    assert caught.value.reason == "400"


def test_understands_the_error_that_libzmq_misspells() -> None:
    with pytest.raises(PeerRefused) as caught:
        client().receive_command(b"^RROR\x03400")
    assert caught.value.reason == "400"


def test_nothing_is_heard_while_the_verdict_is_out() -> None:
    mechanism = server()
    mechanism.receive_command(HELLO)
    with pytest.raises(HandshakeFailed, match="awaited nothing"):
        mechanism.receive_command(INITIATE)


def test_does_not_show_the_password() -> None:
    assert "secret" not in repr(PlainClient("admin", "secret"))


@pytest.mark.parametrize(("user", "password"), [("u" * 256, ""), ("", "p" * 256), ("\N{EURO SIGN}" * 86, "")])
def test_user_and_password_have_at_most_255_bytes(user: str, password: str) -> None:
    with pytest.raises(OptionError):
        PlainClient(user, password)


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01u", b"\x01u\x02p", b"\x01u\x01p\x00"])
def test_a_malformed_hello_fails(data: bytes) -> None:
    with pytest.raises(HandshakeFailed):
        server().receive_command(b"\x05HELLO" + data)


def test_a_welcome_says_nothing_else() -> None:
    with pytest.raises(HandshakeFailed):
        client().receive_command(b"\x07WELCOME!")


@given(st.lists(st.binary(max_size=40) | st.sampled_from([HELLO, INITIATE, b"\x07WELCOME"]), max_size=5))
def test_whatever_comes_only_refusals_are_raised(bodies: list[bytes]) -> None:
    for mechanism in (client(), server()):
        try:
            for body in bodies:
                mechanism.receive_command(body)
                decide(mechanism)
        except REFUSALS:
            assert mechanism.state is HandshakeState.FAILED
