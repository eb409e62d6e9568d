"""How a node stands in a tuple, open or sealed.

Open, as Zyre has it: key is the uuid in capital hexadecimal digits, value `tcp://10.0.0.1:49152`, followed by
`|` and the Z85 public key in keyed meshes.
Sealed: key is `covey-` and random digits (with a number, for nodes that another one vouches for), value
`BASE64|host` with one sealed beacon.
"""

from __future__ import annotations

import base64
from typing import Protocol
from uuid import UUID

from covey.endpoint import parse_tcp
from covey.errors import EndpointError
from covey.security.z85 import decode_z85, encode_z85
from covey.values import frozen

from ..beacon.codec import Beacon, Discard
from ..beacon.codec_protocol import BeaconCodec
from ..sighting import Announcement

__all__ = ["GossipCodec", "OpenTuples", "SealedTuples", "TupleContent"]

_PREFIX = "covey-"
_KEY_LENGTH = 32


@frozen
class TupleContent:
    """What a tuple says of a node."""

    uuid: UUID
    endpoint: str
    public_key: bytes | None = None
    sequence: int | None = None
    """None where anybody can forge tuples."""


class GossipCodec(Protocol):
    """Turns announcements into tuples and back."""

    def encode(self, announcement: Announcement, host: str) -> tuple[str, str]:
        """Return key and value; `host` is the address at which others reach the node.

        The key of a node stays the same.
        """
        ...

    def decode(self, key: str, value: str) -> TupleContent | Discard:
        """Return what a tuple says, or why it is not for us. Never raises."""
        ...

    def forget(self, uuid: UUID) -> None:
        """Forget the key of a node that is gone."""
        ...


class OpenTuples:
    """Tuples as Zyre's gossip mode has them."""

    def encode(self, announcement: Announcement, host: str) -> tuple[str, str]:
        """Return key and value."""
        value = _endpoint(host, announcement.port)
        if announcement.public_key is not None:
            value += f"|{encode_z85(announcement.public_key)}"
        return announcement.uuid.hex.upper(), value

    def decode(self, key: str, value: str) -> TupleContent | Discard:
        """Return what a tuple says, or why it is not for us."""
        try:
            uuid = UUID(key)
        except ValueError:
            return Discard.FOREIGN
        endpoint, separator, text = value.partition("|")
        if not _is_endpoint(endpoint):
            return Discard.MALFORMED
        public_key = _key(text) if separator and text else None
        return TupleContent(uuid, endpoint, public_key)

    def forget(self, uuid: UUID) -> None:
        """Do nothing: keys are made of uuids."""


class SealedTuples:
    """Tuples of a secret mesh.

    Args:
        beacons: the sealed codec of the mesh.
        tag: random digits that stand for the uuid; fresh for each process.
    """

    def __init__(self, beacons: BeaconCodec, tag: str) -> None:
        self._beacons = beacons
        self._tag = tag
        self._keys: dict[UUID, str] = {}
        self._made = 0

    def encode(self, announcement: Announcement, host: str) -> tuple[str, str]:
        """Return key and value."""
        sealed = base64.b64encode(self._beacons.encode(announcement, departing=False)).decode()
        return self._key_of(announcement.uuid), f"{sealed}|{host}"

    def decode(self, key: str, value: str) -> TupleContent | Discard:
        """Return what a tuple says, or why it is not for us."""
        sealed, separator, host = value.partition("|")
        if not key.startswith(_PREFIX) or not separator:
            return Discard.FOREIGN
        try:
            datagram = base64.b64decode(sealed, validate=True)
        except ValueError:
            return Discard.MALFORMED
        beacon = self._beacons.decode(datagram)
        if not isinstance(beacon, Beacon):
            return beacon
        endpoint = _endpoint(host, beacon.port)
        if not _is_endpoint(endpoint):
            return Discard.MALFORMED
        return TupleContent(beacon.uuid, endpoint, beacon.public_key, beacon.sequence)

    def forget(self, uuid: UUID) -> None:
        """Forget the key of a node that is gone."""
        self._keys.pop(uuid, None)

    def _key_of(self, uuid: UUID) -> str:
        """Return the key of a node: one per node, and none tells which."""
        if uuid not in self._keys:
            self._keys[uuid] = f"{_PREFIX}{self._tag}-{self._made}"
            self._made += 1
        return self._keys[uuid]


def _endpoint(host: str, port: int) -> str:
    return f"tcp://[{host}]:{port}" if ":" in host else f"tcp://{host}:{port}"


def _is_endpoint(endpoint: str) -> bool:
    """Whether something that a stranger wrote can be connected to."""
    try:
        parse_tcp(endpoint, for_bind=False)
    except EndpointError:
        return False
    return True


def _key(text: str) -> bytes | None:
    """Return the key that a tuple claims, or None when it is none."""
    try:
        key = decode_z85(text)
    except ValueError:
        return None
    return key if len(key) == _KEY_LENGTH else None
