"""How far a sender may run ahead of the receivers that report.

PGM has no such thing, so a fast sender drowns a receiver's socket buffer and the repairs drown the rest. Our
senders ask for reports (OPT_FLOW in SPMs); our receivers answer with ACKs. The slowest reporter sets the
limit; one that makes no progress is given up. Receivers that never report (OpenPGM's) are not waited for.
"""

from __future__ import annotations

from typing import Final

__all__ = ["FlowControl"]

_MAX_RECEIVERS: Final = 4096
_FORGIVE: Final = 30.0
"""Seconds without giving anybody up after which receivers are waited for as long as at first."""


class _Reporter:
    __slots__ = ("expected", "has_progressed", "lead", "progressed_at", "window")

    def __init__(self, expected: int, lead: int, window: int, now: float) -> None:
        self.expected = expected
        self.lead = lead
        self.window = window
        self.progressed_at = now
        self.has_progressed = False


class FlowControl:
    """The reporters of one sender."""

    __slots__ = (
        "_given_up_at",
        "_limit",
        "_moving",
        "_patience",
        "_reporters",
        "_span",
        "_start_limit",
        "_start_until",
        "_timeout",
        "given_up",
    )

    def __init__(self, span: int, timeout: float, start_limit: int, start_until: float) -> None:
        """Begin without reporters.

        Args:
            span: packets that may be out beyond what the slowest reporter still lacks.
            timeout: seconds without progress after which a reporter is given up.
            start_limit: sequence not to be passed before the first report ...
            start_until: ... or this time.
        """
        self._span = span
        self._timeout = self._patience = timeout
        self._given_up_at: float | None = None
        self._moving: dict[str, None] = {}
        """Receivers that were given up though they had made progress: they are no inventions."""
        self._start_limit = start_limit
        self._start_until = start_until
        self._reporters: dict[str, _Reporter] = {}
        self._limit: int | None = None
        self.given_up = 0

    def __len__(self) -> int:
        return len(self._reporters)

    def report(self, receiver: str, expected: int, lead: int, window: int, now: float) -> None:
        """Take in one report: `expected` is what the receiver still lacks, `lead` the highest it has read."""
        self._limit = None
        reporter = self._reporters.get(receiver)
        if reporter is None:
            if len(self._reporters) < _MAX_RECEIVERS:
                reporter = self._reporters[receiver] = _Reporter(expected, lead, window, now)
                reporter.has_progressed = receiver in self._moving
            return
        if expected > reporter.expected or lead > reporter.lead:
            reporter.progressed_at = now
            reporter.has_progressed = True
        reporter.expected = max(expected, reporter.expected)
        reporter.lead = max(lead, reporter.lead)
        reporter.window = window

    def limit(self, now: float) -> int | None:
        """Return the first sequence that may not be sent yet; None for no limit."""
        if not self._reporters:
            return self._start_limit if now < self._start_until else None
        if self._limit is None:
            span = self._span
            self._limit = (
                min(min(each.lead + each.window, each.expected + span) for each in self._reporters.values())
                + 1
            )
        return self._limit

    def give_up(self, sequence: int, blocked_since: float, now: float) -> float:
        """Drop reporters that keep `sequence` from being sent for too long; return when to look again.

        Each one that never made progress has the next such one waited for half as long: inventing receivers
        stops a sender for twice the timeout, not for ever.
        """
        if self._given_up_at is not None and now - self._given_up_at > _FORGIVE:
            self._patience = self._timeout
        invented = 0
        again = now + self._patience
        for receiver, each in list(self._reporters.items()):
            if min(each.lead + each.window, each.expected + self._span) >= sequence:
                continue
            patience = self._timeout if each.has_progressed else self._patience
            deadline = max(each.progressed_at, blocked_since) + patience
            if deadline <= now:
                del self._reporters[receiver]
                self.given_up += 1
                if not each.has_progressed:
                    invented += 1
                elif len(self._moving) < _MAX_RECEIVERS:
                    self._moving[receiver] = None
                self._limit = None
            else:
                again = min(again, deadline)
        if invented:
            self._given_up_at = now
            self._patience /= 2
        return min(again, self._start_until) if now < self._start_until else again

    def forget(self, receiver: str) -> None:
        """Drop a reporter that said goodbye."""
        if self._reporters.pop(receiver, None):
            self._limit = None
