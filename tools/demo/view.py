"""A demo as people see it: a live table, progress lines, a closing summary."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from covey.tools.output import write_line

from .standing import Standing, Summary

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

__all__ = ["LineView", "TableView", "standing_table", "summary_lines"]

LINE_SECONDS = 1.0
DRAW_SECONDS = 0.1


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


class TableView:
    """A table that is drawn anew on the terminal."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._phase = ""
        self._drawn = 0.0

    def show(self, standing: Standing) -> None:
        """Draw the table, but not more often than eyes can follow."""
        now = time.monotonic()
        if standing.phase != self._phase or now - self._drawn >= DRAW_SECONDS:
            self._phase, self._drawn = standing.phase, now
            self._live.update(standing_table(standing), refresh=True)


def standing_table(standing: Standing) -> Table:
    """Return one row a member and the sum of all."""
    from rich import box
    from rich.table import Table

    table = Table(title=standing.phase, box=box.SIMPLE_HEAD, show_footer=True)
    members = standing.members
    sums = [
        sum(member.peers for member in members),
        sum(member.heard for member in members),
        *(f"{sum(getattr(member, key) for member in members):.0f}" for key in RATES_AND_COUNTS),
    ]
    table.add_column("node", footer="all")
    for heading, footer in zip(HEADINGS, sums, strict=True):
        table.add_column(heading, justify="right", footer=str(footer))
    for member in members:
        counts = (f"{getattr(member, key):.0f}" for key in RATES_AND_COUNTS)
        table.add_row(member.name, str(member.peers), str(member.heard), *counts)
    return table


HEADINGS = ("knows", "links", "sent/s", "received/s", "sent", "received")
RATES_AND_COUNTS = ("send_rate", "receive_rate", "sent", "received")


def summary_lines(summary: Summary) -> list[str]:
    """Return how it ended, for people."""
    latency = "" if summary.latency_ms is None else f", median latency {summary.latency_ms:.2f} ms"
    faults = f", {summary.faults} repeated or out of order" if summary.faults else ""
    return [
        f"{summary.nodes} nodes knew each other {summary.seconds_to_full_mesh:.2f} s after the first start",
        f"{summary.sent} messages sent, {summary.received} of {summary.expected} deliveries received, "
        f"{summary.lost} lost{faults}{latency}",
    ]
