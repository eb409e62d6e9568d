"""What one worker is told to do, as it travels to the worker's standard input."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

__all__ = ["BLOCKING", "IMPLEMENTATIONS", "PYZMQ", "WorkerSpec"]

IMPLEMENTATIONS = ("covey", "covey-batch", "zmq.asyncio", "pyzmq")
"""`covey-batch` is covey by `send_many` and `recv_many`; `pyzmq` is the blocking binding."""
PYZMQ = frozenset({"zmq.asyncio", "pyzmq", "pyzmq-curve"})
"""Those that need pyzmq installed."""
BLOCKING = frozenset({"pyzmq", "pyzmq-curve"})
"""Those whose calls block the thread."""


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """One worker's part in one measurement."""

    case: str
    role: str
    """`home` binds and starts first; `away` is told where home is."""
    implementation: str
    size: int
    """Payload, octets."""
    seconds: float
    """How long to measure after the warm-up; unused when `count` is set."""
    count: int = 0
    """How many messages to measure; 0 to measure for `seconds`."""
    mixed: bool = False
    """Whether payloads are of different sizes, `size` on average."""
    peers: int = 1
    """How many there are of what the case has many of."""
    meeting: dict[str, str] = field(default_factory=dict)
    """What home said for away: endpoints, public keys."""

    profile: str = ""
    """Where to write what this worker spent its time on; empty for nowhere."""

    def to_json(self) -> str:
        """Return the spec as one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> WorkerSpec:
        """Read what `to_json` wrote."""
        return cls(**json.loads(text))
