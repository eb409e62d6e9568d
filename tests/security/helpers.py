"""A wire made of two mechanisms, and what may go wrong on it."""

from __future__ import annotations

from collections.abc import Callable

from covey.errors import AuthenticationFailed, HandshakeFailed, PeerRefused
from covey.security.mechanism import AuthenticationReply, AuthenticationRequest, HandshakeState, Mechanism

Verdict = Callable[[AuthenticationRequest], AuthenticationReply]

REFUSALS = (HandshakeFailed, PeerRefused, AuthenticationFailed)
"""All that a handshake may raise, whatever the peer sends."""


def accept(request: AuthenticationRequest) -> AuthenticationReply:
    return AuthenticationReply(200, user_id="somebody", metadata={"X-From-Authenticator": b"yes"})


def refuse(status: int) -> Verdict:
    return lambda request: AuthenticationReply(status, "no")


def drain(mechanism: Mechanism) -> list[bytes]:
    bodies = []
    while (body := mechanism.next_command()) is not None:
        bodies.append(body)
    return bodies


def decide(mechanism: Mechanism, verdict: Verdict = accept) -> None:
    if mechanism.state is HandshakeState.AUTHENTICATING:
        request = mechanism.authentication_request
        assert request is not None
        mechanism.authenticate(verdict(request))


def converse(one: Mechanism, two: Mechanism, verdict: Verdict = accept) -> list[bytes]:
    """Carry commands between two mechanisms until both are silent; return all that was said."""
    said: list[bytes] = []
    decide(one, verdict)
    decide(two, verdict)
    while True:
        first, second = drain(one), drain(two)
        if not first and not second:
            return said
        said += first + second
        for body in first:
            two.receive_command(body)
            decide(two, verdict)
        for body in second:
            one.receive_command(body)
            decide(one, verdict)


def are_ready(*mechanisms: Mechanism) -> bool:
    return all(mechanism.state is HandshakeState.READY for mechanism in mechanisms)
