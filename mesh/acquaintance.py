"""One peer that is known by its announcements alone, and what is to be found out about one."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import TYPE_CHECKING
from uuid import UUID

from .peers import Liveness, Peer

if TYPE_CHECKING:
    from covey.discovery.announce.wire import Card

__all__ = ["Acquaintance", "Inquiry"]


class Acquaintance:
    """One peer.

    Attributes:
        peer: as the application sees it, but for when it was last heard.
        status: of its groups.
        interval: between its announcements. Seconds.
        heard_at: monotonic seconds.
        counted_from: since when its silence counts: less than it was silent, if we could not listen.
        asked: questions since it was heard.
        due: when to look at it; monotonic seconds.
        deadline: when it is gone, if it is evasive and nothing is found out; monotonic seconds.
        knock_at: when to knock again at an evasive one that greeted; monotonic seconds.
        leaving_since: when a goodbye of it came that is being checked; monotonic seconds, infinite for none.
        silent: knocks in a row to which nothing came back.
        is_open: whether somebody was at its mailbox at the last knock.
        vouched_at: when other members heard it, monotonic seconds.
    """

    __slots__ = (
        "asked",
        "counted_from",
        "deadline",
        "due",
        "heard_at",
        "interval",
        "is_open",
        "knock_at",
        "leaving_since",
        "peer",
        "silent",
        "status",
        "vouched_at",
    )

    def __init__(self, peer: Peer, card: Card, now: float) -> None:
        self.peer = peer
        self.status = card.status
        self.interval = card.interval
        self.heard_at = self.counted_from = now
        self.asked = self.silent = 0
        self.vouched_at = -inf
        self.is_open = False
        self.due = self.deadline = self.knock_at = self.leaving_since = inf

    def excuse(self, seconds: float) -> None:
        """Put off what time alone would decide."""
        self.deadline += seconds
        self.leaving_since += seconds

    @property
    def is_calm(self) -> bool:
        """Whether nothing is to be found out about it."""
        return not (self.asked or self.is_evasive or self.leaving_since < inf)

    @property
    def is_evasive(self) -> bool:
        """Whether it fell silent."""
        return self.peer.liveness is Liveness.EVASIVE


class Inquiry:
    """What is to be found out about a peer.

    Attributes:
        peer: which.
        knock: seconds that a knock at its mailbox may take; 0 for not to knock, but ask for a sign of life.
        witnesses: members to ask whether they hear it.
    """

    __slots__ = ("knock", "peer", "witnesses")

    def __init__(self, peer: Peer, knock: float = 0.0, witnesses: Iterable[UUID] = ()) -> None:
        self.peer = peer
        self.knock = knock
        self.witnesses = tuple(witnesses)
