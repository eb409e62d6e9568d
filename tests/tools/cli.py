"""Run `covey` as a user does: as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import covey

__all__ = ["covey_command", "covey_environment", "run_covey"]

PATIENCE = 60
"""Seconds after which a command counts as hung."""


def covey_command(*arguments: str) -> list[str]:
    """Return the command line of `covey ARGUMENTS`."""
    return [sys.executable, "-P", "-m", "covey", *arguments]


def covey_environment() -> dict[str, str]:
    """Return an environment in which that command is the covey under test."""
    return {**os.environ, "PYTHONPATH": str(Path(covey.__file__).parent.parent)}


def run_covey(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with `text` as its input."""
    return subprocess.run(
        covey_command(*arguments),
        env=covey_environment(),
        input=text,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
