"""What one case of the bench is to measure."""

from __future__ import annotations

from dataclasses import dataclass

from .cases import Case
from .spec import WorkerSpec

__all__ = ["Plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure, how often."""

    name: str
    case: Case
    implementations: tuple[str, ...]
    rounds: int
    seconds: float
    count: int
    size: int
    peers: int
    mixed: bool = False
    """Whether payloads are of different sizes."""
    profiles: str = ""
    """Folder for profiles, one a worker; empty for none."""

    def spec(self, implementation: str) -> WorkerSpec:
        """Return what home is told."""
        return WorkerSpec(
            self.name,
            "home",
            implementation,
            self.size,
            self.seconds,
            count=self.count,
            mixed=self.mixed,
            peers=self.peers,
            profile=self.profiles,
        )
