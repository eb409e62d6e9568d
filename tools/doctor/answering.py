"""The end that answers another doctor: `covey doctor --answer`."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable
from typing import Any

from covey.discovery.beacon.routes import Mode
from covey.errors import ProtocolError, ResourceError
from covey.messaging import Rep

from .ear import Ear
from .echo import answer_echoes
from .protocol import LARGEST_COUNT, LARGEST_MESSAGE, PORT, decode, encode, proof, uuids_in

__all__ = ["answer"]


async def answer(ear: Ear, key: bytes | None, on_ready: Callable[[], None], *, port: int = PORT) -> None:
    """Answer until cancelled.

    Args:
        ear: entered; hears and sends beacons.
        key: of the mesh, for the purpose `doctor`; None without a secret.
        on_ready: called when questions are taken.
        port: TCP and UDP.

    Raises:
        ResourceError: a port is taken.
    """
    with _udp_socket(port) as udp:
        async with Rep(maxmsgsize=LARGEST_MESSAGE) as rep, asyncio.TaskGroup() as tasks:
            await rep.bind(f"tcp://*:{port}")
            tasks.create_task(answer_echoes(udp), name="echoes")
            on_ready()
            while True:
                await rep.send(encode(await _reply(ear, key, await rep.recv_multipart())))


def _udp_socket(port: int) -> socket.socket:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        udp.bind(("", port))
    except OSError as error:
        udp.close()
        raise ResourceError(f"UDP port {port}", error.strerror or str(error), error.errno) from error
    return udp


async def _reply(ear: Ear, key: bytes | None, frames: list[bytes]) -> dict[str, Any]:
    """Return the answer to a question."""
    try:
        question = decode(frames[0])
        match question.get("do"):
            case "hello":
                nonce = str(question.get("nonce"))[:64]
                own = os.urandom(16).hex()
                return {"nonce": own, "time": time.time(), "proof": proof(key, b"answer", nonce)}
            case "listen":
                for uuid in uuids_in(question):
                    ear.await_uuid(uuid)
                return {}
            case "heard":
                return {"heard": [ear.heard[uuid] for uuid in uuids_in(question)]}
            case "send":
                broadcast, multicast = uuids_in(question, "broadcast", "multicast")
                count = min(int(question.get("count", 1)), LARGEST_COUNT)
                await ear.send({Mode.BROADCAST: broadcast, Mode.MULTICAST_V4: multicast}, count)
                return {}
    except (ProtocolError, ValueError, TypeError) as error:
        return {"error": str(error)}
    return {"error": "unknown question"}
