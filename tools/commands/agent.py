"""`covey agent`: a node that stays up and tells what happens."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import click

from covey.tools import nodes
from covey.tools.options import MeshOptions, json_option, mesh_options
from covey.tools.output import on_terminal, write_json, write_line
from covey.tools.reports import event_fields, event_line
from covey.tools.signals import run_interruptible

if TYPE_CHECKING:
    from covey.mesh.events import Event

__all__ = ["command"]

REDRAW_SECONDS = 1.0


@click.command(short_help="Stay up as a node of a mesh and report what happens.")
@mesh_options
@click.option("--group", "groups", multiple=True, metavar="GROUP", help="Join this group; repeatable.")
@json_option
def command(options: MeshOptions, groups: tuple[str, ...], *, as_json: bool) -> int:
    """Stay up as a node of a mesh and report who comes, goes and speaks.

    On a terminal this is a live table, elsewhere one line an event, and with --json one object a line. The
    agent says goodbye and ends on SIGINT (Ctrl-C) and SIGTERM.
    """
    node = nodes.open_node(options)

    async def stay() -> int:
        async with node:
            for group in groups:
                await node.join(group)
            if as_json:
                await report_json(node)
            elif on_terminal():
                await report_live(node, options.mesh)
            else:
                await report_lines(node)
        return 0

    return run_interruptible(stay, stopped=0)


async def report_json(node: nodes.MeshNode) -> None:
    """Print the node's own start and every event as JSON, a line each."""
    own = {"uuid": str(node.uuid), "name": node.name, "time": round(time.time(), 6)}
    write_json({"event": "started", **own})
    async for event in node.events():
        write_json(event_fields(event, time.time()))


async def report_lines(node: nodes.MeshNode) -> None:
    """Print every event as one line."""
    async for event in node.events():
        write_line(event_line(event, time.time()))


async def report_live(node: nodes.MeshNode, mesh: str) -> None:
    """Keep a table of peers and the latest events on the terminal."""
    from rich.live import Live

    from covey.tools.live import AgentView

    view = AgentView(f"{node.name} in mesh {mesh}")

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
