"""A sealed multicast group of a node: who is in it, and the keys, which travel as whispers."""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import TYPE_CHECKING, Self
from uuid import UUID

from covey.errors import CoveyError, NoRoute, OptionError
from covey.security.group.hand_over import group_of
from covey.security.sealed_group import HandOver, SealedGroup

from .events import Event, Exited, Joined, Left, Whisper

if TYPE_CHECKING:
    from .event_stream import EventHub
    from .node import Node

__all__ = ["NodeGroup"]

_PREFIX = "sealed/"
_FIRST_KEYS = 2.0
"""Seconds that entering waits at most for the keys of those who are there."""


class NodeGroup:
    """Membership of one node in one sealed group, from `async with` on.

    Attributes:
        keys: what `Radio` and `Dish` take as `security=`.
        refused: hand-overs that could not be read.
    """

    def __init__(self, node: Node, hub: EventHub, name: str, *, sign: bool, is_open: bool) -> None:
        if is_open:
            raise OptionError("secret", "is needed for a sealed group: keys are handed over inside the mesh")
        self.keys = SealedGroup(name, sign=sign)
        self.refused = 0
        self._node = node
        self._hub = hub
        self._group = _PREFIX + name
        self._octets = name.encode()
        self._due = asyncio.Event()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._told: list[HandOver] = []

    async def __aenter__(self) -> Self:
        """Join, and get the keys of those who are there before anything is asked of them.

        Raises:
            StateError: the node is not running.
        """
        present = [peer for peer in self._node.peers() if self._group in peer.groups]
        self._hub.divert(self._take)
        self.keys.sender.on_hand_over = self._due.set
        self._task = asyncio.create_task(self._hand_over(), name=f"keys of {self.keys.name}")
        await self._node.join(self._group)
        for peer in present:
            self._tell(self.keys.welcome(str(peer.uuid)))
        wanted = {str(peer.uuid) for peer in present}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_KEYS):
                while not wanted <= set(self.keys.senders):
                    await self.wait_change()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave; the others begin new epochs."""
        self._hub.undivert(self._take)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._node.leave(self._group)

    async def wait_members(self, count: int = 1, *, timeout: float | None = None) -> None:
        """Wait until so many members besides us are there and can be read.

        Raises:
            TimeoutError: they are not after `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            while len(set(self.keys.senders) & set(self.keys.members)) < count:
                await self.wait_change()

    async def wait_change(self) -> None:
        """Wait until somebody comes or goes, keys came, or others are in use."""
        self._changed.clear()
        await self._changed.wait()

    def _take(self, event: Event) -> bool:
        """Follow who comes and goes, and keep key whispers from the application."""
        match event:
            case Joined(peer=peer, group=self._group):
                self._tell(self.keys.welcome(str(peer.uuid)))
            case Left(peer=peer, group=self._group) | Exited(peer=peer):
                now = asyncio.get_running_loop().time()
                self._tell(self.keys.dismiss(str(peer.uuid), now))
            case Whisper(peer=peer) if group_of(event.data) == self._octets:
                if self._node.may_be_in(peer, self._group):
                    self._heard(str(peer.uuid), event.data)
                else:  # whoever may not be in the group would be heard in it
                    self.refused += 1
                    self._changed.set()
                return True
            case _:
                return False
        self._changed.set()
        return False

    def _heard(self, member: str, message: bytes) -> None:
        try:
            self._tell(self.keys.take(member, message))
        except CoveyError:
            self.refused += 1
        self._changed.set()

    def _tell(self, told: list[HandOver]) -> None:
        self._told += told
        if self._told:
            self._due.set()

    async def _hand_over(self) -> None:
        """Whisper keys to their members, in order; begin new epochs when they are due."""
        loop = asyncio.get_running_loop()
        while True:
            at = self.keys.sender.next_timeout()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(at):
                    await self._due.wait()
            self._due.clear()
            self.keys.sender.handle_timeout(loop.time())
            self._changed.set()
            told, self._told = self._told + self.keys.outgoing(), []
            for member, message in told:
                with contextlib.suppress(NoRoute):  # it is gone; its exit begins a new epoch
                    await self._node.whisper(UUID(member), message)
