"""`covey call`: call a service of a mesh."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import suppress

import click

from covey.errors import CallFailed, NoRoute
from covey.tools import nodes
from covey.tools.input import lines_from
from covey.tools.options import MeshOptions, json_option, mesh_options, wait_option
from covey.tools.output import data_fields, data_text, write_json, write_line
from covey.tools.signals import run_interruptible

__all__ = ["command"]

STANDARD_INPUT = "-"


@click.command(short_help="Call a service of a mesh.")
@click.argument("service")
@click.argument("data", default="")
@mesh_options
@click.option(
    "--peer", metavar="NAME", help="Call this node, by name or uuid. Default: who offers it, in turn."
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for an answer.",
)
@wait_option("How long to wait for somebody who offers the service.")
@json_option
def command(
    service: str,
    data: str,
    options: MeshOptions,
    peer: str | None,
    timeout: float,
    wait: float,
    *,
    as_json: bool,
) -> int:
    r"""Call SERVICE with DATA and print the answer.

    DATA is text; `-` makes a call of each line of standard input, and without DATA there is none. Each answer is one
    line; bytes that are no text show as \xNN. With --json, data that is no UTF-8 stands in base64 under `data_base64`.
    The status is 1 when a call was not answered; why stands on standard error.
    """
    node = nodes.open_node(options)

    async def call() -> int:
        async with node:
            with suppress(TimeoutError):
                await node.wait_for_service(service, timeout=wait)
            failures = 0
            async for one in _inputs(data):
                failures += not await answered(node, service, one, peer, timeout, as_json=as_json)
        return 1 if failures else 0

    return run_interruptible(call)


async def answered(
    node: nodes.MeshNode, service: str, data: bytes, peer: str | None, timeout: float, *, as_json: bool
) -> bool:
    """Call once, print what came of it, and return whether it was an answer."""
    try:
        answer = await node.call(service, data, peer=peer, timeout=timeout)
    except (CallFailed, NoRoute) as error:
        if as_json:
            write_json({"service": service, "error": type(error).__name__, "reason": str(error)})
        click.echo(f"covey: {error}", err=True)
        return False
    if as_json:
        write_json({"service": service, **data_fields(answer)})
    else:
        write_line(data_text(answer))
    return True


async def _inputs(data: str) -> AsyncIterator[bytes]:
    if data != STANDARD_INPUT:
        yield data.encode("utf-8", "surrogateescape")
        return
    async for line in lines_from(sys.stdin.fileno()):
        yield line
