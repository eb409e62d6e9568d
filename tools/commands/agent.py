"""`covey agent`: a node that stays up and tells what happens."""

from __future__ import annotations

import click

from covey.tools.agent import run_agent
from covey.tools.options import MeshOptions, json_option, mesh_options

__all__ = ["command"]


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
    return run_agent(options, groups, as_json=as_json)
