"""A demo as a live table. Imports the renderer, so nobody else may import this."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich import box
from rich.live import Live
from rich.table import Table

from .standing import Standing

__all__ = ["live_view", "standing_table"]

DRAW_SECONDS = 0.1
HEADINGS = ("knows", "links", "sent/s", "received/s", "sent", "received")
RATES_AND_COUNTS = ("send_rate", "receive_rate", "sent", "received")


@contextmanager
def live_view() -> Iterator[Callable[[Standing], None]]:
    """Give a function that draws the table anew, but not more often than eyes can follow."""
    with Live(auto_refresh=False) as live:
        phase, drawn = "", 0.0

        def draw(standing: Standing) -> None:
            nonlocal phase, drawn
            now = time.monotonic()
            if standing.phase != phase or now - drawn >= DRAW_SECONDS:
                phase, drawn = standing.phase, now
                live.update(standing_table(standing), refresh=True)

        yield draw


def standing_table(standing: Standing) -> Table:
    """Return one row a member and the sum of all."""
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
