"""Which packets of one source are missing, and when to ask for them (RFC 3208 section 6.3).

One missing packet goes through::

    BACK_OFF ──time: ask──► WAIT_CONFIRM ──NCF──► WAIT_DATA ──data──► done
       ▲  │ └────────NCF (someone else asked)────────▲│
       │  └──── gives up after too long              ││
       └──────────────────── no answer in time ──────┴┘

Packets found missing together share one back-off, so one NAK asks for all of them. At most `MAX_ACTIVE` are
asked for at a time; the rest wait as ranges, so a gap of any width costs nothing until its turn comes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from itertools import islice
from operator import itemgetter
from typing import Final

from .feedback_delay import BackOff, RoundTrip
from .settings import ReceiverSettings
from .timers import Timers

__all__ = ["MAX_ACTIVE", "LossDetector", "Verdict"]

MAX_ACTIVE: Final = 512
"""Bounds what one packet costs that shows, or pretends, that many others are missing."""
_BACK_OFF, _WAIT_CONFIRM, _WAIT_DATA = range(3)
_REORDER_MAX: Final = 0.02
_REORDER_MARGIN: Final = 1.5
_REORDER_DECAY: Final = 0.95
_SLACK: Final = 0.125
"""What falls due within so many round trips is asked for together: slow sources get few, long NAKs."""
_SLACK_MAX: Final = 0.1
_LOOKED_AT: Final = 256
_TRUST: Final = 3
_EXTENSION: Final = 2.0
_FIRST: Final = itemgetter(0)
_MERGED: Final = 0.05
"""Adjoining ranges noted within so many seconds are kept as one: SPMs cannot make them many."""


class _Missing:
    __slots__ = (
        "asked_at",
        "attempts",
        "first_asked_at",
        "is_patient",
        "promised_at",
        "promises",
        "since",
        "state",
        "unanswered",
        "unconfirmed",
    )

    def __init__(self, since: float) -> None:
        self.state = _BACK_OFF
        self.since = since
        self.asked_at = self.first_asked_at = self.promised_at = 0.0
        self.attempts = 0
        self.is_patient = False
        """Whether the wait for the present answer was made longer."""
        self.promises = 0
        """How often others' requests have kept us from asking since we asked last."""
        self.unconfirmed = 0
        self.unanswered = 0


class Verdict:
    """What `LossDetector.handle_timer` decided: sequences to ask for now, and sequences given up."""

    __slots__ = ("ask", "is_repeated", "lost", "overdue")

    def __init__(self) -> None:
        self.is_repeated = False
        """Whether some of them were asked for before, without a confirmation."""
        self.ask: list[int] = []
        self.lost: list[int] = []
        self.overdue: list[int] = []
        """Sequences whose repair was promised and has not come in time."""


