"""What the kernel says of this host's network interfaces: one row per address."""

from __future__ import annotations

import array
import fcntl
import socket
import struct
from collections.abc import Iterator

from covey.values import frozen

__all__ = ["Flag", "Hardware", "Interface", "list_interfaces"]

_IFREQ = struct.Struct("16s24x")
_FLAGS = struct.Struct("16xH")
_HARDWARE = struct.Struct("16xH")
_SIOCGIFFLAGS = 0x8913
_SIOCGIFHWADDR = 0x8927


class Flag:
    """Interface flags of Linux (IFF_*, linux/if.h), as bits."""

    UP = 0x1
    BROADCAST = 0x2
    LOOPBACK = 0x8
    POINT_TO_POINT = 0x10
    RUNNING = 0x40
    """It has a link: a cable that leads somewhere, a Wi-Fi that was joined."""
    SLAVE = 0x800
    MULTICAST = 0x1000


class Hardware:
    """Link kinds of Linux (ARPHRD_*, linux/if_arp.h)."""

    ETHERNET = 1
    PPP = 512
    TUNNEL = 768
    TUNNEL6 = 769
    LOOPBACK = 772
    SIT = 776
    GRE = 778
    GRE6 = 823
    NONE = 0xFFFE
    """No link layer at all: tun, WireGuard."""


@frozen
class Interface:
    """One address of one interface; an interface without any has one row with an empty address."""

    name: str
    index: int
    flags: int
    """Bits of `Flag`."""
    hardware: int
    """A value of `Hardware`, or another ARPHRD_*."""
    family: int = 4
    """4 or 6, the version of IP."""
    address: str = ""
    """Numeric, without zone."""
    prefix_length: int = 0

    def has(self, flag: int) -> bool:
        """Whether this bit of `Flag` is set."""
        return bool(self.flags & flag)

    @property
    def broadcast(self) -> str:
        """The directed broadcast address, or empty where the network is too small for one, or IPv6.

        Computed from the prefix: the kernel routes it so even when no broadcast address was configured.
        """
        if self.family != 4 or not self.address or self.prefix_length > 30:
            return ""
        host = (1 << (32 - self.prefix_length)) - 1
        return _text(_number(self.address) | host)

    @property
    def network(self) -> tuple[int, str]:
        """The network that the address lies in: prefix length and base address (IPv4)."""
        host = (1 << (32 - self.prefix_length)) - 1
        return self.prefix_length, _text(_number(self.address) & ~host)

    def reaches(self, address: str) -> bool:
        """Whether an IPv4 address lies in this (IPv4) network."""
        host = (1 << (32 - self.prefix_length)) - 1
        return _number(self.address) | host == _number(address) | host

    @property
    def is_link_local(self) -> bool:
        """Whether the address is an IPv6 one that is valid on this link alone."""
        return self.family == 6 and self.address[:3].lower() in ("fe8", "fe9", "fea", "feb")


def list_interfaces() -> list[Interface]:
    """Return every interface of this network namespace, in the kernel's order.

    Flags and kinds come by ioctl because /sys shows the namespace it was mounted in, not the process's.
    """
    import netifaces

    rows: list[Interface] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for name in netifaces.interfaces():
            try:
                rows.extend(_rows(probe, name, netifaces.ifaddresses(name)))
            except (OSError, ValueError):
                continue  # it went away while we looked
    return rows


def _rows(probe: socket.socket, name: str, addresses: dict[int, list[dict[str, str]]]) -> list[Interface]:
    """Return the rows of one interface; raise OSError when it is gone."""
    index = socket.if_nametoindex(name)
    flags = _ask(probe, name, _SIOCGIFFLAGS, _FLAGS)
    hardware = _ask(probe, name, _SIOCGIFHWADDR, _HARDWARE)
    rows = [
        Interface(name, index, flags, hardware, family, address, prefix)
        for family, address, prefix in _addresses(addresses)
    ]
    return rows or [Interface(name, index, flags, hardware)]


def _addresses(addresses: dict[int, list[dict[str, str]]]) -> Iterator[tuple[int, str, int]]:
    """Yield family, address and prefix length."""
    for entry in addresses.get(socket.AF_INET, ()):
        if address := entry.get("addr"):
            mask = _number(entry.get("netmask", "255.255.255.255"))
            yield 4, address, mask.bit_count()
    for entry in addresses.get(socket.AF_INET6, ()):
        if address := entry.get("addr"):
            _, _, prefix = entry.get("netmask", "").rpartition("/")
            yield 6, address.partition("%")[0], int(prefix or 128)


def _ask(probe: socket.socket, name: str, request: int, layout: struct.Struct) -> int:
    """Return a number that the kernel keeps for an interface."""
    buffer = array.array("B", _IFREQ.pack(name.encode()))
    fcntl.ioctl(probe, request, buffer)
    number: int = layout.unpack_from(buffer)[0]
    return number


def _number(address: str) -> int:
    return int.from_bytes(socket.inet_aton(address), "big")


def _text(number: int) -> str:
    return socket.inet_ntoa((number & 0xFFFFFFFF).to_bytes(4, "big"))
