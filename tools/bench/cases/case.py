"""What a case declares, and how its workers talk to whoever started them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from covey.tools.bench.spec import WorkerSpec

__all__ = ["LOOPBACK", "Case", "Part", "Talk"]

LOOPBACK = "tcp://127.0.0.1:*"


class Talk:
    """A worker's words to its runner: one JSON object a line."""

    def met(self, **meeting: str) -> None:
        """Tell where this end can be met; the other worker starts then."""
        self._say({"meeting": meeting})

    def result(self, value: float, **details: float) -> None:
        """Give the figure, in the case's unit; the run is over then."""
        self._say({"result": value, "details": details})

    def _say(self, words: dict[str, object]) -> None:
        sys.stdout.write(json.dumps(words) + "\n")
        sys.stdout.flush()


AsyncRole = Callable[[Any, WorkerSpec, Talk], Coroutine[Any, Any, None]]
BlockingRole = Callable[[Any, WorkerSpec, Talk], None]


@dataclass(frozen=True, slots=True)
class Part:
    """What one process does, for implementations of either kind."""

    asynchronous: AsyncRole
    blocking: BlockingRole | None = None
    """None where no blocking implementation is in the case's line-up."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing to measure."""

    title: str
    """What is done, for people."""
    unit: str
    home: Part
    """Binds; starts first."""
    away: Part | None = None
    """Connects; None when one process does all."""
    more_is_better: bool = True
    size: int = 32
    """Payload unless the caller says otherwise, octets."""
    peers: int = 1
    """How many there are of what the case has many of, unless the caller says otherwise."""
    peers_are: str = "sockets"
    """What the case has many of."""
    is_stream: bool = False
    """Whether messages flow one way by `flow`: batch calls and sizes that differ are possible then."""
    in_bytes: bool = False
    """Whether a rate in bytes tells something."""
    sizes: tuple[int, ...] = ()
    """Payloads to measure one after the other, in place of `size`, octets."""
    line_up: tuple[str, ...] = ()
    """What is measured in place of the usual implementations; the first is held against the others."""
