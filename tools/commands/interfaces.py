"""`covey interfaces`: which network interfaces would be used, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from covey.tools.options import json_option
from covey.tools.output import write_json, write_line

if TYPE_CHECKING:
    from covey.discovery.interfaces import Candidate

__all__ = ["command"]


@click.command(short_help="List network interfaces and say which would be used.")
@click.option("--interface", "pins", metavar="NAME", multiple=True, help="As if this one were asked for.")
@json_option
def command(pins: tuple[str, ...], *, as_json: bool) -> None:
    """List the network interfaces of this host, whether discovery would use them, and why."""
    from covey.discovery.interfaces import choose, list_interfaces

    for candidate in choose(list_interfaces(), pins):
        if as_json:
            write_json(candidate_fields(candidate))
        else:
            write_line(candidate_line(candidate))


def candidate_fields(candidate: Candidate) -> dict[str, object]:
    """Return an interface and its verdict as JSON can hold it."""
    row = candidate.interface
    return {
        "name": row.name,
        "address": row.address,
        "prefix_length": row.prefix_length,
        "broadcast": row.broadcast,
        "used": candidate.is_used,
        "reason": candidate.reason,
    }


def candidate_line(candidate: Candidate) -> str:
    """Return an interface and its verdict as one line."""
    row = candidate.interface
    address = f"{row.address}/{row.prefix_length}" if row.address else "-"
    mark = "used" if candidate.is_used else "left out"
    return f"{row.name:16} {address:24} {mark:9} {candidate.reason}"
