"""When the next beacon is due: the first ones, the regular ones, and answers to newcomers.

Answers are what makes two nodes know each other within a round trip. They go out as broadcasts (many
nodes of a host share the port, so a datagram to one of them cannot be addressed), hence each answers
all newcomers of the last moments at once: N nodes that start together send a few beacons each, not N.

Nodes of a crowd that heard the same newcomer, or started together, must not speak with one voice: their
beacons would find no room in anybody's buffer. Each has a phase of its own by which it waits for its turn.
"""

from __future__ import annotations

from math import inf
from uuid import UUID

from covey.values import frozen

__all__ = ["BeaconSettings", "Pace", "phase_of"]

_GROWTH = 1.5
"""An interval that is longer than the last one by this factor begins with a pause by phase."""


@frozen
class BeaconSettings:
    """The pace of a beacon. All times in seconds."""

    interval: float = 1.0
    """Between beacons while few nodes are heard."""
    longest_interval: float = 60.0
    """However many nodes are heard, a beacon goes out this often."""
    segment_rate: float = 25.0
    """Beacons a second that all nodes of a segment send together, once the interval stretches."""
    burst: tuple[float, ...] = (0.1, 0.3)
    """Beacons after the first one, each this long after the start: the first may have been lost."""
    answer_gap: float = 0.05
    """No answer to a newcomer sooner than this after the last beacon of ours; it waits for the gap's end."""
    answer_rate: float = 200.0
    """Answers a second that all nodes of a segment give together when newcomers keep coming."""
    answer_at_once: int = 100
    """So many nodes answer a newcomer at once; where there are more, each waits for its turn at `answer_rate`."""
    forget_after: float = 4.0
    """A node is a newcomer again when it was silent for this many of our intervals, ten seconds at least."""
    strangers: float = 100.0
    """Nodes a second that one address may report for the first time by beacons that anybody can forge, after 500."""
    goodbyes: int = 2
    """Datagrams that say goodbye, because one may be lost."""
    known: int = 20_000
    """Nodes remembered; beyond it the one heard longest ago is forgotten."""


class Pace:
    """Deadlines of one sender; all times are monotonic seconds.

    Args:
        settings: the pace.
        phase: the share of a pause by which this sender differs from others, 0 to below 1.
    """

    __slots__ = (
        "_answer",
        "_burst",
        "_heard",
        "_known",
        "_last_answer",
        "_last_pause",
        "_last_sent",
        "_phase",
        "_regular",
        "_settings",
    )

    def __init__(self, settings: BeaconSettings, phase: float = 0.0) -> None:
        self._settings = settings
        self._phase = phase
        self._last_pause = settings.interval
        self._known = 0
        self._heard = 0
        self._last_sent = -inf
        self._last_answer = -inf
        self._regular = inf
        self._answer = inf
        self._burst: list[float] = []

    @property
    def interval(self) -> float:
        """Seconds between regular beacons: stretched so that all nodes together keep `segment_rate`."""
        settings = self._settings
        return max(
            settings.interval, min((self._known + 1) / settings.segment_rate, settings.longest_interval)
        )

    def start(self, now: float) -> None:
        """Make a beacon due now, followed by the burst and then the regular ones."""
        self._regular = now
        self._burst = [now + delay for delay in self._settings.burst]

    def stop(self) -> None:
        """Let nothing be due any more."""
        self._regular = self._answer = inf
        self._burst = []

    def nodes_known(self, regular: int, total: int) -> None:
        """Take how many others are heard regularly, and how many at all."""
        self._known = regular
        self._heard = total

    def newcomer_heard(self, now: float) -> None:
        """Plan an answer, unless one is planned."""
        if self._answer < inf or self._regular == inf:
            return
        settings = self._settings
        pause = self._heard / settings.answer_rate
        turn = self._phase * max(0, self._heard - settings.answer_at_once) / settings.answer_rate
        self._answer = max(now + turn, self._last_sent + settings.answer_gap, self._last_answer + pause)

    def next_timeout(self) -> float:
        """Return when `is_due` should be asked next."""
        return min(self._regular, self._answer, self._burst[0] if self._burst else inf)

    def is_due(self, now: float) -> bool:
        """Return whether a beacon is to be sent now; if so, it counts as sent."""
        burst_due = self._take_burst(now)
        if now < self._regular and now < self._answer and not burst_due:
            return False
        if now >= self._answer:
            self._last_answer = now
        self._answer = inf
        self._last_sent = now
        self._regular = now + self._pause()
        return True

    @property
    def last_was_answer(self) -> bool:
        """Whether the beacon that counted as sent last answered a newcomer."""
        return self._last_answer == self._last_sent > -inf

    def _pause(self) -> float:
        """Return the time until the next regular beacon: an interval, or part of the first one of its length."""
        interval, former = self.interval, self._last_pause
        self._last_pause = interval
        return interval if interval <= _GROWTH * former else interval * (1 - self._phase)

    def _take_burst(self, now: float) -> bool:
        """Drop what is past of the burst; return whether that asks for a beacon beside those just sent."""
        due = False
        while self._burst and self._burst[0] <= now:
            due |= self._last_sent < self._burst.pop(0) - self._settings.answer_gap
        return due


def phase_of(uuid: UUID) -> float:
    """Return a sender's phase: uuids are random, so those of many nodes are spread evenly."""
    return (uuid.int & 0xFFFF) / 0x10000
