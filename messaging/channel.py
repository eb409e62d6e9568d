"""CHANNEL: a PAIR for messages of one frame (RFC 52)."""

from __future__ import annotations

from .pair import Pair
from .single_frame import SingleFrameReceiver, SingleFrameSender

__all__ = ["Channel"]


class Channel(SingleFrameSender, SingleFrameReceiver, Pair):
    """Talks to exactly one other CHANNEL; a message is one frame.

    ::

        async with covey.Channel() as one:
            await one.bind("inproc://pipe")
            await one.send(b"ping")
    """

    socket_type = "CHANNEL"
    peer_types = frozenset(("CHANNEL",))
