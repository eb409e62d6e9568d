"""A summary as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .summary import Row, Summary

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["figure_text", "headline", "summary_table"]

KILO, MEGA, GIGA = 1e3, 1e6, 1e9


def figure_text(value: float, unit: str) -> str:
    """Return a figure with three significant digits: `2.61 M msg/s`."""
    for factor, prefix in ((GIGA, "G "), (MEGA, "M "), (KILO, "k ")):
        if abs(value) >= factor and unit.endswith("/s"):
            return f"{_three_digits(value / factor)} {prefix}{unit}"
    return f"{_three_digits(value)} {unit}"


def _three_digits(value: float) -> str:
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{decimals}f}"


def headline(summary: Summary) -> str:
    """Return one line that says what was measured."""
    many = f", {summary.peers} sockets" if summary.peers > 1 else ""
    better = "" if summary.more_is_better else " (less is better)"
    return f"{summary.name}: {summary.title}; {summary.size} B{many}, {summary.rounds} rounds{better}"


def summary_table(summary: Summary) -> Table:
    """Return one row an implementation, and how every covey row compares to it."""
    from rich import box
    from rich.table import Table

    ratios = summary.ratios()
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("implementation")
    for heading in (
        "median",
        "spread",
        *(["bytes"] if summary.in_bytes else []),
        *(f"{us} is" for us in ratios),
    ):
        table.add_column(heading, justify="right")
    for row in summary.rows:
        table.add_row(row.implementation, *_cells(summary, row), *_ratio_cells(ratios, row))
    return table


def _cells(summary: Summary, row: Row) -> list[str]:
    cells = [figure_text(row.median, summary.unit), f"{row.spread:.0%}"]
    if summary.in_bytes:
        cells.append(figure_text(row.median * summary.size, "B/s"))
    return cells


def _ratio_cells(ratios: dict[str, dict[str, float]], row: Row) -> list[str]:
    return [
        f"{other[row.implementation]:.2f} x" if row.implementation in other else ""
        for other in ratios.values()
    ]
