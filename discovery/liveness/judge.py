"""Who is alive, evasive or gone: a sans-I/O core that asks for probes and rests its verdicts on them.

::

    ALIVE ── silence, or LINK_LOST ──► EVASIVE ── REFUSED, or SILENT, or no evidence in time ──► GONE
      ▲                                   │ ACCEPTS, VOUCHED: patience
      └────────────── heard ──────────────┘

A verdict needs a living judge: when `handle_timeout` comes late, this process was stopped, suspended or
starved, and the time it missed is excused for everybody.
"""

from __future__ import annotations

from collections import deque
from heapq import heapify, heappop, heappush
from math import inf
from uuid import UUID

from .accrual import Accrual
from .settings import LivenessSettings
from .words import AskOthers, Evidence, Probe, Request, State, StateChange

__all__ = ["LivenessJudge"]

_EXTRA = 0.5
"""Of the expected interval: signs in shorter pauses are answers to somebody, not the node's rhythm."""
_NEWER = 0.1
"""Seconds by which a sign that another member heard must be newer than ours to say anything."""
_LATE = 0.5
"""Intervals that `handle_timeout` may be late without being taken for a stand-still."""


class _Suspect:
    """One node that is watched."""

    __slots__ = ("accrual", "deadline", "interval", "planned", "probe_at", "silent", "since", "state", "why")

    def __init__(self, interval: float, now: float) -> None:
        self.accrual = Accrual(interval, now)
        self.interval = 0.0
        """As the node announces it; 0 if it does not."""
        self.state = State.ALIVE
        self.deadline = inf
        """When an evasive node is gone unless evidence comes."""
        self.since = inf
        """When it became evasive."""
        self.probe_at = inf
        """When an evasive node that was granted time is probed again."""
        self.silent = 0
        """Probes in a row without an answer."""
        self.planned = inf
        """Time of its entry on the agenda; entries of another time are void."""
        self.why = ""


