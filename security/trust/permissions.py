"""What a member may do, as its certificate says (`docs/wire/certificate.md`)."""

from __future__ import annotations

import enum
from typing import Final, Self

from covey.errors import ProtocolError
from covey.values import frozen

from .octets import Reader, text8
from .patterns import EVERYTHING, MAX_PATTERNS, Patterns

__all__ = ["UNRESTRICTED", "Action", "Permissions"]

_ALL = 0xFF
"""In place of a count: everything is permitted."""


class Action(enum.Enum):
    """What needs a permission."""

    PUBLISH = "publish"
    """Publish on a topic."""
    SUBSCRIBE = "subscribe"
    """Subscribe to topics."""
    GROUP = "group"
    """Be in a group, and shout to it."""
    OFFER = "service"
    """Offer a service."""
    CALL = "call"
    """Call a service."""


@frozen
class Permissions:
    """One list of patterns for each kind of action; what is not given is not limited."""

    publish: Patterns = EVERYTHING
    """Topics."""
    subscribe: Patterns = EVERYTHING
    """Topics; a subscription to a prefix is allowed where something under it is, and hears only that."""
    groups: Patterns = EVERYTHING
    """Groups to be in and to shout to."""
    offer: Patterns = EVERYTHING
    """Services to offer."""
    call: Patterns = EVERYTHING
    """Services to call."""

    def of(self, action: Action) -> Patterns:
        """Return the patterns for one kind of action."""
        return {
            Action.PUBLISH: self.publish,
            Action.SUBSCRIBE: self.subscribe,
            Action.GROUP: self.groups,
            Action.OFFER: self.offer,
            Action.CALL: self.call,
        }[action]

    def allow(self, action: Action, subject: str | bytes) -> bool:
        """Whether the action is permitted on a topic, group or service; for subscriptions, a prefix."""
        patterns = self.of(action)
        return patterns.overlaps(subject) if action is Action.SUBSCRIBE else patterns.allows(subject)

    def encode(self) -> bytes:
        """Return the five lists, each a count and that many texts; 255 stands for everything."""
        return b"".join(_encode(self.of(action)) for action in Action)

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Return what stands next.

        Raises:
            ProtocolError: it cannot be read.
        """
        return cls(*(_read(reader) for _ in Action))


def _encode(patterns: Patterns) -> bytes:
    if patterns.given is None:
        return bytes((_ALL,))
    return bytes((len(patterns.given),)) + b"".join(text8("pattern", one) for one in patterns.given)


def _read(reader: Reader) -> Patterns:
    count = reader.number(1)
    if count == _ALL:
        return EVERYTHING
    if count > MAX_PATTERNS:
        raise ProtocolError(f"{count} patterns in one list")
    return Patterns(tuple(reader.text() for _ in range(count)))


UNRESTRICTED: Final = Permissions()
"""Everything is permitted."""
