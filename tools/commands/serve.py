"""`covey serve`: offer a service that a program answers."""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import PIPE

import click

from covey.errors import ServiceError
from covey.mesh.services.call import Call, Handler
from covey.tools import nodes
from covey.tools.advice import printable
from covey.tools.children import end
from covey.tools.options import MeshOptions, json_option, mesh_options
from covey.tools.output import data_fields, data_text, write_json, write_line
from covey.tools.signals import run_interruptible

__all__ = ["command"]


@click.command(short_help="Offer a service that a program answers.")
@click.argument("service")
@click.argument("program", nargs=-1, required=True, metavar="-- COMMAND...")
@mesh_options
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=16,
    show_default=True,
    help="Calls that are answered at once; 1000 more wait.",
)
@json_option
def command(
    service: str, program: tuple[str, ...], options: MeshOptions, limit: int, *, as_json: bool
) -> int:
    """Offer SERVICE to a mesh, and run COMMAND for each call until SIGINT (Ctrl-C) or SIGTERM.

    COMMAND stands behind `--`. It is given the data of the call on standard input, and who calls in the
    environment as COVEY_CALLER (its name, as it says) and COVEY_CALLER_UUID; what it prints is the answer, without a
    last line end. Another status than 0 means that it failed, which the caller is told. It is killed when the caller
    waits no more.
    """
    if shutil.which(program[0]) is None:
        raise click.UsageError(f"{program[0]}: no such program; COMMAND is what answers a call")
    node = nodes.open_node(options)

    async def stay() -> int:
        async with node, node.serve(service, answering(program, as_json=as_json), limit=limit):
            if as_json:
                write_json({"event": "serving", "service": service, "name": node.name, "mesh": node.mesh})
            else:
                write_line(
                    f"{printable(node.name)} serves {printable(service)} in mesh {printable(node.mesh)}"
                )
            await asyncio.Event().wait()
        return 0

    return run_interruptible(stay, stopped=0)


def answering(program: tuple[str, ...], *, as_json: bool) -> Handler:
    """Return a handler that runs a program, and tells of each call."""

    async def handle(call: Call) -> bytes:
        try:
            answer = await run(program, call)
        except ServiceError as error:
            _tell(call, {"error": error.reason}, f"failed: {error.reason}", as_json=as_json)
            raise
        _tell(call, data_fields(answer, "answer"), data_text(answer), as_json=as_json)
        return answer

    return handle


async def run(program: tuple[str, ...], call: Call) -> bytes:
    """Run a program on the data of a call and return what it printed.

    Cancel: it is killed.

    Raises:
        ServiceError: it failed, or could not be started.
    """
    caller = {"COVEY_CALLER": call.peer.name.replace("\0", ""), "COVEY_CALLER_UUID": str(call.peer.uuid)}
    try:
        process = await asyncio.create_subprocess_exec(
            *program, stdin=PIPE, stdout=PIPE, env={**os.environ, **caller}, start_new_session=True
        )
    except OSError as error:
        raise ServiceError(f"its program cannot be started: {error.strerror}") from error
    try:
        printed, _ = await process.communicate(call.data)
    finally:
        await end(process)
    if process.returncode:
        raise ServiceError(f"its program ended with status {process.returncode}")
    return printed.removesuffix(b"\n")


def _tell(call: Call, fields: dict[str, str], text: str, *, as_json: bool) -> None:
    if as_json:
        who = {"caller": call.peer.name, "uuid": str(call.peer.uuid)}
        write_json({"event": "call", "service": call.service, **who, **data_fields(call.data), **fields})
    else:
        write_line(f"{printable(call.peer.name)} {data_text(call.data)} -> {text}")
