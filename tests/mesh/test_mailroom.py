"""What a node serves its ports with."""

from __future__ import annotations

import socket

from covey.mesh.doors import Doors
from covey.mesh.mailroom import Mailroom


async def test_serves_the_ports_of_its_doors() -> None:
    doors = Doors(["127.0.0.1"])
    ports = doors.port, doors.topics_port
    room = Mailroom(None)
    await room.open(doors)
    doors.close()
    for port in ports:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            pass
    await room.close()
