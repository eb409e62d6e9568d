"""What a ZMTP connection tells its owner besides messages."""

from __future__ import annotations

from collections.abc import Mapping

from covey.security.mechanism import AuthenticationRequest
from covey.values import frozen

__all__ = ["AuthenticationNeeded", "ConnectionEvent", "HandshakeDone", "PeerProperties"]


@frozen
class PeerProperties:
    """What is known of a peer once its handshake is over."""

    socket_type: str
    """Empty when the peer did not say."""
    identity: bytes
    """Its routing id, empty when it has none."""
    mechanism: str
    user_id: str
    minor: int
    """Of ZMTP 3."""
    metadata: Mapping[str, bytes]
    """All that it said, what the authenticator added, and `Peer-Address` as libzmq has it: without the port."""
    address: str = ""
    """Where it is, as `host:port` for tcp; filled in by the link."""
    major: int = 3
    """Of ZMTP: 1, 2 or 3."""
    everybody: bool = False
    """Whether this is no single peer but whoever listens to a multicast address; it gets everything."""
    largest: int = 0
    """Octets that a message and its group may have together, 0 for no limit."""
    waits: bool = False
    """Whether the slowest receiver holds the sender up, so that sending waits instead of dropping."""


@frozen
class AuthenticationNeeded:
    """The authenticator must decide; answer with `Connection.authenticate`."""

    request: AuthenticationRequest


@frozen
class HandshakeDone:
    """Messages may flow."""

    properties: PeerProperties


ConnectionEvent = AuthenticationNeeded | HandshakeDone
