"""What `agent` and `peers` draw on a terminal. Imports the renderer, so nobody else may import this."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from .advice import printable
from .reports import cluster_line, event_line

if TYPE_CHECKING:
    from covey.mesh.events import Event
    from covey.mesh.peers import Peer

    from .cluster import ClusterStatus
    from .nodes import MeshNode

__all__ = ["AgentView", "peer_table", "print_peers", "report_live"]

REDRAW_SECONDS = 1.0
RECENT = 8
"""Events that the agent's view keeps under the table."""


def peer_table(peers: Iterable[Peer], now: float) -> Table:
    """Return one row a peer, sorted by name; `now` is seconds since the Unix epoch."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "endpoint", "via", "groups", "services", "state", "last seen"):
        table.add_column(heading, justify="right" if heading == "last seen" else "left", overflow="fold")
    for peer in sorted(peers, key=lambda each: (each.name, each.uuid)):
        seen = f"{max(0.0, now - peer.last_seen):.0f} s ago"
        groups, services = " ".join(sorted(peer.groups)), " ".join(sorted(peer.services))
        cells = (peer.name, peer.endpoint, peer.via, groups, services, peer.liveness.value, seen)
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


def print_peers(peers: Iterable[Peer]) -> None:
    """Print a table of peers once."""
    Console().print(peer_table(peers, time.time()))


async def report_live(node: MeshNode, cluster: ClusterStatus) -> None:
    """Keep a table of peers and the latest events on the terminal until the node ends."""
    view = AgentView(f"{printable(node.name)} in mesh {printable(node.mesh)}")
    view.note(cluster_line(cluster, time.time()))

    with Live(auto_refresh=False) as live:

        def draw(event: Event | None = None) -> None:
            if event is not None:
                view.note(event_line(event, time.time()))
            live.update(view.render(node.peers(), time.time()), refresh=True)

        async def redraw_regularly() -> None:
            while True:  # "last seen" ages even when nothing happens
                draw()
                await asyncio.sleep(REDRAW_SECONDS)

        async with asyncio.TaskGroup() as tasks:
            redrawing = tasks.create_task(redraw_regularly(), name="redraw")
            async for event in node.events():
                draw(event)
            redrawing.cancel()
