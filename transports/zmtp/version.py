"""Finding out which version of ZMTP the other end speaks, and speaking it.

The first ten octets mean something to every version: a signature to 2.0 and 3.x, and to 1.0 the header of a
long frame, our identity. So they go first; what follows depends on what the peer sends::

    peer's octets                    it speaks    we go on with
    first is not FF, or 9 is even    1.0          our identity's body
    octet 10 (revision) is 0 or 1    1.0 or 2.0   03, socket type, identity frame
    octet 10 is 2 or more            3.x          03, the rest of the greeting

Only where nothing is protected may the version go down: 1.0 and 2.0 know no mechanisms, and who could
force them would have got rid of every protection.

Spec: RFC 37 section "Backwards Interoperability", RFC 15, RFC 13.
"""

from __future__ import annotations

from covey.errors import HandshakeFailed
from covey.values import frozen

from .constants import GREETING_SIZE, SIGNATURE_SIZE, SOCKET_TYPE_NUMBERS
from .frames import encode_frame_header
from .greeting import MECHANISM_END, Greeting, check_signature
from .legacy import encode_v1

__all__ = ["PeerVersion", "VersionExchange"]

_OLD_GREETING_SIZE = 12  # signature, revision, socket type
_VERSION_END = 12  # signature, major, minor
_TYPE_NAMES = {number: name for name, number in SOCKET_TYPE_NUMBERS.items()}


@frozen
class PeerVersion:
    """What the other end turned out to speak."""

    major: int
    """1, 2 or 3."""
    consumed: int
    """Octets that belonged to its greeting."""
    greeting: Greeting | None = None
    """Of ZMTP 3."""
    socket_type: str = ""
    """As an old peer's number says; empty when it did not say."""


class VersionExchange:
    """Both ends' greetings, of whatever version.

    Args:
        greeting: ours.
        alternatives: further mechanisms that it may name; where there are any, our greeting stops short of
            the mechanism until the peer's is known, and names the same if it can.
        socket_type: ours, for old peers.
        identity: ours, for old peers.
        may_downgrade: whether old peers are accepted.
    """

    __slots__ = ("_alternatives", "_greeting", "_identity", "_may_downgrade", "_sent", "_socket_type")

    def __init__(
        self,
        greeting: Greeting,
        socket_type: str,
        identity: bytes,
        *,
        may_downgrade: bool,
        alternatives: tuple[str, ...] = (),
    ) -> None:
        size = (len(identity) + 1).to_bytes(8)
        self._greeting = b"\xff" + size + greeting.encode()[9:]
        self._alternatives = alternatives
        self._socket_type = socket_type
        self._identity = identity
        self._may_downgrade = may_downgrade and not alternatives and socket_type in SOCKET_TYPE_NUMBERS
        self._sent = 0

    def begin(self) -> bytes:
        """Return what is sent before the peer has said anything."""
        if self._may_downgrade:
            return self._send_to(SIGNATURE_SIZE)
        return self._send_to(_VERSION_END if self._alternatives else GREETING_SIZE)

    def _send_to(self, end: int) -> bytes:
        begin, self._sent = self._sent, max(self._sent, end)
        return self._greeting[begin : self._sent]

    def receive(self, early: bytes) -> tuple[bytes, PeerVersion | None]:
        """Return (what to send, the peer's version once it is known), given all that came so far.

        Raises:
            HandshakeFailed: no ZMTP, or a version that is not accepted here.
        """
        if not early:
            return b"", None
        if not self._may_downgrade:
            check_signature(early[:SIGNATURE_SIZE])
        elif early[0] != 0xFF or (len(early) >= SIGNATURE_SIZE and not early[9] & 1):
            return self._identity, PeerVersion(1, 0)
        if len(early) < SIGNATURE_SIZE:
            return b"", None
        out = self._send_to(SIGNATURE_SIZE + 1)
        if len(early) == SIGNATURE_SIZE:
            return out, None
        if early[SIGNATURE_SIZE] > 1:
            if self._alternatives and len(early) < MECHANISM_END:
                return out, None
            return out + self._rest_for(early), _version_3(early)
        if not self._may_downgrade:
            raise HandshakeFailed(f"the peer speaks ZMTP revision {early[SIGNATURE_SIZE]}, too old")
        return self._receive_old(early, out)

    def _rest_for(self, early: bytes) -> bytes:
        """Return what our greeting still lacks."""
        if self._alternatives and self._sent < GREETING_SIZE:
            wanted = early[_VERSION_END:MECHANISM_END].rstrip(b"\0")
            if wanted in [name.encode() for name in self._alternatives]:
                field = wanted.ljust(MECHANISM_END - _VERSION_END, b"\0")
                self._greeting = self._greeting[:_VERSION_END] + field + self._greeting[MECHANISM_END:]
        return self._send_to(GREETING_SIZE)

    def _receive_old(self, early: bytes, out: bytes) -> tuple[bytes, PeerVersion | None]:
        major = early[SIGNATURE_SIZE] + 1
        if self._sent < _OLD_GREETING_SIZE:
            self._sent = _OLD_GREETING_SIZE
            out += bytes((SOCKET_TYPE_NUMBERS[self._socket_type],))
            out += (
                encode_v1([self._identity])[0]
                if major == 1
                else encode_frame_header(len(self._identity)) + self._identity
            )
        if len(early) < _OLD_GREETING_SIZE:
            return out, None
        name = _TYPE_NAMES.get(early[SIGNATURE_SIZE + 1], "")
        return out, PeerVersion(major, _OLD_GREETING_SIZE, socket_type=name)


def _version_3(early: bytes) -> PeerVersion | None:
    if len(early) < GREETING_SIZE:
        return None
    return PeerVersion(3, GREETING_SIZE, Greeting.decode(early[:GREETING_SIZE]))
