"""Frames that a mechanism seals one by one (CURVE's MESSAGE): what is inside decides on parts and commands.

Spec: RFC 26, section "The MESSAGE Command"; libzmq marks a command inside the seal with flag 2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from covey.errors import ProtocolError
from covey.security.mechanism import Mechanism

from .constants import MAX_FRAMES_PER_MESSAGE, MORE
from .frames import Message, encode_frame_header

__all__ = ["SEAL_OVERHEAD", "SealedFrames", "seal_messages"]

SEAL_OVERHEAD = 33  # a CURVE MESSAGE is so much larger than what is in it, RFC 26
_INNER_COMMAND = 2
_SMALL = 4096


def seal_messages(mechanism: Mechanism, messages: Sequence[Message]) -> list[bytes]:
    """Return buffers with the frames of `messages`, each sealed."""
    seal = mechanism.seal
    out: list[bytes] = []
    for message in messages:
        if type(message) is bytes:
            body = seal(0, message)
            out.append(encode_frame_header(len(body)))
            out.append(body)
            continue
        last = len(message) - 1
        for index, frame in enumerate(message):
            body = seal(MORE if index < last else 0, frame)  # type: ignore[arg-type]
            out.append(encode_frame_header(len(body)))
            out.append(body)
    return [b"".join(out)] if len(messages) > 1 or len(out[1]) < _SMALL else out


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
        for body in sealed:
            if not isinstance(body, bytes):
                raise ProtocolError("several frames where one was due")
            flags, payload = self._mechanism.open(body)
            if flags & _INNER_COMMAND:
                self._on_command(payload, opened)
            elif flags & MORE:
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
