"""The sending side of a sealed group: epochs, generations, and who is to have them.

::

    a member joins             the next generation, if the present one was used: it cannot read what was before
    a member leaves            a new epoch, handed to all others; in use when all have it, or after a second
    many records, or time      the same
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from .constants import CHAIN_SIZE, EPOCH_LIFETIME, EPOCH_RECORDS, EPOCH_SIZE, SWITCH_AFTER
from .generation import Generation
from .hand_over import Key, encode

__all__ = ["GroupSender", "Signer"]

_LABEL = b"covey sealed multicast 1 signature"


class Signer(Protocol):
    """An Ed25519 key pair."""

    @property
    def public(self) -> bytes:
        """The verifying key, 32 octets."""
        ...

    def sign(self, statement: bytes) -> bytes:
        """Return the signature, 64 octets."""
        ...


class _Epoch:
    """One epoch: its name, its present generation, and the number from which on it is good."""

    __slots__ = ("first", "generation", "is_used", "name")

    def __init__(self, name: bytes, generation: Generation, first: int) -> None:
        self.name = name
        self.generation = generation
        self.first = first
        self.is_used = False


class GroupSender:
    """Seals what one sender says, and says who must be handed which key.

    Nothing of it outlives the process: the chain is drawn anew with every epoch, so that no number can ever
    be used twice under one key.

    Args:
        group: the name, at most 255 octets.
        cipher: code of the cipher.
        random: source of keys.
        signer: signs every record; None for a group whose members trust each other to speak in their own name.
    """

    __slots__ = (
        "_cipher",
        "_expires_at",
        "_group",
        "_lacking",
        "_members",
        "_next",
        "_number",
        "_outgoing",
        "_present",
        "_random",
        "_renew_at_number",
        "_signer",
        "_switch_at",
        "on_hand_over",
    )

    def __init__(
        self, group: bytes, cipher: int, random: Callable[[int], bytes], signer: Signer | None = None
    ) -> None:
        self.on_hand_over: Callable[[], None] = _nothing
        """Called when there is something to hand over, or a timeout that was not there before."""
        self._group = group
        self._cipher = cipher
        self._random = random
        self._signer = signer
        self._number = 0
        self._members: dict[str, None] = {}
        self._outgoing: deque[tuple[str, bytes]] = deque()
        self._present = self._draw()
        self._next: _Epoch | None = None
        self._lacking: set[str] = set()
        self._switch_at = 0.0
        self._renew_at_number = EPOCH_RECORDS
        self._expires_at: float | None = None

    @property
    def signs(self) -> bool:
        """Whether records are signed."""
        return self._signer is not None

    @property
    def members(self) -> tuple[str, ...]:
        """Who is to have the keys."""
        return tuple(self._members)

    @property
    def is_renewing(self) -> bool:
        """Whether a new epoch waits for members to have its keys; the former one is in use until then."""
        return self._next is not None

    # -- members

    def welcome(self, member: str) -> None:
        """Hand the keys to a member from now on; a second time they are handed over again."""
        present = self._present
        is_new = member not in self._members
        if is_new and present.is_used:
            present.generation = present.generation.next()
            present.is_used = False
        self._members[member] = None
        self._hand(member, present, first=self._number if is_new else present.first)
        if self._next is not None:
            self._hand(member, self._next, first=self._number)

    def dismiss(self, member: str, now: float) -> None:
        """Leave a member out of everything that is said from a second from now on, at the latest."""
        if member in self._members:
            del self._members[member]
            self.renew(now)

    def renew(self, now: float) -> None:
        """Begin a new epoch: its keys are handed to every member, and used when all have them.

        One that waits to be used is replaced, and the new one waits no longer than that would have: a member that
        comes and goes keeps nobody who left in.
        """
        self._switch_at = (
            min(self._switch_at, now + SWITCH_AFTER) if self._next is not None else now + SWITCH_AFTER
        )
        self._next = self._draw()
        self._lacking = set(self._members)
        for member in self._members:
            self._hand(member, self._next, first=self._number)
        if not self._lacking:
            self._switch()

    def has_keys(self, member: str, key_id: bytes) -> None:
        """Take note that a member has the keys of `key_id`."""
        if self._next is not None and key_id == self._next.generation.key_id:
            self._lacking.discard(member)
            if not self._lacking:
                self._switch()

    def next_message(self) -> tuple[str, bytes] | None:
        """Return the oldest (member, hand-over) that was not yet taken, or None."""
        return self._outgoing.popleft() if self._outgoing else None

    # -- time

    def handle_timeout(self, now: float) -> None:
        """Do what is due: begin a new epoch, or use it though somebody is silent."""
        if self._next is not None:
            if now >= self._switch_at:
                self._switch()
        elif self._expires_at is not None and (
            now >= self._expires_at or self._number >= self._renew_at_number
        ):
            self.renew(now)

    def next_timeout(self) -> float | None:
        """Return when `handle_timeout` is due, None for never."""
        return self._switch_at if self._next is not None else self._expires_at

    # -- records

    def seal(self, content: bytes, now: float) -> bytes:
        """Return the record that holds `content`.

        Args:
            content: as `contents.pack` makes it.
            now: monotonic seconds.
        """
        if (
            self._next is not None
            or self._number >= self._renew_at_number
            or now >= (self._expires_at or now)
        ):
            self.handle_timeout(now)
        if self._expires_at is None:
            self._expires_at = now + EPOCH_LIFETIME
            self.on_hand_over()
        present, number = self._present, self._number
        self._number = number + 1
        present.is_used = True
        header = present.generation.header(number, is_signed=self._signer is not None)
        if self._signer is not None:
            content += self._signer.sign(_LABEL + header + content)
        return present.generation.seal(header, number, content)

    # -- how

    def _draw(self) -> _Epoch:
        generation = Generation(self._random(CHAIN_SIZE), self._cipher, self._group)
        return _Epoch(self._random(EPOCH_SIZE), generation, self._number)

    def _hand(self, member: str, epoch: _Epoch, *, first: int) -> None:
        verifying_key = self._signer.public if self._signer is not None else bytes(32)
        key = Key(self._cipher, epoch.name, first, epoch.generation.chain, verifying_key)
        self._outgoing.append((member, encode(self._group, key)))
        self.on_hand_over()

    def _switch(self) -> None:
        if self._next is not None:
            self._present, self._next = self._next, None
        self._lacking.clear()
        self._renew_at_number = self._number + EPOCH_RECORDS
        self._expires_at = None


def _nothing() -> None:
    """Do nothing: nobody asked to be called."""
