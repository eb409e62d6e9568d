"""What is counted while a scenario runs, and what comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import inf
from statistics import median
from uuid import UUID

from covey.values import frozen

__all__ = ["Ledger", "Outcome", "Waiting"]


@frozen
class Outcome:
    """What a scenario showed. Times in seconds, infinite for never."""

    nodes: int
    known_99: float
    """Until the median listener knew 99 % of all others."""
    known_all: float
    """Until the slowest listener knew all others."""
    beacons_peak: int
    """In the busiest second, on the whole segment."""
    beacons_steady: float
    """A second, between the start and the churn."""
    octets_steady: float
    """A second, with the headers of UDP, IPv4 and Ethernet."""
    answers_start: float
    """Datagrams to one node alone that each node sends until the churn."""
    answers_busy: float
    """A second, from then on."""
    detected_median: float
    """From a kill until a listener's verdict."""
    detected_worst: float
    healed: float
    """From the end of the cut until the slowest listener knew everybody again; 0 without a cut."""
    verdicts: int
    """On nodes that were killed or cut off."""
    suspicions: int
    """Of nodes that were well and within reach: cost a probe each."""
    false_verdicts: int
    """On nodes that were well, or stood still, within reach."""
    missing: int
    """Nodes that listeners did not know at the end."""
    ghosts: int
    """Nodes that they took to be there at the end, and were not."""
    overrun: int
    """Datagrams that found a full buffer."""


class Waiting:
    """Whom each listener still has to hear of."""

    def __init__(self, since: float) -> None:
        self._since = since
        self._awaited: dict[UUID, set[UUID]] = {}
        self._sizes: dict[UUID, int] = {}
        self._all: list[float] = []
        self._most: dict[UUID, float] = {}

    def add(self, listener: UUID, awaited: Iterable[UUID], now: float) -> None:
        """Wait for a listener to hear of all these."""
        missing = set(awaited)
        self._awaited[listener] = missing
        self._sizes[listener] = len(missing)
        self._check(listener, now)

    def heard(self, listener: UUID, uuid: UUID, now: float) -> None:
        """Note that a listener heard of a node."""
        missing = self._awaited.get(listener)
        if missing and uuid in missing:
            missing.discard(uuid)
            self._check(listener, now)

    def died(self, uuid: UUID, now: float) -> None:
        """Note that a node is gone: nobody needs to hear of it, and it hears of nobody."""
        self._awaited.pop(uuid, None)
        for listener in list(self._awaited):
            self.heard(listener, uuid, now)

    def _check(self, listener: UUID, now: float) -> None:
        missing = self._awaited[listener]
        if len(missing) <= self._sizes[listener] // 100:
            self._most.setdefault(listener, now - self._since)
        if not missing:
            del self._awaited[listener]
            self._all.append(now - self._since)

    @property
    def most(self) -> float:
        """Until the median listener had heard of 99 %."""
        times = [*self._most.values(), *(inf for each in self._awaited if each not in self._most)]
        return median(times) if times else 0.0

    @property
    def complete(self) -> float:
        """Until the last listener had heard of all."""
        return inf if self._awaited else max(self._all, default=0.0)


class Ledger:
    """Counters of one run."""

    def __init__(self) -> None:
        self.started = Waiting(0.0)
        self.healed = Waiting(0.0)
        self.beacons: Counter[int] = Counter()
        """Datagrams to everybody in each second."""
        self.answers: Counter[int] = Counter()
        """Datagrams of nodes that are simulated whole to one node each, in each second."""
        self.octets: Counter[int] = Counter()
        self.detected: list[float] = []
        self.verdicts = self.suspicions = self.false_verdicts = 0
        self.missing = self.ghosts = self.overrun = 0

    def outcome(self, nodes: int, watched: int, calm: float, end: float) -> Outcome:
        """Return what was seen; all but the first quarter of `calm` counts as steady."""
        steady = range(int(calm / 4), int(calm))
        early = sum(number for second, number in self.answers.items() if second < calm)
        late = sum(self.answers.values()) - early
        return Outcome(
            nodes=nodes,
            known_99=self.started.most,
            known_all=self.started.complete,
            beacons_peak=max(self.beacons.values(), default=0),
            beacons_steady=sum(self.beacons[each] for each in steady) / len(steady),
            octets_steady=sum(self.octets[each] for each in steady) / len(steady),
            answers_start=early / watched,
            answers_busy=late / watched / max(1.0, end - calm),
            detected_median=median(self.detected) if self.detected else inf,
            detected_worst=max(self.detected, default=inf),
            healed=self.healed.complete,
            verdicts=self.verdicts,
            suspicions=self.suspicions,
            false_verdicts=self.false_verdicts,
            missing=self.missing,
            ghosts=self.ghosts,
            overrun=self.overrun,
        )
