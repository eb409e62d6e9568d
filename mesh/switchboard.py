"""The mailboxes of all peers: does what the core asks for, and tells it what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

from covey.security.mechanism import Security

from .mailbox import Mailbox, OnEvent
from .zre.actions import Action, Connect, Disconnect, Send

__all__ = ["Switchboard"]


class Switchboard:
    """One mailbox a peer, each run by a task of the owner's group.

    Args:
        tasks: the group of whoever owns this.
        routing_id: ours at every peer.
        security_for: from a peer's key to the security of the connection.
        on_link: told (uuid, whether it stands) of each change.
        on_stuck: told of a peer that takes nothing any more.

    Attributes:
        undelivered: whispers and shouts to peers that were given up before a connection stood.
        on_event: told what happens to the connections that we make from now on.
    """

    def __init__(
        self,
        tasks: asyncio.TaskGroup,
        routing_id: bytes,
        security_for: Callable[[bytes | None], Security | None],
        on_link: Callable[[UUID, bool], None],
        on_stuck: Callable[[UUID], None],
    ) -> None:
        self._tasks = tasks
        self._routing_id = routing_id
        self._security_for = security_for
        self._on_link = on_link
        self._on_stuck = on_stuck
        self.undelivered = 0
        self.on_event: OnEvent | None = None
        self._mailboxes: dict[UUID, Mailbox] = {}
        self._running: set[asyncio.Task[None]] = set()

    def do(self, action: Action) -> None:
        """Carry out one action of the core."""
        match action:
            case Send(uuid=uuid, frames=frames):
                mailbox = self._mailboxes.get(uuid)
                if mailbox is not None and not mailbox.post(frames):
                    self._on_stuck(uuid)
            case Connect():
                self._connect(action)
            case Disconnect(uuid=uuid):
                if (mailbox := self._mailboxes.pop(uuid, None)) is not None:
                    self.undelivered += mailbox.undelivered
                    mailbox.close()

    def _connect(self, action: Connect) -> None:
        uuid = action.uuid
        if (known := self._mailboxes.get(uuid)) is not None:
            known.turn_to(action.endpoint)
            return
        mailbox = Mailbox(
            self._routing_id,
            self._security_for(action.public_key),
            action.endpoint,
            lambda: self._link_changed(uuid, mailbox, is_up=True),
            lambda: self._link_changed(uuid, mailbox, is_up=False),
            self.on_event,
        )
        self._mailboxes[uuid] = mailbox
        task = self._tasks.create_task(mailbox.run(), name=f"mailbox {action.endpoint}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def _link_changed(self, uuid: UUID, mailbox: Mailbox, *, is_up: bool) -> None:
        # A mailbox that was replaced still breaks its connection; that says nothing of the new one.
        if self._mailboxes.get(uuid) is mailbox:
            self._on_link(uuid, is_up)

    def has_room(self, uuid: UUID) -> bool:
        """Whether a peer keeps up."""
        mailbox = self._mailboxes.get(uuid)
        return mailbox is not None and mailbox.has_room

    async def wait_room(self, uuid: UUID) -> None:
        """Wait until a peer keeps up, or is gone."""
        mailbox = self._mailboxes.get(uuid)
        if mailbox is not None:
            await mailbox.wait_room()

    async def close(self) -> None:
        """Get last words out, within a moment, and close everything."""
        for mailbox in self._mailboxes.values():
            self.undelivered += mailbox.undelivered
            mailbox.close()
        self._mailboxes.clear()
        if self._running:
            await asyncio.wait(self._running)
