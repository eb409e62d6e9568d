"""Packet sockets: raw frames of one interface of a namespace."""

from __future__ import annotations

import socket

from .isolation import inside

__all__ = ["SOL_PACKET", "packet_socket"]

SOL_PACKET = 263
_ALL_PROTOCOLS = 3
_FORCED_RECEIVE_BUFFER = 33


def packet_socket(pid: int, interface: str, buffer: int, *options: int) -> socket.socket:
    """Return a socket that sees every frame on an interface in the network of process `pid`.

    Args:
        pid: who lives in the network.
        interface: its name there.
        buffer: how much the kernel may keep for us; without real root it grants less. Bytes.
        options: packet options to switch on before the first frame comes.
    """
    with inside(pid):
        end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    try:
        end.setsockopt(socket.SOL_SOCKET, _FORCED_RECEIVE_BUFFER, buffer)
    except PermissionError:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    for option in options:
        end.setsockopt(SOL_PACKET, option, 1)
    end.bind((interface, _ALL_PROTOCOLS))
    return end
