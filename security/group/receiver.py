"""The receiving side of a sealed group: whose records open, which are replays, and which wait for their key."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from covey.errors import ProtocolError
from covey.values import frozen

from .constants import (
    HEADER,
    LOOK_AHEAD,
    MAX_SENDERS,
    MAX_WAITING,
    MAX_WAITING_OCTETS,
    OVERHEAD,
    SIGNATURE_SIZE,
    SIGNED,
    VERSION,
    WAITING_TIME,
)
from .contents import Message, unpack
from .generation import Generation
from .hand_over import Key
from .window import ReplayWindow

__all__ = ["GroupCounts", "GroupReceiver"]

_LABEL = b"covey sealed multicast 1 signature"
_EPOCHS = 2

Verify = Callable[[bytes, bytes, bytes], bool]
"""Whether (verifying key, signature, statement) belong together."""


@frozen
class GroupCounts:
    """What became of the records that came."""

    opened: int = 0
    replayed: int = 0
    """Came before, or are older than what the member may read."""
    forged: int = 0
    """Do not open, are malformed, or not signed as they must be."""
    unknown: int = 0
    """Named a key that did not come in time: of strangers, and of senders whose keys got lost."""


class _Epoch:
    """What is known of one epoch of one sender."""

    __slots__ = ("ids", "name", "sender", "verifying_key", "window")

    def __init__(self, sender: str, key: Key) -> None:
        self.sender = sender
        self.name = key.epoch
        self.verifying_key = key.verifying_key if key.signs else b""
        self.window = ReplayWindow(key.first)
        self.ids: dict[bytes, Generation] = {}


class GroupReceiver:
    """Opens what senders seal whose keys were handed over.

    Args:
        group: the name.
        verify: checks signatures.
    """

    __slots__ = (
        "_by_id",
        "_epochs",
        "_forged",
        "_group",
        "_opened",
        "_replayed",
        "_unknown",
        "_verify",
        "_waiting",
        "_waiting_octets",
    )

    def __init__(self, group: bytes, verify: Verify) -> None:
        self._group = group
        self._verify = verify
        self._by_id: dict[bytes, _Epoch] = {}
        self._epochs: dict[str, list[_Epoch]] = {}
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._waiting_octets = 0
        self._opened = self._replayed = self._forged = self._unknown = 0

    @property
    def senders(self) -> tuple[str, ...]:
        """Whose keys are here."""
        return tuple(self._epochs)

    @property
    def waits(self) -> bool:
        """Whether records wait for their key."""
        return bool(self._waiting)

    def counts(self) -> GroupCounts:
        """Return the counters."""
        return GroupCounts(self._opened, self._replayed, self._forged, self._unknown)

    # -- keys

    def take_key(self, sender: str, key: Key) -> bytes:
        """Take a sender's keys; return the key id to confirm.

        Handed over again, keys neither forget what arrived nor open what is older than they first did.
        """
        epochs = self._epochs.setdefault(sender, [])
        epoch = next((one for one in epochs if one.name == key.epoch), None)
        if epoch is None:
            epoch = _Epoch(sender, key)
            epochs.append(epoch)
            while len(epochs) > _EPOCHS:
                self._drop(epochs.pop(0))
            self._make_room()
        generation = Generation(key.chain, key.cipher, self._group)
        self._learn(epoch, generation)
        return generation.key_id

    def forget(self, sender: str) -> None:
        """Open nothing more of a sender."""
        for epoch in self._epochs.pop(sender, ()):
            self._drop(epoch)

    def _make_room(self) -> None:
        if len(self._epochs) > MAX_SENDERS:
            self.forget(next(iter(self._epochs)))

    def _learn(self, epoch: _Epoch, generation: Generation) -> None:
        for _ in range(LOOK_AHEAD):
            if generation.key_id not in epoch.ids:
                epoch.ids[generation.key_id] = generation
                self._by_id[generation.key_id] = epoch
            generation = generation.next()
        while len(epoch.ids) > 2 * LOOK_AHEAD:
            oldest = next(iter(epoch.ids))
            del epoch.ids[oldest], self._by_id[oldest]

    def _drop(self, epoch: _Epoch) -> None:
        for key_id in epoch.ids:
            self._by_id.pop(key_id, None)

    # -- records

    def open(self, record: bytes, now: float) -> list[Message] | None:
        """Return the messages in a record; None if it waits for its key, and no messages if it is no good.

        Args:
            record: any octets.
            now: monotonic seconds.
        """
        if len(record) < OVERHEAD or record[0] >> 4 != VERSION:
            self._forged += 1
            return []
        first, flags, key_id, number = HEADER.unpack_from(record)
        epoch = self._by_id.get(key_id)
        if epoch is None:
            self._wait(record, now)
            return None
        generation = epoch.ids[key_id]
        if not epoch.window.is_fresh(number):
            self._replayed += 1
            return []
        if first & 15 != generation.cipher or bool(flags & SIGNED) != bool(epoch.verifying_key):
            self._forged += 1
            return []
        return self._open_one(record, number, epoch, generation)

    def _open_one(self, record: bytes, number: int, epoch: _Epoch, generation: Generation) -> list[Message]:
        from cryptography.exceptions import InvalidTag

        try:
            content = generation.open(record, number)
            if epoch.verifying_key:
                content = self._signed(record[: HEADER.size], content, epoch.verifying_key)
            messages = unpack(content)
        except (InvalidTag, ProtocolError):
            self._forged += 1
            return []
        epoch.window.take(number)
        self._opened += 1
        if generation.key_id != next(iter(epoch.ids)):
            self._follow(epoch, generation)
        return messages

    def _follow(self, epoch: _Epoch, generation: Generation) -> None:
        """Look further ahead when a sender has gone on by itself."""
        ids = list(epoch.ids)
        if ids.index(generation.key_id) > LOOK_AHEAD // 2:
            self._learn(epoch, generation)

    def _signed(self, header: bytes, content: bytes, verifying_key: bytes) -> bytes:
        said, signature = content[:-SIGNATURE_SIZE], content[-SIGNATURE_SIZE:]
        if len(signature) < SIGNATURE_SIZE or not self._verify(
            verifying_key, signature, _LABEL + header + said
        ):
            raise ProtocolError("a record that its sender did not sign")
        return said

    # -- records that wait for their key

    def _wait(self, record: bytes, now: float) -> None:
        self.give_up(now)
        while self._waiting and (
            len(self._waiting) >= MAX_WAITING or self._waiting_octets + len(record) > MAX_WAITING_OCTETS
        ):
            self._unknown += 1
            self._pop()
        if len(record) > MAX_WAITING_OCTETS:
            self._unknown += 1
            return
        self._waiting.append((now + WAITING_TIME, record))
        self._waiting_octets += len(record)

    def _pop(self) -> bytes:
        record = self._waiting.popleft()[1]
        self._waiting_octets -= len(record)
        return record

    def give_up(self, now: float) -> int:
        """Drop and count what has waited for too long; return how many."""
        before = self._unknown
        while self._waiting and self._waiting[0][0] <= now:
            self._unknown += 1
            self._pop()
        return self._unknown - before

    def retry(self, now: float) -> list[Message]:
        """Return the messages of records whose key has come."""
        messages: list[Message] = []
        for _ in range(len(self._waiting)):
            deadline, record = self._waiting[0]
            self._pop()
            if HEADER.unpack_from(record)[2] in self._by_id:
                messages += self.open(record, now) or []
            else:
                self._waiting.append((deadline, record))
                self._waiting_octets += len(record)
        return messages
