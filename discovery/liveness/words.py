"""What goes into the judge and comes out of it."""

from __future__ import annotations

import enum
from uuid import UUID

from covey.values import frozen

__all__ = ["AskOthers", "Evidence", "Probe", "Request", "State", "StateChange"]


class State(enum.Enum):
    """How a node stands."""

    ALIVE = "alive"
    EVASIVE = "evasive"
    """Silent for longer than its rhythm explains, or its connection broke; being looked into."""
    GONE = "gone"
    """Not there any more; it is not watched any longer."""


class Evidence(enum.Enum):
    """What probing brought to light."""

    LINK_LOST = "link lost"
    """Its connection broke, or was closed by it."""
    REFUSED = "refused"
    """Its machine says that nobody listens there: the process is dead."""
    ACCEPTS = "accepts"
    """Its machine accepts connections for it: the process is stopped or busy, not dead."""
    GREETS = "greets"
    """It speaks at its endpoint: the process is well, and what it announces is lost on the way."""
    SILENT = "silent"
    """Nothing came back at all: the machine or the way to it is gone."""
    VOUCHED = "vouched"
    """Another member heard it lately: the way from here is bad, or it hears badly."""


@frozen
class Probe:
    """Try to connect to the node, and report REFUSED, ACCEPTS or SILENT."""

    uuid: UUID


@frozen
class AskOthers:
    """Ask some members whether they hear the node, and report VOUCHED if one does."""

    uuid: UUID


@frozen
class StateChange:
    """A node changed its state."""

    uuid: UUID
    state: State
    why: str
    """For people: `silent for 1.7 s`."""


Request = Probe | AskOthers | StateChange
