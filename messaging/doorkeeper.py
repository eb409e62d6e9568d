"""Who may begin a handshake with a socket, who must give way, and what is said of those who were turned away."""

from __future__ import annotations

import asyncio
import logging

from covey.transports.authentication import without_port
from covey.transports.stream import StreamLink

from .admission import Admission
from .events import Refused
from .half_open import HalfOpen
from .monitor import Monitor
from .pipe import Pipe

__all__ = ["Doorkeeper"]

_log = logging.getLogger(__name__)
_REASON = "too many failed handshakes from this address"


class Doorkeeper:
    """Knows the connections of one socket whose handshake is not over, and what each source has cost.

    Args:
        monitor: told of refusals, at most once in ten seconds about one source; so is the log.
        guarded: whether sources are charged; where everybody is let in there is nothing to guess.
    """

    __slots__ = ("_admission", "_guarded", "_half_open", "_monitor")

    def __init__(self, monitor: Monitor, *, guarded: bool) -> None:
        self._monitor = monitor
        self._guarded = guarded
        self._admission = Admission()
        self._half_open = HalfOpen()

    @property
    def refused(self) -> int:
        """Connections that were closed at accept."""
        return self._admission.refused

    @property
    def waiting(self) -> list[Pipe]:
        """Those whose handshake is not over."""
        return list(self._half_open)

    def admits(self, endpoint: str, address: str) -> bool:
        """Whether a connection that came in from `address` may begin; says so now and then if not."""
        source, now = without_port(address), asyncio.get_running_loop().time()
        if self._admission.admits(source, now):
            return True
        told = self._admission.to_tell(source, now)
        if told is not None:
            self._monitor.emit(Refused(endpoint, address, told.count, _REASON))
            _log.warning("%s: refused %d connections from %s: %s", endpoint, told.count, source, _REASON)
        return False

    def surplus(self) -> Pipe | None:
        """Return who must give way before one more handshake begins."""
        return self._half_open.surplus()

    def begin(self, pipe: Pipe, link: StreamLink) -> None:
        """A handshake begins."""
        self._half_open.add(pipe, link, None if pipe.connecting else without_port(pipe.address))

    def end(self, pipe: Pipe) -> StreamLink | None:
        """A handshake is over, or given up by us; return its link if it was going on."""
        return self._half_open.pop(pipe)

    def succeeded(self, pipe: Pipe) -> None:
        """Let a connection in."""
        if self.end(pipe) is not None and not pipe.connecting:
            self._admission.succeeded(without_port(pipe.address))

    def failed(self, pipe: Pipe) -> None:
        """Charge the source of a connection that came in and ended before its handshake was over."""
        if self._guarded and not pipe.connecting:
            now = asyncio.get_running_loop().time()
            self._admission.failed(without_port(pipe.address), now)
