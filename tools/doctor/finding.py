"""What a check found."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from covey.values import frozen

__all__ = ["Finding", "Verdict", "worst"]


class Verdict(enum.IntEnum):
    """How bad it is."""

    OK = 0
    NOTE = 1
    """Worth knowing; nothing to mend."""
    WARNING = 2
    """Works now, or works partly."""
    FAULT = 3
    """Discovery or messages cannot work so."""


@frozen
class Finding:
    """One check's result."""

    check: str
    """Stable name, for programs."""
    verdict: Verdict
    text: str
    remedy: str = ""
    """What helps; empty when there is nothing to mend."""


def worst(findings: Iterable[Finding]) -> Verdict:
    """Return the worst verdict among them."""
    return max((finding.verdict for finding in findings), default=Verdict.OK)
