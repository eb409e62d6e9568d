"""How a node stands in the store, open or sealed (`docs/wire/etcd.md`).

Open:   `/covey/1/open/MESH/UUID`, value `{"uuid": "HEX", "endpoint": "tcp://10.0.0.1:49152"}`; the endpoint of
        a node that says goodbye is null.
Sealed: `/covey/1/sealed/TAG/RANDOM`, the tag made of secret and mesh, value one sealed record.
"""

from __future__ import annotations

import json
from struct import Struct
from struct import error as StructError
from typing import Protocol
from uuid import UUID

from covey.endpoint import TcpAddress, parse_tcp
from covey.errors import EndpointError, OptionError
from covey.values import frozen

from ..beacon.codec import Discard
from ..sighting import Announcement
from .constants import LARGEST_VALUE, PREFIX

__all__ = ["OpenRecords", "Record", "RecordCodec", "RecordSeal", "SealedRecords", "read_content"]

_CONTENT = Struct("!16s32sQHB")
_SEALED_SIZE = 192
"""Octets of every sealed content, so that its length says nothing."""
_LONGEST_HOST = _SEALED_SIZE - _CONTENT.size


@frozen
class Record:
    """What the store says of a node."""

    uuid: UUID
    endpoint: str | None
    """None when it says goodbye."""
    public_key: bytes | None = None
    """32 octets, proven by the seal; None in open meshes."""
    sequence: int | None = None
    """Grows with each record of one node; None where anybody can forge records."""


class RecordSeal(Protocol):
    """Seals records so that only members can read and make them, and nobody can move them."""

    def seal(self, content: bytes, place: bytes) -> bytes:
        """Return the record that says `content` at `place`."""
        ...

    def open(self, record: bytes, place: bytes) -> bytes | None:
        """Return what a record at `place` says, or None if it is none of a member's."""
        ...


class RecordCodec(Protocol):
    """Turns announcements into entries and back."""

    prefix: bytes
    """Of the keys of all nodes of the mesh; ends in `/`."""

    def key_of(self, announcement: Announcement) -> bytes:
        """Return the key of this node, the same each time."""
        ...

    def encode(self, announcement: Announcement, host: str) -> bytes:
        """Return the value; an empty `host` says goodbye."""
        ...

    def decode(self, key: bytes, value: bytes) -> Record | Discard:
        """Return what an entry says, or why it is not for us. Never raises."""
        ...


class OpenRecords:
    """Records that everybody who may use the store can read and forge."""

    def __init__(self, mesh: str) -> None:
        self.prefix = f"{PREFIX}open/{mesh.encode().hex() if '/' in mesh else mesh}/".encode()

    def key_of(self, announcement: Announcement) -> bytes:
        """Return the key of this node."""
        return self.prefix + announcement.uuid.hex.encode()

    def encode(self, announcement: Announcement, host: str) -> bytes:
        """Return the value."""
        endpoint = f"tcp://{TcpAddress(host, announcement.port)}" if host else None
        return json.dumps({"uuid": announcement.uuid.hex, "endpoint": endpoint}).encode()

    def decode(self, key: bytes, value: bytes) -> Record | Discard:
        """Return what an entry says, or why it is not for us."""
        if not key.startswith(self.prefix) or len(value) > LARGEST_VALUE:
            return Discard.FOREIGN
        try:
            content = json.loads(value)
            uuid, endpoint = UUID(content["uuid"]), content["endpoint"]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return Discard.MALFORMED
        if key != self.prefix + uuid.hex.encode() or not (endpoint is None or _is_endpoint(endpoint)):
            return Discard.MALFORMED
        return Record(uuid, endpoint)


class SealedRecords:
    """Records of a secret mesh: uuid, key, sequence, port and host, zeros up to 192 octets, all sealed.

    Args:
        sealer: of this secret and mesh, for the purpose `etcd`.
        tag: 16 octets that tell the meshes of a store apart, and nothing else.
        name: random octets that stand for this node; fresh for each process.
        first_sequence: the wall clock in microseconds.
    """

    def __init__(self, sealer: RecordSeal, tag: bytes, name: bytes, first_sequence: int) -> None:
        self.prefix = f"{PREFIX}sealed/{tag.hex()}/".encode()
        self._sealer = sealer
        self._name = name
        self._sequence = first_sequence

    def key_of(self, announcement: Announcement) -> bytes:
        """Return the key of this node."""
        return self.prefix + self._name.hex().encode()

    def encode(self, announcement: Announcement, host: str) -> bytes:
        """Return the value, different each time.

        Raises:
            OptionError: the announcement has no public key, or the host is too long a name.
        """
        octets, key = host.encode(), announcement.public_key
        if key is None:
            raise OptionError("public_key", "a node of a secret mesh announces one")
        if len(octets) > _LONGEST_HOST:
            raise OptionError("host", f"has at most {_LONGEST_HOST} octets")
        head = _CONTENT.pack(announcement.uuid.bytes, key, self._sequence, announcement.port, len(octets))
        self._sequence += 1
        return self._sealer.seal((head + octets).ljust(_SEALED_SIZE, b"\0"), self.key_of(announcement))

    def decode(self, key: bytes, value: bytes) -> Record | Discard:
        """Return what an entry says, or why it is not for us."""
        if not key.startswith(self.prefix) or len(value) > LARGEST_VALUE:
            return Discard.FOREIGN
        content = self._sealer.open(value, key)
        return Discard.FOREIGN if content is None else read_content(content)


def read_content(content: bytes) -> Record | Discard:
    """Return what was sealed."""
    try:
        uuid, public_key, sequence, port, length = _CONTENT.unpack_from(content)
        host = content[_CONTENT.size : _CONTENT.size + length].decode()
    except (StructError, UnicodeDecodeError):
        return Discard.MALFORMED
    endpoint = f"tcp://{TcpAddress(host, port)}" if host else None
    if endpoint is not None and not _is_endpoint(endpoint):
        return Discard.MALFORMED
    return Record(UUID(bytes=uuid), endpoint, public_key, sequence)


def _is_endpoint(endpoint: object) -> bool:
    """Whether something that a stranger wrote can be connected to."""
    if not isinstance(endpoint, str) or not endpoint.startswith("tcp://"):
        return False
    try:
        parse_tcp(endpoint, for_bind=False)
    except EndpointError:
        return False
    return True
