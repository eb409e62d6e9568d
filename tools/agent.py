"""What `covey agent` does: a node that stays up and tells what happens."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from . import nodes
from .cluster import ClusterStatus, look_at_cluster
from .options import MeshOptions
from .output import on_terminal, write_json, write_line
from .reports import cluster_line, event_fields, event_line, started_fields, started_line
from .signals import run_interruptible

__all__ = ["choose_report", "report_json", "report_lines", "run_agent"]

Report = Callable[[nodes.MeshNode, ClusterStatus], Awaitable[None]]


def run_agent(options: MeshOptions, groups: tuple[str, ...], *, as_json: bool) -> int:
    """Stay up until a signal comes, and return the exit status.

    Raises:
        CoveyError: the node cannot be what the options say.
        click.UsageError: options that do not go together.
    """
    node = nodes.open_node(options)
    report = choose_report(as_json=as_json)
    cluster = look_at_cluster()

    async def stay() -> int:
        async with node:
            for group in groups:
                await node.join(group)
            await report(node, cluster)
        return 0

    return run_interruptible(stay, stopped=0)


def choose_report(*, as_json: bool) -> Report:
    """Return the report that suits the output; only a terminal needs the renderer."""
    if as_json:
        return report_json
    if on_terminal():
        from .live import report_live

        return report_live
    return report_lines


async def report_json(node: nodes.MeshNode, cluster: ClusterStatus) -> None:
    """Print the node's own start and every event as JSON, a line each."""
    write_json(started_fields(node, time.time()) | {"tipc": cluster.fields})
    async for event in node.events():
        write_json(event_fields(event, time.time()))


async def report_lines(node: nodes.MeshNode, cluster: ClusterStatus) -> None:
    """Print the node's own start, what there is of TIPC, and every event, as one line each."""
    write_line(started_line(node, time.time()))
    write_line(cluster_line(cluster, time.time()))
    async for event in node.events():
        write_line(event_line(event, time.time()))
