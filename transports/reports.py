"""What a link tells of beyond messages, through `LinkSettings.report`."""

from __future__ import annotations

from collections.abc import Callable

from covey.values import frozen

__all__ = ["LinkReport", "Lost", "Malformed", "Reporter", "SenderAppeared", "SenderVanished"]


@frozen
class Lost:
    """Packets of one sender that could not be repaired."""

    sender: str
    first: int
    """Sequence number of the first."""
    count: int


@frozen
class Malformed:
    """Datagrams that could not be read."""

    count: int


@frozen
class SenderAppeared:
    """A sender was heard for the first time, or a member joined."""

    sender: str


@frozen
class SenderVanished:
    """A sender or member is gone."""

    sender: str
    reason: str


LinkReport = Lost | Malformed | SenderAppeared | SenderVanished
Reporter = Callable[[str, LinkReport], None]
"""Called with the endpoint and what happened there."""
