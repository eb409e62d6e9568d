"""Tables of peers for a terminal."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from .advice import printable

if TYPE_CHECKING:
    from covey.mesh.peers import Peer

__all__ = ["AgentView", "peer_table"]

RECENT = 8
"""Events that the agent's view keeps under the table."""


def peer_table(peers: Iterable[Peer], now: float) -> Table:
    """Return one row a peer, sorted by name; `now` is seconds since the Unix epoch."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "endpoint", "via", "groups", "state", "last seen"):
        table.add_column(heading, justify="right" if heading == "last seen" else "left", overflow="fold")
    for peer in sorted(peers, key=lambda each: (each.name, each.uuid)):
        seen = f"{max(0.0, now - peer.last_seen):.0f} s ago"
        groups = " ".join(sorted(peer.groups))
        cells = (peer.name, peer.endpoint, peer.via, groups, peer.liveness.value, seen)
        table.add_row(*(Text(printable(cell)) for cell in cells))
    return table


class AgentView:
    """What an agent shows: a headline, the peers, the latest events."""

    def __init__(self, headline: str) -> None:
        self._headline = headline
        self._recent: deque[str] = deque(maxlen=RECENT)

    def note(self, line: str) -> None:
        """Add a line about something that happened."""
        self._recent.append(line)

    def render(self, peers: Iterable[Peer], now: float) -> Group:
        """Return the whole view; `now` is seconds since the Unix epoch."""
        known = list(peers)
        head = Text(f"{self._headline}, {len(known)} peer{'s' * (len(known) != 1)}", style="bold")
        recent = (Text(line, style="dim") for line in self._recent)
        return Group(head, Text(), peer_table(known, now), Text(), *recent)
