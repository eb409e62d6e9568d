"""Who answers for an IPv4 address on a link, asked by ARP (RFC 826; probes as in RFC 5227).

::

    0      2      4     5     6      8            14          18           24
    | link | 0800 | 6   | 4   | kind | sender MAC | sender IP | target MAC | target IP |
"""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Iterable

from covey.discovery.interface_table import Hardware, Interface

__all__ = ["link_addresses", "others_with"]

_ARP = 0x0806
_LAYOUT = struct.Struct("!HHBBH6s4s6s4s")
_ETHERNET, _IPV4 = 1, 0x0800
_REQUEST, _REPLY = 1, 2
_EVERYBODY = b"\xff" * 6
_NOBODY = bytes(6)
_TRIES = 2
_PATIENCE = 0.15
"""Seconds for answers to each try."""
_ANSWERS = 64


def others_with(interfaces: Iterable[Interface]) -> dict[str, tuple[str, ...]]:
    """Return our addresses that others on the link have too, and the MACs of those; blocks for moments.

    An interface that cannot be asked (no Ethernet, no permission) is passed over.
    """
    found = {}
    for one in interfaces:
        if one.family == 4 and one.hardware == Hardware.ETHERNET:
            others = link_addresses(one, one.address, is_own=True)
            if others:
                found[one.address] = others
    return found


def link_addresses(interface: Interface, address: str, *, is_own: bool = False) -> tuple[str, ...]:
    """Return the MACs of all hosts of a link that say they have an IPv4 address; blocks for moments.

    Args:
        interface: an Ethernet one; the question leaves there.
        address: asked for.
        is_own: ask as one who is about to take the address, so that nobody's tables change (RFC 5227).
    """
    try:
        link = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ARP))
    except OSError:
        return ()
    with link:
        try:
            link.bind((interface.name, _ARP))
            return _ask(link, interface, address, is_own=is_own)
        except OSError:
            return ()


def _ask(link: socket.socket, interface: Interface, address: str, *, is_own: bool) -> tuple[str, ...]:
    own = link.getsockname()[4]
    target = socket.inet_aton(address)
    sender = bytes(4) if is_own else socket.inet_aton(interface.address)
    question = _LAYOUT.pack(_ETHERNET, _IPV4, 6, 4, _REQUEST, own, sender, _NOBODY, target)
    found: dict[str, None] = {}
    for _ in range(_TRIES):
        link.sendto(question, (interface.name, _ARP, 0, 0, _EVERYBODY))
        deadline = time.monotonic() + _PATIENCE
        while len(found) < _ANSWERS and (left := deadline - time.monotonic()) > 0:
            if not select.select([link], [], [], left)[0]:
                break
            mac = _answer(link.recv(2048), target)
            if mac is not None and mac != own:
                found[mac.hex(":")] = None
    return tuple(found)


def _answer(frame: bytes, target: bytes) -> bytes | None:
    """Return the MAC that a frame says an address has, if it does."""
    if len(frame) < _LAYOUT.size:
        return None
    _, protocol, _, _, kind, mac, address, _, _ = _LAYOUT.unpack_from(frame)
    return bytes(mac) if (protocol, kind, address) == (_IPV4, _REPLY, target) else None
