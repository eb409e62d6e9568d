"""Permissions at work: what we may do ourselves, and what each peer may."""

from __future__ import annotations

from collections.abc import Callable

from covey.errors import PermissionDenied
from covey.security.trust.permissions import UNRESTRICTED, Action, Permissions

from .refusals import Offence

__all__ = ["Warden"]

_WORDS = {
    Action.PUBLISH: "publish on",
    Action.SUBSCRIBE: "subscribe to",
    Action.GROUP: "be in groups",
    Action.OFFER: "offer services",
    Action.CALL: "call services",
}

Note = Callable[[Offence, str, str, str], None]
"""Takes what is to be counted and told: kind, source, who and reason."""


class Warden:
    """Asks the certificates.

    Args:
        permissions_of: returns what the holder of a key may do; None is ourselves.
        note: told of violations.
    """

    def __init__(self, permissions_of: Callable[[bytes | None], Permissions], note: Note) -> None:
        self._permissions_of = permissions_of
        self._note = note

    def demand(self, action: Action, subject: str) -> None:
        """Make sure that we ourselves may do something.

        Raises:
            PermissionDenied: our certificate does not permit it.
        """
        own = self._permissions_of(None)
        if own is UNRESTRICTED or own.allow(action, subject):
            return
        self._note(Offence.PERMISSION, "self", "", f"{_WORDS[action]} {subject!r}")
        raise PermissionDenied(_WORDS[action], subject, str(own.of(action)))

    def permissions_of(self, public_key: bytes | None) -> Permissions:
        """Return what the holder of a key may do."""
        return self._permissions_of(public_key)

    def denied(self, action: Action, subject: str, source: str, who: str) -> None:
        """Count and tell that a peer tried what it may not."""
        self._note(Offence.PERMISSION, source, who, f"may not {_WORDS[action]} {subject!r}")

    def may_publish(self, public_key: bytes | None, topic: bytes) -> bool:
        """Whether what the holder of a key published may be heard."""
        if public_key is None:
            return False
        permissions = self._permissions_of(public_key)
        return permissions is UNRESTRICTED or permissions.publish.allows(topic)
