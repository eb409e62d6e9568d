"""Figures and headlines as text."""

from __future__ import annotations

from .summary import Summary

__all__ = ["figure_text", "headline"]

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
    many = f", {summary.peers} {summary.peers_are}" if summary.peers > 1 else ""
    better = "" if summary.more_is_better else " (less is better)"
    size = f"{summary.size} B on average" if summary.mixed else f"{summary.size} B"
    return f"{summary.name}: {summary.title}; {size}{many}, {summary.rounds} rounds{better}"
