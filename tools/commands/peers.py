"""`covey peers`: who is in a mesh."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from covey.tools import nodes
from covey.tools.options import MeshOptions, json_option, mesh_options, wait_option
from covey.tools.output import on_terminal, write_json, write_line
from covey.tools.reports import peer_fields, peer_line
from covey.tools.signals import run_interruptible

if TYPE_CHECKING:
    from covey.mesh.peers import Peer

__all__ = ["command"]


@click.command(short_help="List the nodes of a mesh.")
@mesh_options
@wait_option("How long to look.")
@json_option
def command(options: MeshOptions, wait: float, *, as_json: bool) -> int:
    """Enter a mesh, look for a while, and list the nodes found.

    Where the output is no terminal: name, uuid, endpoint, how it was found, groups and services, between tabs.
    """
    node = nodes.open_node(options)
    found: list[Peer] = []

    async def look() -> int:
        async with node:
            await asyncio.sleep(wait)
            found.extend(node.peers())
        return 0

    status = run_interruptible(look)
    if status == 0:
        show(sorted(found, key=lambda peer: (peer.name, peer.uuid)), as_json=as_json)
    return status


def show(peers: Sequence[Peer], *, as_json: bool) -> None:
    """Print peers in the way that suits the output."""
    if as_json:
        for peer in peers:
            write_json(peer_fields(peer))
    elif not peers:
        click.echo("covey: nobody else is there", err=True)
    elif on_terminal():
        from covey.tools.live import print_peers

        print_peers(peers)
    else:
        for peer in peers:
            write_line(peer_line(peer))
