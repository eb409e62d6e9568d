"""The ZMTP 3.x greeting: 64 octets each way before anything else.

::

    0      FF                         9      7F
    1..8   padding (ignored)          10     major   11  minor
    12..31 mechanism, NUL padded      32     as-server (libzmq always sends 0)
    33..63 zero

Spec: RFC 37, section "Version Negotiation".
"""

from __future__ import annotations

from covey.errors import HandshakeFailed
from covey.values import frozen

from .constants import GREETING_SIZE, SIGNATURE_SIZE

__all__ = ["MECHANISM_END", "Greeting", "check_signature"]

_SIGNATURE = b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f"
MECHANISM_END = 32
"""Where the mechanism's name, NUL padded, ends."""


@frozen
class Greeting:
    """What a greeting says."""

    mechanism: str
    """NULL, PLAIN, CURVE, NOISE: up to 20 octets of ASCII."""
    as_server: bool = False
    major: int = 3
    minor: int = 1

    def encode(self) -> bytes:
        """Return the 64 octets."""
        head = _SIGNATURE + bytes((self.major, self.minor)) + self.mechanism.encode().ljust(20, b"\0")
        # libzmq sends as-server 0 in every role and settles roles by options: so do we.
        return head.ljust(GREETING_SIZE, b"\0")

    @classmethod
    def decode(cls, data: bytes) -> Greeting:
        """Read 64 octets.

        Raises:
            HandshakeFailed: no ZMTP 3 greeting.
        """
        check_signature(data)
        name = data[SIGNATURE_SIZE + 2 : MECHANISM_END].rstrip(b"\0")
        try:
            mechanism = name.decode("ascii")
        except UnicodeDecodeError:
            raise HandshakeFailed("the peer's greeting names a mechanism that is not ASCII") from None
        return cls(mechanism, as_server=bool(data[32]), major=data[10], minor=data[11])


def check_signature(data: bytes) -> None:
    """Check as many octets of the signature as there are.

    Raises:
        HandshakeFailed: the peer does not speak ZMTP.
    """
    if data[0] != 0xFF or (len(data) >= SIGNATURE_SIZE and not data[9] & 1):
        raise HandshakeFailed("the peer does not speak ZMTP: its first octets are no signature")
