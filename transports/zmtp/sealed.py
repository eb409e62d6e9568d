"""Frames that a mechanism seals one by one (CURVE's MESSAGE): what is inside decides on parts and commands.

Spec: RFC 26, section "The MESSAGE Command"; libzmq marks a command inside the seal with flag 2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import cast

from covey.errors import ProtocolError
from covey.security.mechanism import Mechanism

from .constants import MAX_FRAMES_PER_MESSAGE, MORE
from .frames import Message, encode_frame_header

__all__ = ["SEAL_OVERHEAD", "SealedFrames", "seal_messages"]

SEAL_OVERHEAD = 33  # a CURVE MESSAGE is so much larger than what is in it, RFC 26
_INNER_COMMAND = 2


def seal_messages(mechanism: Mechanism, messages: Sequence[Message]) -> list[bytes | bytearray]:
    """Return buffers with the frames of `messages`, each sealed."""
    if set(map(type, messages)) == {bytes}:
        flags, payloads = bytes(len(messages)), cast("Sequence[bytes]", messages)
    else:
        flags, payloads = _as_frames(messages)
    return [mechanism.seal_all(flags, payloads, encode_frame_header)]


def _as_frames(messages: Sequence[Message]) -> tuple[bytes, list[bytes]]:
    """Return the flags and payloads of all frames, in order."""
    flags: list[int] = []
    payloads: list[bytes] = []
    for message in messages:
        frames = [message] if isinstance(message, bytes) else message
        flags += [MORE] * (len(frames) - 1) + [0]
        payloads += frames
    return bytes(flags), payloads


def _before_multipart(messages: list[Message]) -> list[Message]:
    return list(takewhile(lambda message: isinstance(message, bytes), messages))


class SealedFrames:
    """Opens sealed frames and puts messages together.

    Args:
        mechanism: opens.
        on_command: as `FrameDecoder` calls it.
    """

    __slots__ = ("_mechanism", "_on_command", "_parts")

    def __init__(self, mechanism: Mechanism, on_command: Callable[[bytes, list[Message]], None]) -> None:
        self._mechanism = mechanism
        self._on_command = on_command
        self._parts: list[bytes] | None = None

    def open(self, sealed: list[Message], opened: list[Message]) -> None:
        """Open each of `sealed` and append whole messages to `opened`.

        Raises:
            ProtocolError: one does not open, or has several outer frames, or the message has too many parts.
        """
        flags = bytearray()
        payloads: list[bytes] = []
        bodies = sealed if set(map(type, sealed)) <= {bytes} else _before_multipart(sealed)
        try:
            self._mechanism.open_all(cast("list[bytes]", bodies), flags, payloads)
            if len(bodies) < len(sealed):
                raise ProtocolError("several frames where one was due")
        finally:
            if self._parts is None and not any(flags):
                opened += payloads
            else:
                self._sort(flags, payloads, opened)

    def _sort(self, flags: bytearray, payloads: list[bytes], opened: list[Message]) -> None:
        """Sort frames one by one: commands, parts, and ends of messages."""
        for flag, payload in zip(flags, payloads, strict=True):
            if flag & _INNER_COMMAND:
                self._on_command(payload, opened)
            elif flag & MORE:
                self._hold(payload)
            elif self._parts is None:
                opened.append(payload)
            else:
                opened.append([*self._parts, payload])
                self._parts = None

    def _hold(self, payload: bytes) -> None:
        if self._parts is None:
            self._parts = []
        elif len(self._parts) >= MAX_FRAMES_PER_MESSAGE:
            raise ProtocolError(f"a message of more than {MAX_FRAMES_PER_MESSAGE} frames")
        self._parts.append(payload)
