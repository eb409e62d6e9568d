"""XPUB: a publisher that hears who subscribes to what, and may decide on it (RFC 29)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from covey.errors import StateError
from covey.options import Option
from covey.transports.link import Message

from .pipe import Pipe
from .pubsub import Publisher
from .receiving import Receiver
from .subscriptions import SubscriptionTable

__all__ = ["XPub"]

_UNREAD_SUBSCRIPTIONS = 1_000_000  # of one peer: more than it can have topics


class _Told:
    """An inbox entry that remembers who sent it (`xpub_manual`)."""

    __slots__ = ("message", "pipe")

    def __init__(self, pipe: Pipe, message: Message) -> None:
        self.pipe = pipe
        self.message = message


class XPub(Publisher, Receiver):
    """A PUB that also receives its subscribers' subscriptions, as 01 or 00 and the topic.

    ::

        async with covey.XPub() as news:
            await news.bind("tcp://*:5556")
            subscription = await news.recv()          # b"\\x01weather"
            await news.send_multipart([b"weather", b"sunny"])
    """

    socket_type = "XPUB"

    xpub_verbose = Option(False, "Receive every subscription, also of a topic that somebody has.", number=40)
    xpub_verboser = Option(False, "Receive every subscription and every cancellation.", number=78)
    xpub_manual = Option(
        False,
        "Subscriptions are only received; subscribe() and unsubscribe() decide for the last one's sender.",
        number=71,
    )
    xpub_manual_last_value = Option(
        False,
        "As xpub_manual, and what is sent next goes to the last subscription's sender alone.",
        number=98,
    )

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._asked_for: SubscriptionTable[Pipe] = SubscriptionTable()  # not granted, only asked for (manual)
        self._last_told: Pipe | None = None
        self._next_to_last = False

    # -- deciding by hand ---------------------------------------------------------------------------------

    @property
    def _is_manual(self) -> bool:
        return self.xpub_manual or self.xpub_manual_last_value

    def subscribe(self, topic: bytes | str) -> None:
        """Subscribe the sender of the subscription that was received last (`xpub_manual`).

        Raises:
            StateError: `xpub_manual` is not set, or the sender is gone.
        """
        peer = self._told_by()
        self.give_out()
        self._table.add(_as_topic(topic), peer)
        self._subscribed.wake_all()

    def unsubscribe(self, topic: bytes | str) -> None:
        """Unsubscribe the sender of the subscription that was received last (`xpub_manual`).

        Raises:
            StateError: `xpub_manual` is not set, or the sender is gone.
        """
        peer = self._told_by()
        self.give_out()
        self._table.remove(_as_topic(topic), peer)

    def _told_by(self) -> Pipe:
        if not self._is_manual:
            raise StateError("an XPUB decides on subscriptions only with xpub_manual")
        if self._last_told is None or self._last_told not in self._pipes:
            raise StateError("no subscription was received, or its sender is gone")
        return self._last_told

    def chooses(self) -> bool:
        """Return whether an option changes who gets a message."""
        return super().chooses() or self.xpub_manual_last_value

    def _recipients(self, topic: bytes) -> Iterable[Pipe]:
        pipes = super()._recipients(topic)
        if not self._next_to_last:
            return pipes
        self._next_to_last = False
        return [pipe for pipe in pipes if pipe is self._last_told]

    # -- what peers say -----------------------------------------------------------------------------------

    def _subscription(self, pipe: Pipe, message: bytes) -> bool:
        if self._is_manual:
            topic = message[1:]
            if message[0] == 0:
                self._asked_for.remove(topic, pipe)
            else:
                self.check_topics(self._asked_for, pipe)
                self._asked_for.add(topic, pipe)
            return True
        told = super()._subscription(pipe, message)
        return told or self.xpub_verboser or (self.xpub_verbose and message[0] == 1)

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        """Obey or report subscriptions, and pass on what else comes upstream."""
        seen = super().pipe_received(pipe, messages)
        told = sum(type(message) is bytes and message[:1] in (b"\x01", b"\x00") for message in seen)
        pipe.uncounted = min(pipe.uncounted + told, _UNREAD_SUBSCRIPTIONS)
        return [_Told(pipe, message) for message in seen] if self._is_manual else seen

    def wraps_entries(self) -> bool:
        """Return whether inbox entries are more than messages."""
        return super().wraps_entries() or self._is_manual

    def _deliver(self, message: Any) -> list[bytes]:
        if isinstance(message, _Told):
            self._last_told = message.pipe
            plain = message.message
            self._next_to_last = self.xpub_manual_last_value and plain[:1] == b"\x01"
            return super()._deliver(plain)
        return super()._deliver(message)

    def _gone(self, pipe: Pipe) -> list[bytes]:
        """Tell of the cancellations; of those that others still want only where each one is wanted."""
        everything = (self._asked_for if self._is_manual else self._table).topics(pipe)
        self._asked_for.remove_peer(pipe)
        unique = super()._gone(pipe)
        topics = everything if self._is_manual or self.xpub_verboser else unique
        if not self.closed and not (pipe.properties is not None and pipe.properties.everybody):
            for topic in topics:
                entry = b"\0" + topic
                self.inject(pipe, _Told(pipe, entry) if self._is_manual else entry)
        return topics


def _as_topic(topic: bytes | str) -> bytes:
    return topic.encode() if isinstance(topic, str) else bytes(topic)
