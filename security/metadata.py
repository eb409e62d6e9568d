"""ZMTP metadata: what each end says of itself in READY and INITIATE (RFC 37, section "Metadata").

::

    property  = name_length(1) name value_length(4, network order) value
    metadata  = *property
"""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct

from covey.errors import OptionError, ProtocolError

__all__ = ["MAX_METADATA", "MAX_PROPERTIES", "decode_metadata", "encode_metadata"]

MAX_METADATA = 65_536
"""Longest metadata that is accepted. Bytes."""
MAX_PROPERTIES = 256
"""Most properties that are accepted."""

_LONGEST_NAME = 255
_LENGTH = Struct("!I")


def encode_metadata(properties: Mapping[str, bytes]) -> bytes:
    """Return the wire form of `properties`, in their order.

    Raises:
        OptionError: a name that is empty, longer than 255 or outside Latin-1; or more in all than
            `MAX_METADATA` bytes or `MAX_PROPERTIES` properties.
    """
    encoded = bytearray()
    for name, value in properties.items():
        try:
            raw = name.encode("latin-1")
        except UnicodeEncodeError as error:
            raise OptionError("metadata", f"the name {name!r} is not Latin-1") from error
        if not 0 < len(raw) <= _LONGEST_NAME:
            raise OptionError("metadata", f"a name has 1 to {_LONGEST_NAME} characters, not {len(raw)}")
        encoded.append(len(raw))
        encoded += raw
        encoded += _LENGTH.pack(len(value))
        encoded += value
    if len(properties) > MAX_PROPERTIES or len(encoded) > MAX_METADATA:
        raise OptionError("metadata", f"at most {MAX_PROPERTIES} properties and {MAX_METADATA} bytes")
    return bytes(encoded)


def decode_metadata(data: bytes) -> dict[str, bytes]:
    """Return the properties in `data`.

    As libzmq does it: names are case-sensitive and may hold any byte (read as Latin-1) or none; of
    several properties with one name the first wins, but two different socket types are an error; so is a
    stray byte at the end, while a property whose value is missing altogether is passed over.

    Raises:
        ProtocolError: malformed, or beyond `MAX_METADATA` bytes or `MAX_PROPERTIES` properties.
    """
    size = len(data)
    if size > MAX_METADATA:
        raise ProtocolError(f"metadata of {size} bytes, more than {MAX_METADATA}")
    properties: dict[str, bytes] = {}
    offset = count = 0
    while offset < size:
        count += 1
        if count > MAX_PROPERTIES:
            raise ProtocolError(f"more than {MAX_PROPERTIES} metadata properties")
        start = offset + 1
        stop = start + data[offset]
        begin = stop + _LENGTH.size
        if begin > size:
            raise ProtocolError(f"metadata cut short in the property at byte {offset}")
        offset = begin + _LENGTH.unpack_from(data, stop)[0]
        if offset > size:
            if begin == size:
                break
            raise ProtocolError(f"a metadata value longer than the metadata, at byte {begin}")
        name, value = data[start:stop].decode("latin-1"), data[begin:offset]
        if properties.setdefault(name, value) != value and name == "Socket-Type":
            raise ProtocolError("two socket types")
    return properties
