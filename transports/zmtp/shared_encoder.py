"""Encoding a batch once for many connections: what a publisher does when everybody hears the same."""

from __future__ import annotations

from collections.abc import Sequence

from .frames import Message, encode_messages

__all__ = ["SharedEncoder"]


class SharedEncoder:
    """Remembers the batch that it encoded last, and returns the same buffers when it comes again.

    Comparing two batches of the same objects costs a pointer each; different batches differ at once.
    """

    __slots__ = ("_buffers", "_messages")

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._buffers: list[bytes] = []

    def __call__(self, messages: Sequence[Message]) -> list[bytes]:
        """Return buffers with the frames of `messages`, as `encode_messages` does."""
        if messages != self._messages:
            self._messages = list(messages)
            self._buffers = encode_messages(messages)
        return list(self._buffers)
