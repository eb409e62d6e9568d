"""The multicast cases of `covey bench`, one after the other, in a network made for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from covey.tools.advice import one_line
from covey.tools.bench.summary import Summary
from covey.tools.signals import run_interruptible

from .measure import Rounds, measure_scenario
from .peers import PeerFailed, interpreters
from .scenario import SCENARIOS
from .segment import Segment

__all__ = ["IMPLEMENTATIONS", "NAMES", "run_multicast"]

IMPLEMENTATIONS = ("covey", "covey-batch", "libzmq", "lcm")
NAMES = ("multicast", *(each.name for each in SCENARIOS))
"""`multicast` stands for all that follow."""
MISSING = {
    "libzmq": "no Python here has a pyzmq with OpenPGM (`apt install python3-zmq`), so libzmq is left out",
    "lcm": "LCM is not installed, so it is left out (`pip install lcm`)",
}
FAILED = 2


def run_multicast(
    names: Sequence[str],
    only: Sequence[str],
    rounds: int,
    seconds: float,
    report: Callable[[str], None],
    show: Callable[[Summary], None],
) -> int:
    """Measure the named cases and return the exit status.

    Args:
        names: of `NAMES`.
        only: implementations to measure; all that this machine has when empty.
        rounds: of each.
        seconds: of each run.
        report: told what runs now.
        show: given each summary.

    Raises:
        NoNetworks: no network can be made here.
    """
    chosen = [each for each in SCENARIOS if "multicast" in names or each.name in names]
    wanted = tuple(each for each in IMPLEMENTATIONS if not only or each in only)
    pythons = interpreters(wanted)
    for each in wanted:
        if each not in pythons:
            click.echo(f"covey: {MISSING[each]}", err=True)
    if not pythons:
        raise click.UsageError("nothing to measure")
    with Segment(1 + max(each.receivers for each in chosen)) as segment:

        async def measure() -> int:
            status = 0
            for scenario in chosen:
                try:
                    show(await measure_scenario(segment, scenario, pythons, Rounds(rounds, seconds), report))
                except PeerFailed as failure:  # the other cases are still worth their time
                    click.echo(f"covey: {one_line(failure)}", err=True)
                    status = FAILED
            return status

        return run_interruptible(measure)
