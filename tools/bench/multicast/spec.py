"""What one program of a multicast measurement is told, as it travels to its standard input."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

__all__ = ["GROUP", "PORT", "PeerSpec"]

GROUP = "239.192.7.9"
PORT = 7709


@dataclass(frozen=True, slots=True)
class PeerSpec:
    """One program's part. Imported by other Pythons than ours: standard library only."""

    implementation: str
    address: str
    """Of the host that it runs on."""
    size: int
    """Octets of a message, at least 16."""
    seconds: float
    """How long to measure after the warm-up."""
    rate: float = 0.0
    """Octets a second to send; 0.0 for as fast as it goes."""
    loses: bool = False
    """Whether the network loses packets: libzmq wants a longer memory then."""
    tick: float = 0.001
    """Seconds between two bursts of a paced sender."""
    parity: int = 0
    """Packets of a parity group; 0 for none (covey only)."""

    def to_json(self) -> str:
        """Return the spec as one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> PeerSpec:
        """Read what `to_json` wrote."""
        return cls(**json.loads(text))
