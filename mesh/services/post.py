"""What both halves of services need of the node."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from .wire import Said, encode

if TYPE_CHECKING:
    from ..engine import Engine

__all__ = ["Post"]


class Post:
    """Carries what is said about services to peers.

    Args:
        engine: the node at work.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._loop = asyncio.get_running_loop()
        self._is_due = False

    async def wait_room(self, uuid: UUID) -> None:
        """Connect to a peer if that was not done yet, and wait until it keeps up, or is gone."""
        await self.engine.reach(uuid).switchboard.wait_room(uuid)

    def tell(self, uuid: UUID, said: Said) -> bool:
        """Whisper to a peer; False when it is not there."""
        return self.whisper(uuid, encode(said))

    def whisper(self, uuid: UUID, frames: Sequence[bytes]) -> bool:
        """Whisper frames to a peer; False when it is not there."""
        if not self.engine.reach(uuid).core.whisper(uuid, frames):
            return False
        if not self._is_due:
            # Not at once: we may be among what the core just reported.
            self._is_due = True
            self._loop.call_soon(self._transmit)
        return True

    def _transmit(self) -> None:
        self._is_due = False
        self.engine.connections.transmit()