class LossDetector:
    """The missing packets of one source."""

    __slots__ = (
        "_active",
        "_back_off",
        "_confirm",
        "_data",
        "_ranges",
        "_reorder",
        "_settings",
        "_timers",
    )

    def __init__(self, settings: ReceiverSettings, random_bytes: Callable[[int], bytes]) -> None:
        self._settings = settings
        self._back_off = BackOff(settings.back_off_max, settings.back_off_group, random_bytes)
        self._confirm = RoundTrip(settings.confirm_max)
        self._data = RoundTrip(settings.data_max)
        self._active: dict[int, _Missing] = {}
        self._timers: Timers[int] = Timers()
        self._ranges: list[tuple[int, int, float]] = []
        """(first, last, since), in order."""
        self._reorder = 0.0
        """How late packets have been seen to come by themselves; decays."""

    def __len__(self) -> int:
        return len(self._active)

    def __contains__(self, sequence: int) -> bool:
        return sequence in self._active

    @property
    def round_trip(self) -> float:
        """Smoothed seconds from NAK to repair."""
        return self._data.smoothed

    def add(self, first: int, last: int, now: float) -> None:
        """Take note that the packets from `first` to `last`, newer than any noted before, are missing."""
        room = MAX_ACTIVE - len(self._active)
        if self._ranges or last - first >= room:
            since = now
            if self._ranges and self._ranges[-1][1] == first - 1 and now - self._ranges[-1][2] < _MERGED:
                first, _, since = self._ranges.pop()
            self._ranges.append((first, last, since))
            self._admit(now)
        else:
            self._activate(first, last, now)

    def _activate(self, first: int, last: int, now: float) -> None:
        deadline = now + self._reorder + self._back_off.delay(self._confirm.smoothed)
        for sequence in range(first, last + 1):
            self._active[sequence] = _Missing(now)
            self._timers.set(sequence, deadline)

    def _admit(self, now: float) -> None:
        while self._ranges and (room := MAX_ACTIVE - len(self._active)) > 0:
            first, last, since = self._ranges.pop(0)
            if last - first >= room:
                self._ranges.insert(0, (first + room, last, since))
                last = first + room - 1
            self._activate(first, last, now)

    def arrived(self, sequence: int, now: float, *, is_repair: bool) -> bool:
        """Forget `sequence`: it is here, or never will be. Return whether it had been asked for or was to
        be.
        """
        missing = self._active.pop(sequence, None)
        if missing is None:
            return self._cut(sequence)
        self._timers.cancel(sequence)
        if is_repair:
            self._reorder *= _REORDER_DECAY
            if missing.attempts == 1:
                self._data.measured(now - missing.asked_at)
            elif missing.attempts > 1:
                self._data.doubted(now - missing.first_asked_at)
        elif missing.attempts == 0 or self._confirm.smoothed:
            late = (now - missing.since) * _REORDER_MARGIN
            self._reorder = min(max(self._reorder, late), _REORDER_MAX)
        if self._ranges:
            self._admit(now)
        return True

    def _cut(self, sequence: int) -> bool:
        """Take `sequence` out of the range that it is in; False when it is in none."""
        index = bisect_right(self._ranges, sequence, key=_FIRST) - 1
        if index < 0:
            return False
        first, last, since = self._ranges[index]
        if sequence > last:
            return False
        rest = [(first, sequence - 1, since)] if first < sequence else []
        if sequence < last:
            rest.append((sequence + 1, last, since))
        self._ranges[index : index + 1] = rest
        return True

    def drop_before(self, sequence: int, now: float) -> None:
        """Forget everything older than `sequence`."""
        for each in [each for each in self._active if each < sequence]:
            del self._active[each]
            self._timers.cancel(each)
        gone = bisect_right(self._ranges, sequence - 1, key=_FIRST)
        if gone:
            _, last, since = self._ranges[gone - 1]
            self._ranges[:gone] = [(sequence, last, since)] if last >= sequence else []
        self._admit(now)

    def drop_after(self, sequence: int) -> None:
        """Forget everything newer than `sequence`."""
        for each in [each for each in self._active if each > sequence]:
            del self._active[each]
            self._timers.cancel(each)
        kept = bisect_right(self._ranges, sequence, key=_FIRST)
        del self._ranges[kept:]
        if kept and self._ranges[-1][1] > sequence:
            first, _, since = self._ranges.pop()
            self._ranges.append((first, sequence, since))

    def confirmed(self, sequence: int, now: float, *, is_ours: bool = True) -> None:
        """Take an NCF for `sequence`: its repair is on the way, whoever asked.

        Promises that are not kept are believed a few times only, and put the next request off for a limited
        time: whoever forges them cannot keep us from asking. One that answers somebody else, as far as we can
        tell, says nothing about the round trip.
        """
        missing = self._active.get(sequence)
        if missing is None:
            return
        wait = self._data.wait(missing.unanswered + 1)
        if missing.state != _WAIT_DATA:
            if missing.state == _WAIT_CONFIRM:
                if missing.attempts == 1 and is_ours:
                    self._confirm.measured(now - missing.asked_at)
            elif missing.promises >= _TRUST:
                return
            else:
                missing.promises += 1
            missing.state = _WAIT_DATA
            missing.promised_at = now
            missing.is_patient = False
        self._timers.set(sequence, min(now + wait, missing.promised_at + _EXTENSION * wait))

    def promised(self, sequences: range, now: float, *, is_ours: bool) -> None:
        """Take an NCF for all of `sequences`."""
        for sequence in sequences:
            if sequence in self._active:
                self.confirmed(sequence, now, is_ours=is_ours)

    def postpone(self, sequence: int, deadline: float) -> None:
        """Do not ask for `sequence` yet; it counts as not asked for."""
        missing = self._active.get(sequence)
        if missing is not None:
            missing.state = _BACK_OFF
            missing.attempts = max(missing.attempts - 1, 0)
            self._timers.set(sequence, deadline)

    def hasten(self, sequences: range, now: float, patience: float = 1.0, *, again: bool = False) -> None:
        """Ask for those of `sequences` that wait to be asked for after a common back-off, so many times the usual.

        `again` includes those whose repair was promised.
        """
        deadline = 0.0
        for sequence in sequences:
            missing = self._active.get(sequence)
            if missing is not None and (
                missing.state == _BACK_OFF or (again and missing.state == _WAIT_DATA)
            ):
                deadline = deadline or now + self._reorder + self._back_off.delay(
                    self._confirm.smoothed, patience
                )
                missing.state = _BACK_OFF
                self._timers.set(sequence, deadline)

    def asked(self, sequences: range, now: float) -> None:
        """Take note that those of `sequences` that are missing were asked for together with others."""
        for sequence in sequences:
            missing = self._active.get(sequence)
            if missing is not None and missing.state == _BACK_OFF:
                self._ask(sequence, missing, now)

    def _ask(self, sequence: int, missing: _Missing, now: float) -> None:
        missing.state = _WAIT_CONFIRM
        missing.is_patient = False
        missing.attempts += 1
        missing.promises = 0
        missing.asked_at = now
        missing.first_asked_at = missing.first_asked_at or now
        self._timers.set(sequence, now + self._confirm.wait(missing.unconfirmed + 1))

    def oldest_confirmed(self) -> int | None:
        """Return a sequence whose repair we asked for and were promised, the oldest as a rule."""
        for sequence, missing in islice(self._active.items(), _LOOKED_AT):
            if missing.state == _WAIT_DATA and missing.attempts:
                return sequence
        return None

    def next_timer(self) -> float | None:
        """Return when `handle_timer` should be called."""
        return self._timers.next()

    def handle_timer(self, now: float, lag: float = 0.0) -> Verdict:
        """Let time pass; the caller sends NAKs for what is to be asked.

        Args:
            now: monotonic seconds.
            lag: seconds since the arrival of what was read last, when more waits to be read: answers that seem to
                be missing may be in there.
        """
        verdict = Verdict()
        slack = min(self._data.smoothed * _SLACK, _SLACK_MAX)
        again = 0.0
        for sequence in list(self._timers.due(now + slack)):
            missing = self._active[sequence]
            if self._is_hopeless(missing, now):
                del self._active[sequence]
                verdict.lost.append(sequence)
            elif missing.state == _BACK_OFF:
                self._ask(sequence, missing, now)
                verdict.ask.append(sequence)
                verdict.is_repeated = verdict.is_repeated or missing.unconfirmed > 0
            elif (excess := self._excess(missing, lag)) > 0:
                missing.is_patient = True
                self._timers.set(sequence, now + excess)
            else:
                if missing.state == _WAIT_CONFIRM:
                    missing.unconfirmed += 1
                else:
                    missing.unanswered += 1
                    verdict.overdue.append(sequence)
                missing.state = _BACK_OFF
                again = again or now + self._back_off.delay(self._confirm.smoothed)
                self._timers.set(sequence, again)
        if verdict.lost:
            self._admit(now)
        verdict.ask.sort()
        verdict.lost.sort()
        return verdict

    def _excess(self, missing: _Missing, lag: float) -> float:
        """Return how much of a lag the wait for an answer did not allow for; 0.0 the second time."""
        if not lag or missing.is_patient:
            return 0.0
        allowed = self._confirm if missing.state == _WAIT_CONFIRM else self._data
        return max(lag - allowed.smoothed, 0.0)

    def _is_hopeless(self, missing: _Missing, now: float) -> bool:
        settings = self._settings
        return (
            now - missing.since >= settings.give_up
            or missing.unconfirmed > settings.confirm_retries
            or missing.unanswered > settings.data_retries
        )
