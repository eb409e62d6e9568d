"""Times as people write them: 90d, 12h, 30m."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

__all__ = ["Duration"]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "y": 31_557_600}


if TYPE_CHECKING:
    _IntType = click.ParamType[int]
else:  # generic for type checkers, and in newer releases, only
    _IntType = click.ParamType


class Duration(_IntType):
    """A whole number and a unit, in seconds; 0 is none."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the seconds."""
        if isinstance(value, int):
            return value
        number, unit = str(value)[:-1], str(value)[-1:]
        if unit not in _UNITS or not (number.isascii() and number.isdigit()) or int(number) == 0:
            self.fail(f"{value!r} is no time like 90d, 12h or 30m", param, ctx)
        if len(number) > 9:
            self.fail(f"{value!r} is too long", param, ctx)
        return int(number) * _UNITS[unit]
