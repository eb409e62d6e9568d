"""The event that tells of somebody who tried what is not for them."""

from __future__ import annotations

import enum

from covey.values import frozen

__all__ = ["Offence", "Refused"]


class Offence(enum.Enum):
    """What was refused."""

    HANDSHAKE = "handshake"
    """A connection of somebody who does not belong, or who broke the handshake."""
    EXPIRED = "expired"
    """A connection with a certificate that ran out."""
    REVOKED = "revoked"
    """A connection with a key that the authority withdrew."""
    PERMISSION = "permission"
    """Something that the certificate of a member, or our own, does not permit."""
    REPLAY = "replay"
    """An announcement that was recorded and played back."""
    REVOCATIONS = "revocations"
    """A revocation list that the authority did not sign."""


@frozen
class Refused:
    """Somebody tried what is not for them. Repetitions are told together, now and then."""

    offence: Offence
    source: str
    """Where from: a numeric address, with port if it is known."""
    who: str
    """Who, as far as that is proven; else empty."""
    reason: str
    count: int = 1
    """How often since it was told last."""
    total: int = 1
    """How often something of this kind was refused since the node started."""
