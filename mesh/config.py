"""What a node is told to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from covey.values import frozen

from .medium import Medium
from .timings import Timings

if TYPE_CHECKING:
    from .discover import Discover
    from .trust import Trust

__all__ = ["NodeConfig"]


@frozen
class NodeConfig:
    """What a node is told to be."""

    uuid: UUID
    name: str
    mesh: str
    trust: Trust | None
    """None for an open mesh."""
    interfaces: tuple[str, ...]
    """Names or addresses; empty for every sensible one."""
    headers: Mapping[str, str]
    timings: Timings
    settle: float
    """Seconds for which newcomers may take to subscribe."""
    discover: Discover
    media: tuple[Medium, ...] | None
    """None for those that `discover` says."""

    @property
    def has_lasting_keys(self) -> bool:
        """Whether members show certificates, or are looked up by key, on connections alone."""
        return self.trust is not None and self.trust.has_lasting_keys
