"""Summaries as an SVG: one panel a case, one bar an implementation, a whisker from worst to best round."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from .figures import figure_text, headline
from .summary import Row, Summary

__all__ = ["render_svg"]

WIDTH = 860
BAR_LEFT = 130
BAR_WIDTH = 520
BAR_HEIGHT = 18
ROW_HEIGHT = 26
TITLE_HEIGHT = 40
MARGIN = 20
COLOURS = {"covey": "#2f6f4f", "covey-batch": "#6fae8c", "zmq.asyncio": "#b0703c", "pyzmq": "#7a86a8"}
OTHER_COLOUR = "#999999"


def render_svg(summaries: Sequence[Summary]) -> str:
    """Return a complete SVG document."""
    parts, top = [], MARGIN
    for summary in summaries:
        parts += _panel(summary, top)
        top += TITLE_HEIGHT + ROW_HEIGHT * len(summary.rows) + MARGIN
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}" '
        f'viewBox="0 0 {WIDTH} {top}" font-family="sans-serif" font-size="13">'
    )
    ground = f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>'
    return "\n".join([opening, ground, *parts, "</svg>", ""])


def _panel(summary: Summary, top: int) -> list[str]:
    """Return the elements of one case, the first line at `top`."""
    largest = max(max(row.figures) for row in summary.rows) or 1.0
    title = _text(MARGIN, top + 16, headline(summary), weight="bold")
    rows = [
        element
        for index, row in enumerate(summary.rows)
        for element in _bar(summary, row, top + TITLE_HEIGHT + index * ROW_HEIGHT, BAR_WIDTH / largest)
    ]
    return [title, *rows]


def _bar(summary: Summary, row: Row, top: int, scale: float) -> list[str]:
    """Return name, bar, whisker and figure of one implementation; `scale` is pixels per unit."""
    colour = COLOURS.get(row.implementation, OTHER_COLOUR)
    middle, length = top + BAR_HEIGHT / 2, row.median * scale
    low, high = (BAR_LEFT + edge(row.figures) * scale for edge in (min, max))
    return [
        _text(BAR_LEFT - 8, top + 13, row.implementation, anchor="end"),
        f'<rect x="{BAR_LEFT}" y="{top}" width="{length:.1f}" height="{BAR_HEIGHT}" fill="{colour}"/>',
        f'<path d="M{low:.1f} {middle}H{high:.1f}" stroke="#222222" stroke-width="2"/>',
        _text(max(BAR_LEFT + length, high) + 8, top + 13, figure_text(row.median, summary.unit)),
    ]


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" fill="#222222">'
        f"{escape(text)}</text>"
    )