class LivenessJudge:
    """Watches the nodes that its owner names.

    After every call take what `next_request` gives.
    """

    def __init__(self, settings: LivenessSettings | None = None) -> None:
        self._settings = settings or LivenessSettings()
        self._suspects: dict[UUID, _Suspect] = {}
        self._agenda: list[tuple[float, UUID]] = []
        """When to look at whom next; an entry that comes too early is put back, as being heard only delays."""
        self._requests: deque[Request] = deque()
        self._expected = 0.0

    def __len__(self) -> int:
        return len(self._suspects)

    def watch(self, uuid: UUID, now: float) -> None:
        """Watch a node from now on; it was heard just now."""
        if uuid not in self._suspects and len(self._suspects) < self._settings.nodes:
            suspect = _Suspect(self._settings.interval, now)
            self._suspects[uuid] = suspect
            self._plan(uuid, suspect)

    def forget(self, uuid: UUID) -> None:
        """Watch a node no more, because it said goodbye."""
        self._suspects.pop(uuid, None)

    def expect(self, interval: float) -> None:
        """Take the interval at which everybody is expected to be heard by now; it may stretch with their number.

        Nobody is suspected before `floor` of these, and what comes much sooner says nothing of a rhythm.
        """
        self._expected = interval

    def state(self, uuid: UUID) -> State | None:
        """Return how a node stands; None for one that is not watched."""
        suspect = self._suspects.get(uuid)
        return suspect.state if suspect else None

    def suspicion(self, uuid: UUID, now: float) -> float:
        """Return phi for a node, 0 for one that is not watched."""
        suspect = self._suspects.get(uuid)
        return suspect.accrual.suspicion(now) if suspect else 0.0

    def patience(self, uuid: UUID) -> float | None:
        """Return how long a silence of a node may last by what is known of it, None if it is not watched."""
        suspect = self._suspects.get(uuid)
        return self._patience_with(suspect) if suspect else None

    def rhythm(self, uuid: UUID, interval: float) -> None:
        """Take the interval, in seconds, at which a node says that it makes itself heard."""
        suspect = self._suspects.get(uuid)
        if suspect is None or suspect.interval == interval:
            return
        suspect.interval = interval
        suspect.accrual.expect(interval)
        if suspect.state is State.ALIVE:
            self._plan(uuid, suspect)

    def heard(self, uuid: UUID, now: float, *, is_beat: bool = True) -> None:
        """Take a sign of life that cannot be forged or recorded: a message, a sealed beacon.

        Args:
            uuid: of whom.
            now: monotonic seconds.
            is_beat: whether it comes regularly, so that something can be learnt from its pauses.
        """
        suspect = self._suspects.get(uuid)
        if suspect is None:
            return
        suspect.accrual.heard(now, _EXTRA * self._expected, is_beat=is_beat)
        if suspect.state is State.EVASIVE:
            suspect.state = State.ALIVE
            suspect.deadline = inf
            self._plan(uuid, suspect)
            self._requests.append(StateChange(uuid, State.ALIVE, "heard again"))

    def evidence(self, uuid: UUID, found: Evidence, now: float, age: float = 0.0) -> None:
        """Take what a probe found.

        Args:
            uuid: of whom.
            found: what.
            now: monotonic seconds.
            age: how long ago the other member heard it (VOUCHED). Seconds.
        """
        suspect = self._suspects.get(uuid)
        if suspect is None:
            return
        if found is Evidence.LINK_LOST:
            if suspect.state is State.ALIVE:
                self._suspect(uuid, suspect, now, "its connection broke")
        elif suspect.state is State.ALIVE:
            return  # it was heard meanwhile, which is better evidence than any probe
        elif found is Evidence.REFUSED:
            self._gone(uuid, "nobody listens at its endpoint")
        elif found is Evidence.SILENT:
            self._silent(uuid, suspect, now)
        elif found is Evidence.GREETS:
            suspect.silent, suspect.since = 0, now
            self._grant(uuid, suspect, now, now)
        elif found is Evidence.ACCEPTS or now - age > suspect.accrual.last_heard + _NEWER:
            suspect.silent = 0
            self._grant(uuid, suspect, now - age, now)

    def handle_timeout(self, now: float) -> None:
        """Look at whom it is time to look at."""
        late = now - self.next_timeout()
        unit = min(self._settings.interval, self._settings.least)
        if late > _LATE * unit:
            self._excuse(late + unit, now)
        while self._agenda and self._agenda[0][0] <= now:
            at, uuid = heappop(self._agenda)
            suspect = self._suspects.get(uuid)
            if suspect is not None and suspect.planned == at:
                self._look(uuid, suspect, now)

    def next_timeout(self) -> float:
        """Return when `handle_timeout` wants to be called; infinite for never."""
        return self._agenda[0][0] if self._agenda else inf

    def next_request(self) -> Request | None:
        """Return the next thing to do or to know."""
        return self._requests.popleft() if self._requests else None

    def _look(self, uuid: UUID, suspect: _Suspect, now: float) -> None:
        """Decide on one node, or put it back on the agenda."""
        if self._look_at(suspect) > now:
            self._plan(uuid, suspect)
        elif suspect.state is State.EVASIVE and now < suspect.deadline:
            suspect.probe_at = now + self._settings.again
            self._plan(uuid, suspect)
            self._requests.append(Probe(uuid))
        elif suspect.state is State.ALIVE:
            self._suspect(uuid, suspect, now, f"silent for {now - suspect.accrual.last_heard:.1f} s")
        else:
            self._gone(uuid, suspect.why)

    def _plan(self, uuid: UUID, suspect: _Suspect) -> None:
        """Put a node on the agenda; void entries are swept out when they are many."""
        suspect.planned = self._look_at(suspect)
        heappush(self._agenda, (suspect.planned, uuid))
        if len(self._agenda) > 4 * len(self._suspects) + 64:
            self._agenda = [(one.planned, key) for key, one in self._suspects.items()]
            heapify(self._agenda)

    def _look_at(self, suspect: _Suspect) -> float:
        """Return when there is something to decide on a node, if it is not heard until then."""
        if suspect.state is State.EVASIVE:
            return min(suspect.deadline, suspect.probe_at)
        return suspect.accrual.last_heard + self._patience_with(suspect)

    def _patience_with(self, suspect: _Suspect) -> float:
        settings, accrual = self._settings, suspect.accrual
        patience = accrual.mean + settings.deviations * accrual.deviation
        usual = suspect.interval or max(settings.least, accrual.mean)
        floor = settings.floor * max(min(settings.interval, usual), self._expected)
        return max(min(patience, settings.ceiling), floor)

    def _suspect(self, uuid: UUID, suspect: _Suspect, now: float, why: str) -> None:
        """Call a node evasive and have it looked into."""
        suspect.state = State.EVASIVE
        suspect.why = why
        suspect.since = now
        suspect.probe_at = inf
        suspect.silent = 0
        suspect.deadline = now + self._patience_with_probes
        self._plan(uuid, suspect)
        self._requests.extend((StateChange(uuid, State.EVASIVE, why), Probe(uuid), AskOthers(uuid)))

    @property
    def _patience_with_probes(self) -> float:
        return max(self._settings.verdict * self._settings.interval, self._settings.probing)

    def _silent(self, uuid: UUID, suspect: _Suspect, now: float) -> None:
        """Probe once more, or believe it."""
        suspect.silent += 1
        suspect.why = "its machine does not answer"
        if suspect.silent >= self._settings.silent:
            self._gone(uuid, suspect.why)
            return
        suspect.deadline = max(suspect.deadline, now + self._patience_with_probes)
        self._plan(uuid, suspect)
        self._requests.extend((Probe(uuid), AskOthers(uuid)))

    def _grant(self, uuid: UUID, suspect: _Suspect, heard: float, now: float) -> None:
        """Give an evasive node more time, counted from the suspicion on: later evidence does not add to it."""
        until = min(heard, suspect.since) + self._settings.stopped
        if until > suspect.deadline:
            suspect.deadline = until
            suspect.probe_at = now + self._settings.again
            self._plan(uuid, suspect)

    def _gone(self, uuid: UUID, why: str) -> None:
        del self._suspects[uuid]
        self._requests.append(StateChange(uuid, State.GONE, why))

    def _excuse(self, duration: float, now: float) -> None:
        """Shift everybody's silence and deadline by a time in which nothing could be heard.

        It includes an interval to hear what waits, and those who come too.
        """
        self._agenda = []
        for uuid, suspect in self._suspects.items():
            suspect.accrual.excuse(duration, now)
            suspect.deadline += duration
            suspect.probe_at += duration
            suspect.since += duration
            self._plan(uuid, suspect)
