"""Notifications of rtnetlink: decode only, as the kernel writes them (native byte order).

::

    0        4      6       8     12    16
    | length | type | flags | seq | pid | header of the type, attributes |   aligned to 4

    link:    family(1) pad(1) kind(2) index(4) flags(4) change(4)
    address: family(1) prefix(1) flags(1) scope(1) index(4)
    attribute: length(2) type(2) value, aligned to 4; the length counts its own header

Source: rtnetlink(7).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from covey.values import frozen

from .constants import (
    AF_INET,
    AF_INET6,
    AF_UNSPEC,
    ATTRIBUTE_TYPE_MASK,
    IFA_ADDRESS,
    IFA_LOCAL,
    IFLA_IFNAME,
    RTM_DELADDR,
    RTM_DELLINK,
    RTM_NEWADDR,
    RTM_NEWLINK,
)

__all__ = ["AddressChange", "LinkChange", "MalformedNotification", "decode"]

_HEADER = struct.Struct("=IHHII")
_LINK = struct.Struct("=BxHiII")
_ADDRESS = struct.Struct("=BBBBI")
_ATTRIBUTE = struct.Struct("=HH")


class MalformedNotification(ValueError):
    """A notification whose lengths do not fit."""


@frozen
class LinkChange:
    """An interface that appeared, went away, or changed its flags."""

    index: int
    name: str
    flags: int
    """Bits of `Flag`."""
    is_gone: bool


@frozen
class AddressChange:
    """An address that appeared (or was confirmed) or went away."""

    index: int
    family: int
    """4 or 6."""
    address: bytes
    """4 or 16 octets; empty if the kernel did not say."""
    prefix_length: int
    is_gone: bool


def decode(data: bytes) -> list[LinkChange | AddressChange]:
    """Return the changes that one datagram tells of; messages of other types are passed over.

    Raises:
        MalformedNotification: a length points outside of what it is in.
    """
    changes: list[LinkChange | AddressChange] = []
    for kind, body in _messages(memoryview(data)):
        if kind in (RTM_NEWLINK, RTM_DELLINK):
            change: LinkChange | AddressChange | None = _link(body, is_gone=kind == RTM_DELLINK)
        elif kind in (RTM_NEWADDR, RTM_DELADDR):
            change = _address(body, is_gone=kind == RTM_DELADDR)
        else:
            continue
        if change is not None:
            changes.append(change)
    return changes


def _messages(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield type and body of each message."""
    offset = 0
    while offset + _HEADER.size <= len(data):
        length, kind, _, _, _ = _HEADER.unpack_from(data, offset)
        if not _HEADER.size <= length <= len(data) - offset:
            raise MalformedNotification(f"a message of {length} octets with {len(data) - offset} left")
        yield kind, data[offset + _HEADER.size : offset + length]
        offset += _aligned(length)


def _link(body: memoryview, *, is_gone: bool) -> LinkChange | None:
    """Return the change, or None for a bridge port's side of it, which says nothing new."""
    if len(body) < _LINK.size:
        raise MalformedNotification(f"a link in {len(body)} octets")
    family, _, index, flags, _ = _LINK.unpack_from(body)
    if family != AF_UNSPEC:
        return None
    name = dict(_attributes(body[_LINK.size :])).get(IFLA_IFNAME, b"")
    return LinkChange(index, name.rstrip(b"\0").decode("utf-8", "replace"), flags, is_gone)


def _address(body: memoryview, *, is_gone: bool) -> AddressChange | None:
    """Return the change, or None for an address family that is neither IPv4 nor IPv6."""
    if len(body) < _ADDRESS.size:
        raise MalformedNotification(f"an address in {len(body)} octets")
    family, prefix, _, _, index = _ADDRESS.unpack_from(body)
    if family not in (AF_INET, AF_INET6):
        return None
    attributes = dict(_attributes(body[_ADDRESS.size :]))
    address = attributes.get(IFA_LOCAL) or attributes.get(IFA_ADDRESS) or b""
    return AddressChange(index, 4 if family == AF_INET else 6, address, prefix, is_gone)


def _attributes(data: memoryview) -> Iterator[tuple[int, bytes]]:
    """Yield type and value of each attribute."""
    offset = 0
    while offset + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        if not _ATTRIBUTE.size <= length <= len(data) - offset:
            raise MalformedNotification(f"an attribute of {length} octets with {len(data) - offset} left")
        yield kind & ATTRIBUTE_TYPE_MASK, bytes(data[offset + _ATTRIBUTE.size : offset + length])
        offset += _aligned(length)


def _aligned(length: int) -> int:
    return (length + 3) & ~3
