"""The option `conflate`, for the types that can have it."""

from __future__ import annotations

from covey.options import Option

from .socket import Socket

__all__ = ["Conflating"]


class Conflating(Socket):
    """A socket whose queues may keep the newest message only."""

    conflate = Option(
        False, "Keep only the newest message in each queue; high-water marks are ignored.", number=54
    )

    def conflates(self) -> bool:
        """Return whether the option is set."""
        return self.conflate
