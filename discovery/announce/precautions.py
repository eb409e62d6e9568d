"""What is remembered of other nodes, and what keeps strangers and recordings from doing harm.

Proofs that somebody is there now (tokens that others echo, sequences that only rise), and a limit to what is done
for those who gave none.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID

from .constants import NO_TOKEN, TOKEN_SIZE
from .place import Place

__all__ = ["RETRIES", "Allowance", "Asked", "Formers", "Known", "Rations", "Tokens"]

RETRIES = (0.25, 0.5, 0.75, 1.0, 1.25)
"""Seconds after a question until it is repeated; after the last one, the node is met by connecting."""
_OVERTAKEN = 1.0
"""Seconds for which a datagram may still be on its way, by another interface, when a newer one is heard."""
_RENEWED = 2.0
"""Seconds after which a new token is given out."""
_KEPT = 4
"""Tokens that count: an echo may take six to eight seconds."""


class Tokens:
    """Ours: random, renewed every moment, so that an echo proves that the answer was made a moment ago."""

    __slots__ = ("_born", "_random", "_valid")

    def __init__(self, random: Callable[[int], bytes]) -> None:
        self._random = random
        self._valid: list[bytes] = []
        self._born = 0.0

    def current(self, now: float) -> bytes:
        """Return the one to give out now."""
        if not self._valid or now - self._born >= _RENEWED:
            if now - self._born >= _KEPT * _RENEWED:
                self._valid.clear()
            self._valid = [self._fresh(), *self._valid[: _KEPT - 1]]
            self._born = now
        return self._valid[0]

    def holds(self, echo: bytes, now: float) -> bool:
        """Whether an echo is of a token given out lately."""
        return echo in self._valid and now - self._born < _KEPT * _RENEWED

    def _fresh(self) -> bytes:
        token = self._random(TOKEN_SIZE)
        return token if token != NO_TOKEN else self._fresh()


class Formers:
    """Nodes that are gone: up to which sequence their datagrams are old, and how long they are left alone."""

    __slots__ = ("_limit", "_nodes")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._nodes: OrderedDict[UUID, tuple[int, float]] = OrderedDict()

    def add(self, uuid: UUID, sequence: int, until: float) -> None:
        """Remember a node; the one remembered longest gives way."""
        former = self._nodes.pop(uuid, None)
        self._nodes[uuid] = (max(sequence, former[0]) if former else sequence, until)
        if len(self._nodes) > self._limit:
            self._nodes.popitem(last=False)

    def sequence(self, uuid: UUID) -> int:
        """Return the highest sequence that is known of a node that was there, else -1."""
        former = self._nodes.get(uuid)
        return former[0] if former else -1

    def rests(self, uuid: UUID, now: float) -> bool:
        """Whether a node is to be left alone still."""
        former = self._nodes.get(uuid)
        return former is not None and now < former[1]


class Allowance:
    """A token bucket. Time in monotonic seconds.

    Args:
        rate: of what may be taken, per second.
        most: that may be taken at once after a rest.
    """

    __slots__ = ("_at", "_left", "_most", "_rate")

    def __init__(self, rate: float, most: float) -> None:
        self._rate = rate
        self._most = self._left = most
        self._at = 0.0

    def take(self, now: float) -> bool:
        """Take one if there is one left."""
        self._left = min(self._most, self._left + (now - self._at) * self._rate) if self._at else self._most
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class Known:
    """A node that was met."""

    __slots__ = ("_marked_at", "_past", "_recent", "content", "highest", "place", "seen_at", "uuid")

    def __init__(self, uuid: UUID, place: Place, highest: int, content: bytes, now: float) -> None:
        self.uuid = uuid
        self.place = place
        self.seen_at = now
        self.highest = highest
        self.content = content
        self._past = self._recent = -1
        self._marked_at = now

    def said(self, sequence: int, now: float) -> None:
        """Take note of the newest that it said."""
        if now - self._marked_at > _OVERTAKEN:
            self._past, self._recent, self._marked_at = self._recent, self.highest, now
        self.highest = sequence

    def is_past(self, sequence: int) -> bool:
        """Whether something is older than what was heard some time ago, so that it cannot have been overtaken."""
        return sequence <= self._past


class Asked:
    """A node that was asked whether it is there."""

    __slots__ = ("due", "echo", "has_failed", "place", "quiet_until", "tries")

    def __init__(self, place: Place, echo: bytes, due: float) -> None:
        self.place = place
        self.echo = echo
        self.tries = 0
        self.due = self.quiet_until = due
        self.has_failed = False

    @property
    def is_at_end(self) -> bool:
        """Whether it was asked as often as a node is."""
        return self.tries >= len(RETRIES)


class Rations:
    """An allowance for each address; the one that asked longest ago is forgotten. Time in monotonic seconds.

    Args:
        rate: of what an address may take, per second.
        most: that it may take at once after a rest.
        places: addresses that are remembered.
    """

    def __init__(self, rate: float, most: float, places: int) -> None:
        self._rate = rate
        self._most = most
        self._places = places
        self._allowances: OrderedDict[str, Allowance] = OrderedDict()

    def __len__(self) -> int:
        """Return how many addresses are remembered."""
        return len(self._allowances)

    def take(self, source: str, now: float) -> bool:
        """Take one if there is one left for this address."""
        allowance = self._allowances.pop(source, None) or Allowance(self._rate, self._most)
        self._allowances[source] = allowance
        if len(self._allowances) > self._places:
            self._allowances.popitem(last=False)
        return allowance.take(now)
