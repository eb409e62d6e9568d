"""`covey sub`: print what a mesh publishes."""

from __future__ import annotations

import click

from covey.tools import nodes
from covey.tools.options import MeshOptions, json_option, mesh_options
from covey.tools.output import write_json, write_line
from covey.tools.reports import message_fields, message_line
from covey.tools.signals import run_interruptible

__all__ = ["command"]


@click.command(short_help="Print messages that a mesh publishes.")
@click.argument("topic", default="")
@mesh_options
@click.option("--count", type=click.IntRange(min=1), help="End after so many messages. Default: never.")
@json_option
def command(topic: str, options: MeshOptions, count: int | None, *, as_json: bool) -> int:
    r"""Print every message whose topic begins with TOPIC, by default all.

    Each is one line, `topic data`; bytes that are no text show as \xNN. With --json, data that is no UTF-8
    stands in base64 under `data_base64`.
    """
    node = nodes.open_node(options)

    async def listen() -> int:
        async with node:
            await print_messages(node, topic, count, as_json=as_json)
        return 0

    return run_interruptible(listen, stopped=None if count else 0)


async def print_messages(node: nodes.MeshNode, topic: str, count: int | None, *, as_json: bool) -> None:
    """Print messages until so many came, each at once."""
    printed = 0
    async with node.subscribe(topic) as messages:
        async for message in messages:
            if as_json:
                write_json(message_fields(message))
            else:
                write_line(message_line(message))
            printed += 1
            if printed == count:
                return
