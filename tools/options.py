"""The options that verbs share, each declared once."""

from __future__ import annotations

import functools
import os
import socket
from collections.abc import Callable
from typing import Any

import click

from covey.tools.ways import Ways, ways_options
from covey.values import frozen

__all__ = ["MeshOptions", "json_option", "mesh_options", "wait_option"]

DEFAULT_MESH = "covey"
Command = Callable[..., Any]


@frozen
class MeshOptions:
    """Which mesh to enter, as whom, and where."""

    name: str
    """This node's name, as peers see it."""
    mesh: str
    secret_file: str | None
    """None for an open mesh."""
    interfaces: tuple[str, ...]
    """Names or addresses; empty for every usable one."""
    ways: Ways = Ways()
    """How to find others, and be found."""


def default_name() -> str:
    """Return a name that tells two nodes of one host apart."""
    return f"{socket.gethostname()}-{os.getpid()}"


def mesh_options(command: Command) -> Command:
    """Add the options of a mesh's node; the command takes them as one `MeshOptions`."""

    @click.option(
        "--mesh", default=DEFAULT_MESH, show_default=True, envvar="COVEY_MESH", help="The mesh's name."
    )
    @click.option(
        "--secret-file",
        metavar="FILE",
        envvar="COVEY_SECRET_FILE",
        help="The mesh's secret (see `covey secret new`); without it the mesh is open.",
    )
    @click.option(
        "--interface",
        "interfaces",
        metavar="NAME",
        multiple=True,
        envvar="COVEY_INTERFACE",
        help="Network interface, by name or address; repeatable. Default: every usable one.",
    )
    @click.option("--name", metavar="NAME", help="This node's name. Default: host name and process id.")
    @ways_options
    @functools.wraps(command)
    def with_mesh_options(
        *args: Any,
        mesh: str,
        secret_file: str | None,
        interfaces: tuple[str, ...],
        name: str | None,
        ways: Ways,
        **kwargs: Any,
    ) -> Any:
        options = MeshOptions(name or default_name(), mesh, secret_file, interfaces, ways)
        return command(*args, options=options, **kwargs)

    return with_mesh_options


def json_option(command: Command) -> Command:
    """Add --json, given to the command as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")(command)


def wait_option(help_text: str) -> Callable[[Command], Command]:
    """Return a decorator that adds --wait SECONDS, 2 by default."""
    return click.option(
        "--wait",
        type=click.FloatRange(min=0),
        default=2.0,
        show_default=True,
        metavar="SECONDS",
        help=help_text,
    )
