"""`covey bench`: measure covey beside pyzmq on this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from covey.tools.advice import one_line
from covey.tools.bench.cases import CASES, LINE_UPS, ON_REQUEST, Case, load_case
from covey.tools.bench.multicast.run import IMPLEMENTATIONS as MULTICAST_IMPLEMENTATIONS
from covey.tools.bench.multicast.run import NAMES as MULTICAST
from covey.tools.bench.multicast.run import run_multicast
from covey.tools.bench.plan import Plan
from covey.tools.bench.runner import BenchFailed, available, has_pyzmq, run_case
from covey.tools.bench.spec import IMPLEMENTATIONS, PYZMQ
from covey.tools.bench.summary import Summary
from covey.tools.options import json_option
from covey.tools.output import write_json
from covey.tools.signals import run_interruptible

__all__ = ["command"]

FAILED = 2
"""Exit status when a case gave no figures."""
INTERRUPTED = 128
"""Exit statuses from here on are a signal's."""


@click.command(short_help="Measure covey beside pyzmq.")
@click.argument("cases", nargs=-1, type=click.Choice([*CASES, *MULTICAST]), metavar="[CASE]...")
@click.option("--size", type=click.IntRange(min=0), metavar="BYTES", help="Payload. Default: the case's own.")
@click.option(
    "--seconds", type=click.FloatRange(min=0.01), default=1.0, show_default=True, help="Of each run."
)
@click.option("--count", type=click.IntRange(min=1), help="Messages of each run, instead of seconds.")
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True, help="Runs of each.")
@click.option(
    "--mixed", is_flag=True, help="Payloads from half to one and a half times the size (streams only)."
)
@click.option(
    "--peers",
    type=click.IntRange(min=1),
    help="How many sockets, subscriptions or connections, where there are many.",
)
@click.option("--batch", is_flag=True, help="Also covey by send_many and recv_many, where that differs.")
@click.option(
    "--only",
    type=click.Choice([*IMPLEMENTATIONS, *MULTICAST_IMPLEMENTATIONS[2:], *LINE_UPS]),
    multiple=True,
    help="Measure only this one; repeatable.",
)
@click.option(
    "--profile",
    type=click.Path(exists=True, file_okay=False, writable=True),
    metavar="FOLDER",
    help="Write what each worker spent its time on there (for pstats); the figures suffer.",
)
@click.option("--svg", type=click.Path(dir_okay=False, writable=True), help="Write a plot to this file.")
@json_option
def command(cases: tuple[str, ...], svg: str | None, *, as_json: bool, **settings: Any) -> int:
    """Measure covey beside blocking pyzmq and zmq.asyncio, alternating, several rounds.

    CASE is one or more of push-pull, pub-sub, req-rep, dealer-router, fan-out, fan-in, subscriptions,
    connections, inproc, curve, secure, tipc and multicast; without one, all but the last three are measured. Each
    run has processes of its own; a warm-up goes before what is counted. The last columns say how many times the
    other's figure covey's is.

    secure holds NOISE against covey in the clear and against pyzmq's CURVE, and sealed multicast against clear
    (secure-multicast, which can be named alone).

    multicast is many cases, which can be named singly too (multicast-32 ... multicast-many): beside libzmq over
    OpenPGM and LCM, where this machine has them, between hosts in a network made for it (root or user namespaces).
    """
    group = [name for name in cases if name in MULTICAST]
    if group:
        _refuse_for_multicast(settings)
    ordinary = [name for name in cases or CASES if name in CASES and (cases or name not in ON_REQUEST)]
    plans = _plans(ordinary, settings)

    summaries: list[Summary] = []
    show = _shower(as_json=as_json)

    async def measure() -> int:
        status = 0
        for plan in plans:
            try:
                summaries.append(await run_case(plan, _progress))
                _progress("")
            except BenchFailed as failure:  # the other cases are still worth their time
                click.echo(f"covey: {one_line(failure)}", err=True)
                status = FAILED
            else:
                show(summaries[-1])
        return status

    def keep(summary: Summary) -> None:
        summaries.append(summary)
        _progress("")
        show(summary)

    if svg:
        Path(svg).touch()  # better refused now than after minutes
    status = run_interruptible(measure)
    if group and status < INTERRUPTED:
        rounds, only = (settings["rounds"], settings["seconds"]), settings["only"]
        status = max(status, run_multicast(group, only, *rounds, _progress, keep))
    if svg and summaries:
        from covey.tools.bench.plot import render_svg

        Path(svg).write_text(render_svg(summaries), encoding="utf-8")
    return status


def _refuse_for_multicast(settings: dict[str, Any]) -> None:
    """Say which options the multicast cases, whose sizes and numbers are fixed, cannot have."""
    for option in ("size", "count", "peers", "mixed", "profile"):
        if settings[option]:
            raise click.UsageError(f"--{option} is not for the multicast cases")


def _plans(names: list[str], settings: dict[str, Any]) -> list[Plan]:
    """Return what to measure, case by case and size by size, and say so where pyzmq is missed."""
    if names and PYZMQ & set(settings["only"] or PYZMQ) and not has_pyzmq():
        click.echo("covey: pyzmq is not installed, so covey runs alone (`pip install pyzmq`)", err=True)
    plans: list[Plan] = []
    for name in _with_parts(names, settings):
        case = load_case(name)
        sizes = case.sizes or (case.size,) if settings["size"] is None else (settings["size"],)
        chosen = _chosen(name, case, settings)
        plans += [_plan(name, case, chosen, size, settings) for size in sizes]
    return plans


def _with_parts(names: list[str], settings: dict[str, Any]) -> list[str]:
    """Return the cases with what belongs to them: `secure` is about multicast too, where that is wanted."""
    parts = list(names)
    if "secure" in parts and "secure-multicast" not in parts and not settings["only"]:
        parts.insert(parts.index("secure") + 1, "secure-multicast")
    return parts


def _plan(name: str, case: Case, chosen: tuple[str, ...], size: int, settings: dict[str, Any]) -> Plan:
    """Fill what the caller left open with the case's own values."""
    return Plan(
        name,
        case,
        chosen,
        settings["rounds"],
        settings["seconds"],
        settings["count"] or 0,
        size,
        settings["peers"] or case.peers,
        mixed=settings["mixed"] and case.is_stream,
        profiles=settings["profile"] or "",
    )


def _chosen(name: str, case: Case, settings: dict[str, Any]) -> tuple[str, ...]:
    """Return what the case measures, as far as the caller wants it and it can run here.

    Raises:
        UsageError: nothing is left.
    """
    known = case.line_up or IMPLEMENTATIONS
    wanted = settings["only"] or tuple(each for each in known if each != "covey-batch")
    if settings["batch"]:
        wanted = (*wanted, "covey-batch")
    wanted = tuple(each for each in wanted if each in known and (case.is_stream or each != "covey-batch"))
    if not wanted:
        raise click.UsageError(f"{name} measures {', '.join(known)}")
    chosen = available(wanted, known)
    if not chosen:
        raise click.UsageError("nothing to measure without pyzmq")
    return chosen


def _progress(text: str) -> None:
    """Say what runs now, on a terminal only, in place."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text}", nl=False, err=True)


def _shower(*, as_json: bool) -> Callable[[Summary], None]:
    """Return what prints a summary; only the table needs the renderer."""
    if as_json:
        return lambda summary: write_json(summary.to_dict())
    from covey.tools.bench.table import print_table

    return print_table
