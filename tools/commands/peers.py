"""`covey peers`: who is in a mesh."""

from __future__ import annotations

import asyncio
import time

import click

from covey.tools import nodes
from covey.tools.options import MeshOptions, json_option, mesh_options, wait_option
from covey.tools.output import on_terminal, write_json, write_line
from covey.tools.reports import peer_fields, peer_line
from covey.tools.signals import run_interruptible

__all__ = ["command"]


@click.command(short_help="List the nodes of a mesh.")
@mesh_options
@wait_option("How long to look.")
@json_option
def command(options: MeshOptions, wait: float, *, as_json: bool) -> int:
    """Enter a mesh, look for a while, and list the nodes found.

    Where the output is no terminal: name, uuid, endpoint, how it was found and groups, between tabs.
    """
    node = nodes.open_node(options)

    async def look() -> int:
        async with node:
            await asyncio.sleep(wait)
            show(node, as_json=as_json)
        return 0

    return run_interruptible(look)


def show(node: nodes.MeshNode, *, as_json: bool) -> None:
    """Print everybody whom the node knows now."""
    peers = sorted(node.peers(), key=lambda peer: (peer.name, peer.uuid))
    if as_json:
        for peer in peers:
            write_json(peer_fields(peer))
    elif not peers:
        click.echo("covey: nobody else is there", err=True)
    elif on_terminal():
        from rich.console import Console

        from covey.tools.live import peer_table

        Console().print(peer_table(peers, time.time()))
    else:
        for peer in peers:
            write_line(peer_line(peer))
