"""Network-layer addresses inside PGM packets.

::

     0                   1                   2                   3
    +-------------------------------+-------------------------------+
    |  address family (1 v4, 2 v6)  |          reserved (0)         |
    +-------------------------------+-------------------------------+
    |                 address, 4 or 16 octets                       |
    +---------------------------------------------------------------+
"""

from __future__ import annotations

from covey.errors import PgmError

from ..constants import AFI_IPV4, AFI_IPV6, NLA_HEAD

__all__ = ["decode_nla", "encode_nla", "pack_address", "unpack_address"]

_SIZES = {AFI_IPV4: 4, AFI_IPV6: 16}
_FAMILIES = {4: AFI_IPV4, 16: AFI_IPV6}


def encode_nla(address: bytes) -> bytes:
    """Return the 8 or 20 octets of `address` (packed, 4 or 16 octets)."""
    return NLA_HEAD.pack(_FAMILIES[len(address)], 0) + address


def decode_nla(data: bytes, offset: int) -> tuple[bytes, int]:
    """Return the packed address at `offset` and the offset behind it.

    Raises:
        PgmError: cut short, or of an unknown family.
    """
    if len(data) - offset < NLA_HEAD.size:
        raise PgmError("address cut short", offset)
    family, _ = NLA_HEAD.unpack_from(data, offset)
    size = _SIZES.get(family)
    if size is None:
        raise PgmError(f"unknown address family {family}", offset)
    start = offset + NLA_HEAD.size
    address = bytes(data[start : start + size])
    if len(address) != size:
        raise PgmError("address cut short", offset)
    return address, start + size


def pack_address(text: str) -> bytes:
    """Return the packed form of a numeric address; an IPv6 scope is left out."""
    if ":" not in text:
        return bytes(map(int, text.split(".")))
    from ipaddress import IPv6Address

    return IPv6Address(text.partition("%")[0]).packed


def unpack_address(address: bytes) -> str:
    """Return the numeric form of a packed address."""
    if len(address) == 4:
        return ".".join(map(str, address))
    from ipaddress import IPv6Address

    return str(IPv6Address(address))
