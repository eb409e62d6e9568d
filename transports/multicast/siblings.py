"""Senders on one machine, address and port pass each other the NAKs that are not theirs.

All of them are bound to the same address and port, and the kernel gives a datagram to one of them, whichever. Each
also has an abstract Unix socket named after its session, where the others leave what they got for it.
"""

from __future__ import annotations

import socket
from typing import Final

from covey.transports.pgm.constants import HEADER_SIZE, UPSTREAM_TYPES

__all__ = ["SiblingSocket"]

_PREFIX: Final = b"\0covey-pgm-"
_LARGEST: Final = 4096


class SiblingSocket:
    """The letter box of one sender, and the way to the others'."""

    __slots__ = ("_port", "_tsi", "sock")

    def __init__(self, tsi: bytes, port: int) -> None:
        """Open the letter box of the session `tsi` (GSI and source port) on `port`."""
        self._tsi = tsi
        self._port = port
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.sock.bind(self._name(tsi))

    def _name(self, tsi: bytes) -> bytes:
        return _PREFIX + b"%d-" % self._port + tsi.hex().encode()

    def forward(self, packet: bytes, source: str) -> bool:
        """Pass on an upstream packet that is for another session; False when it is for ours."""
        if len(packet) < HEADER_SIZE or packet[4] not in UPSTREAM_TYPES:
            return False
        tsi = packet[8:14] + packet[2:4]
        if tsi == self._tsi:
            return False
        letter = bytes((len(source),)) + source.encode() + packet
        try:
            self.sock.sendto(letter, self._name(tsi))
        except OSError:
            # nobody of that name, or its box is full: the receiver will ask again
            return True
        return True

    def receive(self) -> tuple[bytes, str] | None:
        """Return (packet, the receiver it came from), None when the box is empty."""
        try:
            letter = self.sock.recv(_LARGEST)
        except OSError:
            return None
        if not letter:
            return b"", ""
        end = letter[0] + 1
        return letter[end:], letter[1:end].decode("latin-1")

    def close(self) -> None:
        """Take the letter box away."""
        self.sock.close()
