"""Where a datagram came from, and so where an answer goes."""

from __future__ import annotations

__all__ = ["Place"]


class Place:
    """The source of a datagram. Hot: made for each datagram.

    Attributes:
        host: numeric address, without zone.
        port: UDP port.
        interface: name of the interface that leads there.
        index: its number; 0 where the kernel did not say.
    """

    __slots__ = ("host", "index", "interface", "port")

    def __init__(self, host: str, port: int, interface: str, index: int) -> None:
        self.host = host
        self.port = port
        self.interface = interface
        self.index = index

    def endpoint(self, port: int) -> str:
        """Return the TCP endpoint of a port there; a link-local address means nothing without its interface."""
        if ":" in self.host:
            return f"tcp://[{self.host}%{self.interface}]:{port}"
        return f"tcp://{self.host}:{port}"
