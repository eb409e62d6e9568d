"""SCATTER and GATHER: PUSH and PULL for messages of one frame (RFC 49)."""

from __future__ import annotations

from .single_frame import SingleFrameReceiver, SingleFrameSender

__all__ = ["Gather", "Scatter"]


class Scatter(SingleFrameSender):
    """Hands each message to one of its GATHER peers in turn; waits when every one has its fill.

    ::

        async with covey.Scatter() as work:
            await work.bind("tcp://127.0.0.1:5557")
            await work.send(b"task")
    """

    socket_type = "SCATTER"
    peer_types = frozenset(("GATHER",))


class Gather(SingleFrameReceiver):
    """Receives from its SCATTER peers, one message of each in turn.

    ::

        async with covey.Gather() as work:
            await work.connect("tcp://127.0.0.1:5557")
            task = await work.recv()
    """

    socket_type = "GATHER"
    peer_types = frozenset(("SCATTER",))
