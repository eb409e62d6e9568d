"""A summary as a table for people. Imports the renderer, so nobody else may import this."""

from __future__ import annotations

import sys

from rich import box
from rich.console import Console
from rich.table import Table

from .figures import figure_text, headline
from .summary import Row, Summary

__all__ = ["print_table", "summary_table"]

PLAIN_WIDTH = 110
"""Columns of a table that is not shown on a terminal."""


def print_table(summary: Summary) -> None:
    """Print what was measured and the table."""
    sys.stdout.write(headline(summary) + "\n")
    Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH).print(summary_table(summary))


def summary_table(summary: Summary) -> Table:
    """Return one row an implementation, and how every covey row compares to it."""
    ratios = summary.ratios()
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("implementation")
    for heading in (
        "median",
        "spread",
        *(["bytes"] if summary.in_bytes else []),
        *(f"{detail}\n{unit}" for detail, unit in summary.shown),
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
    for detail, _ in summary.shown:
        cells.append(figure_text(row.details[detail], "").strip() if detail in row.details else "")
    return cells


def _ratio_cells(ratios: dict[str, dict[str, float]], row: Row) -> list[str]:
    return [
        f"{other[row.implementation]:.2f} x" if row.implementation in other else ""
        for other in ratios.values()
    ]
