"""`covey demo`: see a secret mesh form and carry messages, on this host alone."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from covey.tools.demo.crew import Crew, DemoPlan
from covey.tools.demo.standing import Standing, Summary
from covey.tools.demo.view import LineView, summary_lines
from covey.tools.options import json_option
from covey.tools.output import on_terminal, write_json, write_line
from covey.tools.signals import run_interruptible

__all__ = ["command"]

LOOPBACK = ("lo",)


@click.command(short_help="Let several processes form a secret mesh and count what arrives.")
@click.option("--nodes", type=click.IntRange(min=2, max=100), default=5, show_default=True, help="Processes.")
@click.option(
    "--seconds", type=click.FloatRange(min=0.1), default=10.0, show_default=True, help="Of publishing."
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0.1, max=5000),
    default=50.0,
    show_default=True,
    help="Readings a second of each node.",
)
@click.option(
    "--interface",
    "interfaces",
    metavar="NAME",
    multiple=True,
    help="Network interface, by name or address; repeatable. Default: loopback.",
)
@click.option("--name", default="node", show_default=True, help="The nodes are called by this and a number.")
@click.option("--mesh", help="The mesh's name. Default: one of its own.")
@click.option("--secret-file", metavar="FILE", help="The mesh's secret. Default: a new one, gone afterwards.")
@json_option
def command(
    interfaces: tuple[str, ...],
    mesh: str | None,
    secret_file: str | None,
    *,
    as_json: bool,
    **plan_settings: Any,
) -> int:
    """Let several processes form a secret mesh on loopback and publish readings to one another.

    Every message is numbered and accounted for. The status is 0 only if each node received everything that
    the others sent, once and in order.
    """
    interfaces = interfaces or LOOPBACK
    check_interfaces(interfaces)
    with secret_at(secret_file) as path:
        mesh = mesh or f"demo-{os.getpid()}"
        plan = DemoPlan(mesh=mesh, secret_file=path, interfaces=interfaces, **plan_settings)
        summaries: list[Summary] = []

        with view_of(as_json=as_json) as view:

            async def lead() -> int:
                summaries.append(await Crew(plan, view).run())
                return 0 if summaries[0].is_success else 1

            status = run_interruptible(lead)
    for summary in summaries:
        report(summary, as_json=as_json)
    return status


def check_interfaces(pins: tuple[str, ...]) -> None:
    """Refuse a wrong interface before any process is started."""
    from covey.discovery.interfaces import usable_interfaces

    usable_interfaces(pins)


@contextmanager
def secret_at(given: str | None) -> Iterator[str]:
    """Have a secret in a file: the given one, or a new one in a folder of ours that goes away again."""
    from covey.security.secret import Secret

    if given is not None:
        Secret.load(given)
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="covey-demo-") as folder:
        path = os.path.join(folder, "secret")
        Secret.generate().save(path)
        yield path


@contextmanager
def view_of(*, as_json: bool) -> Iterator[Callable[[Standing], None]]:
    """Give the view of the demo at work that suits the output."""
    if as_json:
        yield lambda _standing: None
    elif on_terminal():
        from covey.tools.demo.table import live_view

        with live_view() as view:
            yield view
    else:
        yield LineView().show


def report(summary: Summary, *, as_json: bool) -> None:
    """Print how it ended."""
    if as_json:
        write_json({**dataclasses.asdict(summary), "success": summary.is_success})
        return
    for line in summary_lines(summary):
        write_line(line)
