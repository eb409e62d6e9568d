"""CLIENT and SERVER: questions and answers in any order, one frame each, addressed by numbers (RFC 41)."""

from __future__ import annotations

from covey.options import Option

from .greetings import Greeting
from .numbered import NumberedPeers
from .pipe import Pipe
from .single_frame import SingleFrameReceiver, SingleFrameSender

__all__ = ["Client", "Server"]


class Client(Greeting, SingleFrameSender, SingleFrameReceiver):
    """Sends to its SERVER peers in turn and receives from all of them.

    ::

        async with covey.Client() as client:
            await client.connect("tcp://127.0.0.1:5555")
            await client.send(b"question")
            answer = await client.recv()
    """

    socket_type = "CLIENT"
    peer_types = frozenset(("SERVER",))

    hiccup_msg = Option(b"", "Received from ourselves when a connection of ours was lost.", number=114)

    def pipe_interrupted(self, pipe: Pipe) -> None:
        """Tell the application that the server may have lost its memory of us."""
        super().pipe_interrupted(pipe)
        if self.hiccup_msg:
            self.inject(pipe, self.hiccup_msg)


class Server(NumberedPeers):
    """Receives from CLIENT peers and answers each by the number it has here.

    ::

        async with covey.Server() as server:
            await server.bind("tcp://127.0.0.1:5555")
            async for who, question in server:
                await server.send(b"answer", routing_id=who)
    """

    socket_type = "SERVER"
    peer_types = frozenset(("CLIENT",))
