"""A demo as lines: how far it is, and how it ended."""

from __future__ import annotations

import time

from covey.tools.output import write_line

from .standing import Standing, Summary

__all__ = ["LineView", "summary_lines"]

LINE_SECONDS = 1.0


class LineView:
    """A line whenever a phase begins, and one a second while it lasts."""

    def __init__(self) -> None:
        self._phase = ""
        self._written = 0.0

    def show(self, standing: Standing) -> None:
        """Write a line if it is time for one."""
        now = time.monotonic()
        if standing.phase == self._phase and now - self._written < LINE_SECONDS:
            return
        self._phase, self._written = standing.phase, now
        members = standing.members
        links, all_links = sum(member.heard for member in members), len(members) * standing.others
        sent, received = (sum(getattr(member, key) for member in members) for key in ("sent", "received"))
        write_line(f"{standing.phase}: {links} of {all_links} links, {sent} sent, {received} received")


def summary_lines(summary: Summary) -> list[str]:
    """Return how it ended, for people."""
    latency = "" if summary.latency_ms is None else f", median latency {summary.latency_ms:.2f} ms"
    faults = f", {summary.faults} repeated or out of order" if summary.faults else ""
    return [
        f"{summary.nodes} nodes knew each other {summary.seconds_to_full_mesh:.2f} s after the first start",
        f"{summary.sent} messages sent, {summary.received} of {summary.expected} deliveries received, "
        f"{summary.lost} lost{faults}{latency}",
    ]
