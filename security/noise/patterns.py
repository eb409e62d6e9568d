"""Handshake patterns as tables (Noise, sections 7 and 9)."""

from __future__ import annotations

import enum

from covey.values import frozen

__all__ = ["IK", "PATTERNS", "XX", "Pattern", "Token", "XXpsk3"]


class Token(enum.Enum):
    """One step of a handshake message (section 5.3)."""

    E = "e"
    """Send a fresh key."""
    S = "s"
    """Send the static key, sealed if there is a key yet."""
    EE = "ee"
    """Mix in the shared secret of the two fresh keys."""
    ES = "es"
    """... of the initiator's fresh and the responder's static key."""
    SE = "se"
    """... of the initiator's static and the responder's fresh key."""
    SS = "ss"
    """... of the two static keys."""
    PSK = "psk"
    """Mix in the pre-shared key."""


@frozen
class Pattern:
    """Who says what; the initiator begins and they take turns."""

    name: str
    """As in a protocol name."""
    code: int
    """Its byte in HELLO."""
    messages: tuple[tuple[Token, ...], ...]
    """The tokens of each message."""
    knows_responder: bool = False
    """Whether the initiator has the responder's static key beforehand (pre-message `<- s`)."""

    @property
    def has_psk(self) -> bool:
        """Whether a pre-shared key takes part."""
        return any(Token.PSK in message for message in self.messages)


def _parse(*messages: str) -> tuple[tuple[Token, ...], ...]:
    return tuple(tuple(Token(word) for word in message.split()) for message in messages)


XX = Pattern("XX", 1, _parse("e", "e ee s es", "s se"))
"""Both ends show their static keys, sealed; the initiator's only to the responder that has shown its own."""
IK = Pattern("IK", 2, _parse("e es s ss", "e ee se"), knows_responder=True)
"""The initiator knows the responder's static key and shows its own at once, sealed to it."""
XXpsk3 = Pattern("XXpsk3", 3, _parse("e", "e ee s es", "s se psk"))
"""XX, and both ends prove that they have the pre-shared key."""

PATTERNS = {pattern.code: pattern for pattern in (XX, IK, XXpsk3)}
"""By their byte in HELLO."""
