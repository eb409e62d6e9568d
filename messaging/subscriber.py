"""SUB and XSUB: receiving what was asked for (RFC 29)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from covey.options import Option
from covey.transports.link import Message

from .conflating import Conflating
from .pipe import Pipe
from .receiving import Receiver
from .sending import Payload, as_message, as_payload
from .subscriptions import PrefixSet

__all__ = ["Sub", "XSub"]

_Topic = bytes | str


class _Subscriber(Receiver):
    """What SUB and XSUB share: prefixes, told to every publisher and applied to what arrives."""

    peer_types = frozenset(("PUB", "XPUB"))

    invert_matching = Option(False, "Receive what matches no topic; both ends must have it set.", number=74)

    def __init__(self, **options: Any) -> None:
        if "linger" not in options:
            options["linger"] = 0  # as libzmq: subscriptions are not worth waiting for
        super().__init__(**options)
        self._topics = PrefixSet()

    @property
    def topics_count(self) -> int:
        """How many different topics are subscribed to."""
        return len(self._topics)

    def _subscribe(self, topic: bytes) -> None:
        self._topics.add(topic)
        # A doubled subscription is sent as well, as libzmq does: publishers keep a set.
        self._tell(topic, subscribe=True)

    def _unsubscribe(self, topic: bytes) -> None:
        if self._topics.remove(topic) or self.tells_every_unsubscribe():
            self._tell(topic, subscribe=False)

    def tells_every_unsubscribe(self) -> bool:
        """Return whether a cancellation is sent even when the topic stays wanted."""
        return False

    def _tell(self, topic: bytes, *, subscribe: bool) -> None:
        for pipe in self._pipes:
            if pipe.link is not None:
                pipe.link.send_subscription(topic, subscribe=subscribe)

    def pipe_opened(self, pipe: Pipe) -> None:
        """Tell a publisher that is (again) there what is wanted."""
        super().pipe_opened(pipe)
        for topic in self._topics.topics():
            if pipe.link is None:
                break
            pipe.link.send_subscription(topic, subscribe=True)

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        """Keep what matches: a publisher may send more than was asked for, or what was on its way."""
        topics = self._topics
        if topics.matches_all and not self.invert_matching:
            return messages
        matches, wanted = topics.matches, not self.invert_matching
        return [
            message
            for message in messages
            if matches(message if isinstance(message, bytes) else message[0]) is wanted
        ]


class Sub(Conflating, _Subscriber):
    """Receives the messages whose first frame begins with a topic that it subscribed to.

    ::

        async with covey.Sub() as news:
            await news.connect("tcp://127.0.0.1:5556")
            news.subscribe(b"weather")
            topic, text = await news.recv_multipart()
    """

    socket_type = "SUB"
    connects_once = True

    def subscribe(self, topic: _Topic = b"") -> None:
        """Ask for messages that begin with `topic`; empty asks for all."""
        self._subscribe(_as_topic(topic))

    def unsubscribe(self, topic: _Topic = b"") -> None:
        """Take back one `subscribe` of the same topic; an unknown topic is ignored."""
        self._unsubscribe(_as_topic(topic))


class XSub(_Subscriber):
    """A SUB that subscribes by sending 01 and the topic, cancels by 00, and sends other messages upstream.

    What a publisher sends is received as it comes, a welcome for example; only a SUB looks at it again.
    """

    socket_type = "XSUB"

    xsub_verbose_unsubscribe = Option(
        False, "Send every cancellation on, also of a topic that is still wanted.", number=115
    )

    def tells_every_unsubscribe(self) -> bool:
        """Return whether the option is set."""
        return self.xsub_verbose_unsubscribe

    def subscribe(self, topic: _Topic = b"") -> None:
        """Send the subscription of `topic`."""
        self._subscribe(_as_topic(topic))

    def unsubscribe(self, topic: _Topic = b"") -> None:
        """Send the cancellation of `topic`."""
        self._unsubscribe(_as_topic(topic))

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        """Take what was sent to us; of what is multicast to everybody, what matches."""
        is_for_all = pipe.properties is not None and pipe.properties.everybody
        return super().pipe_received(pipe, messages) if is_for_all else messages

    async def send(self, data: Payload) -> None:
        """Send 01 or 00 and a topic, or a message for the publishers."""
        self.send_nowait(data)

    async def send_multipart(self, frames: Sequence[Payload]) -> None:
        """Send a message of several frames to the publishers."""
        self.send_multipart_nowait(frames)

    def send_nowait(self, data: Payload) -> None:
        """Send 01 or 00 and a topic, or a message for the publishers; never blocks."""
        self._upstream(as_payload(data))

    def send_multipart_nowait(self, frames: Sequence[Payload]) -> None:
        """Send a message of several frames to the publishers; never blocks."""
        self._upstream(as_message(frames))

    def _upstream(self, message: Message) -> None:
        self._check_open()
        if isinstance(message, bytes) and message[:1] == b"\x01":
            self._subscribe(message[1:])
        elif isinstance(message, bytes) and message[:1] == b"\x00":
            self._unsubscribe(message[1:])
        else:
            for pipe in self._pipes:
                if pipe.full:
                    self.count_dropped(pipe, 1, "the publisher's queue is full")
                else:
                    pipe.write(message)


def _as_topic(topic: _Topic) -> bytes:
    return topic.encode() if isinstance(topic, str) else bytes(topic)
