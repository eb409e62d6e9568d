"""`covey simulate`: what a segment of many nodes does, without a network."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

import click

from covey.tools.options import json_option
from covey.tools.output import write_json, write_line

if TYPE_CHECKING:
    from covey.tools.simulate.ledger import Outcome

__all__ = ["command", "outcome_fields", "outcome_line"]

_MOST = 20_000
_HEADING = (
    " nodes   99 % of all  everybody   peak/s  steady/s   KiB/s   answers a node   a death is noticed    healed"
    "  suspected  false  wrong"
)


@click.command(short_help="Simulate a segment of up to thousands of nodes.")
@click.argument("nodes", type=click.IntRange(2, _MOST), nargs=-1)
@click.option(
    "--busy",
    type=click.FloatRange(90, 86_400),
    default=180.0,
    show_default=True,
    metavar="SECONDS",
    help="Nodes come and go for so long.",
)
@click.option("--loss", type=click.FloatRange(0, 90), default=0.0, metavar="PERCENT", help="Of datagrams.")
@click.option(
    "--churn",
    type=click.FloatRange(0, 100),
    default=10.0,
    show_default=True,
    metavar="PERCENT",
    help="Of the nodes are killed, leave or stand still each minute, and are replaced.",
)
@click.option(
    "--cut",
    type=click.FloatRange(0, 60),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="The segment falls into two halves for so long.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another one, other accidents.")
@json_option
def command(
    nodes: tuple[int, ...],
    busy: float,
    loss: float,
    churn: float,
    cut: float,
    seed: int,
    *,
    as_json: bool,
) -> None:
    """Run the beacon, directory and liveness engines of NODES nodes on a simulated segment; several in turn.

    All start at once; after a minute nodes are killed, leave, stand still and come; in the middle the segment
    is cut. Nothing is sent, and the same seed gives the same figures. Default: 10, 100 and 1000 nodes.
    """
    from covey.tools.simulate.scenario import Scenario
    from covey.tools.simulate.simulation import simulate

    if not as_json:
        write_line(_HEADING)
    for count in nodes or (10, 100, 1000):
        scenario = Scenario(count, busy, loss=loss / 100, churn=churn / 100, partition=cut, seed=seed)
        outcome = simulate(scenario)
        if as_json:
            write_json(outcome_fields(outcome))
        else:
            write_line(outcome_line(outcome))


def outcome_fields(outcome: Outcome) -> dict[str, object]:
    """Return an outcome as JSON can hold it: null for a time that never came."""
    values = {name: getattr(outcome, name) for name in outcome.__match_args__}
    return {
        name: (round(value, 3) if isfinite(value) else None) if isinstance(value, float) else value
        for name, value in values.items()
    }


def outcome_line(outcome: Outcome) -> str:
    """Return an outcome as a row of the table."""
    noticed = f"{_seconds(outcome.detected_median)} ({_seconds(outcome.detected_worst)})"
    return (
        f"{outcome.nodes:6} {_seconds(outcome.known_99):>13} {_seconds(outcome.known_all):>10}"
        f" {outcome.beacons_peak:8} {outcome.beacons_steady:9.1f} {outcome.octets_steady / 1024:7.2f}"
        f" {outcome.answers_start:7.0f} {outcome.answers_busy:6.2f}/s"
        f" {noticed:>20} {_seconds(outcome.healed):>9}"
        f" {outcome.suspicions:10} {outcome.false_verdicts:6} {outcome.missing + outcome.ghosts:6}"
    )


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if isfinite(value) else "never"
