"""Medians, spread and ratios of the rounds of one case."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .plan import Plan

__all__ = ["Row", "Summary", "summarise"]


@dataclass(frozen=True, slots=True)
class Row:
    """What one implementation reached."""

    implementation: str
    figures: tuple[float, ...]
    """One a round, in the order of rounds, in the case's unit."""
    details: dict[str, float]
    """Further figures of the last round."""

    @property
    def median(self) -> float:
        """The middle figure."""
        return statistics.median(self.figures)

    @property
    def spread(self) -> float:
        """How far the best and the worst round lie apart, as a share of the median."""
        return (max(self.figures) - min(self.figures)) / self.median if self.median else 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """One case, measured."""

    name: str
    title: str
    unit: str
    more_is_better: bool
    in_bytes: bool
    size: int
    """Payload, octets; the average when sizes are mixed."""
    mixed: bool
    peers: int
    peers_are: str
    rounds: int
    rows: tuple[Row, ...]
    subject: str = ""
    """The row that is held against the others; empty for all of covey's."""
    shown: tuple[tuple[str, str], ...] = ()
    """Which details stand in the table, and their units."""

    def ratios(self) -> dict[str, dict[str, float]]:
        """Return each of our medians divided by each other's median: `{"covey": {"pyzmq": 2.0}}`."""
        ours = [row for row in self.rows if self._is_ours(row)]
        others = [row for row in self.rows if row not in ours and row.median]
        return {
            our.implementation: {other.implementation: our.median / other.median for other in others}
            for our in ours
        }

    def _is_ours(self, row: Row) -> bool:
        return row.implementation == self.subject if self.subject else row.implementation.startswith("covey")

    def to_dict(self) -> dict[str, object]:
        """Return everything as JSON can hold it."""
        results = {
            row.implementation: {
                "median": row.median,
                "minimum": min(row.figures),
                "maximum": max(row.figures),
                "spread": row.spread,
                "rounds": list(row.figures),
                **({"details": row.details} if row.details else {}),
            }
            for row in self.rows
        }
        return {
            "case": self.name,
            "title": self.title,
            "unit": self.unit,
            "better": "more" if self.more_is_better else "less",
            "size": self.size,
            "mixed": self.mixed,
            "peers": self.peers,
            "rounds": self.rounds,
            "results": results,
            "ratios": self.ratios(),
        }


def summarise(plan: Plan, figures: dict[str, list[float]], details: dict[str, dict[str, float]]) -> Summary:
    """Gather what the rounds of a plan gave."""
    rows = tuple(Row(each, tuple(figures[each]), details[each]) for each in plan.implementations)
    case = plan.case
    return Summary(
        plan.name,
        case.title,
        case.unit,
        case.more_is_better,
        case.in_bytes,
        plan.size,
        plan.mixed,
        plan.peers,
        case.peers_are,
        plan.rounds,
        rows,
        case.line_up[0] if case.line_up else "",
    )
