"""`covey agent`: a node that stays up and tells what happens."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import click

from covey.tools import nodes
from covey.tools.cluster import ClusterStatus, look_at_cluster
from covey.tools.options import MeshOptions, json_option, mesh_options
from covey.tools.output import on_terminal, write_json, write_line
from covey.tools.reports import cluster_line, event_fields, event_line, started_fields, started_line
from covey.tools.signals import run_interruptible

__all__ = ["command"]

Report = Callable[[nodes.MeshNode, ClusterStatus], Awaitable[None]]


@click.command(short_help="Stay up as a node of a mesh and report what happens.")
@mesh_options
@click.option("--group", "groups", multiple=True, metavar="GROUP", help="Join this group; repeatable.")
@json_option
def command(options: MeshOptions, groups: tuple[str, ...], *, as_json: bool) -> int:
    """Stay up as a node of a mesh and report who comes, goes and speaks.

    First it tells its own name and endpoint, and what this machine has of TIPC; in a TIPC cluster also which
    nodes and links come and go.

    On a terminal this is a live table, elsewhere one line an event, and with --json one object a line. The
    agent says goodbye and ends on SIGINT (Ctrl-C) and SIGTERM.
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
        from covey.tools.live import report_live

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
