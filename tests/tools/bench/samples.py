"""Summaries to show."""

from __future__ import annotations

from covey.tools.bench.summary import Row, Summary

__all__ = ["summary"]


def summary(**figures: tuple[float, ...]) -> Summary:
    """Return a summary of push-pull with these figures."""
    rows = tuple(Row(name, each, {}) for name, each in figures.items())
    rounds = len(rows[0].figures)
    return Summary(
        "push-pull", "PUSH to PULL <fast>", "msg/s", True, True, 32, False, 1, "sockets", rounds, rows
    )
