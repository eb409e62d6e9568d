"""What a node says of itself in its TXT record, open or sealed.

Open:   `txtvers=1`, `mesh=NAME` (if it has one), `uuid=HEX`; the port is in the SRV record.
Sealed: `txtvers=1`, `sealed=BASE64` of one sealed beacon, 144 characters; the SRV record says port 0.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from ..beacon.codec import Beacon, Discard
from ..beacon.codec_protocol import BeaconCodec
from ..sighting import Announcement

__all__ = ["MdnsCodec", "OpenText", "SealedText"]

_VERSION = b"1"


class MdnsCodec(Protocol):
    """Turns announcements into TXT records and back."""

    hides_names: bool
    """Whether the instance must go by a name that says nothing."""

    def encode(self, announcement: Announcement) -> tuple[int, dict[str, bytes]]:
        """Return the port of the SRV record and the properties."""
        ...

    def decode(self, port: int, properties: Mapping[str, bytes]) -> Beacon | Discard:
        """Return what a record says, or why it is not for us. Never raises."""
        ...


class OpenText:
    """Records that everybody can read and forge.

    Args:
        mesh: nodes of another mesh are foreign; empty for the mesh without a name.
    """

    hides_names = False

    def __init__(self, mesh: str = "") -> None:
        self._mesh = mesh.encode()

    def encode(self, announcement: Announcement) -> tuple[int, dict[str, bytes]]:
        """Return the port of the SRV record and the properties."""
        properties = {"txtvers": _VERSION, "uuid": announcement.uuid.hex.encode()}
        if self._mesh:
            properties["mesh"] = self._mesh
        return announcement.port, properties

    def decode(self, port: int, properties: Mapping[str, bytes]) -> Beacon | Discard:
        """Return what a record says, or why it is not for us."""
        if "uuid" not in properties or properties.get("mesh", b"") != self._mesh:
            return Discard.FOREIGN
        try:
            uuid = UUID(properties["uuid"].decode("ascii"))
        except ValueError:
            return Discard.MALFORMED
        return Beacon(uuid, port) if port else Discard.MALFORMED


class SealedText:
    """Records of a secret mesh.

    Args:
        beacons: the sealed codec of the mesh; share it with the beacon, so that sequences keep rising.
    """

    hides_names = True

    def __init__(self, beacons: BeaconCodec) -> None:
        self._beacons = beacons

    def encode(self, announcement: Announcement) -> tuple[int, dict[str, bytes]]:
        """Return port 0, which says that the port is told elsewhere, and the properties."""
        sealed = base64.b64encode(self._beacons.encode(announcement, departing=False))
        return 0, {"txtvers": _VERSION, "sealed": sealed}

    def decode(self, port: int, properties: Mapping[str, bytes]) -> Beacon | Discard:
        """Return what a record says, or why it is not for us."""
        if "sealed" not in properties:
            return Discard.FOREIGN
        try:
            datagram = base64.b64decode(properties["sealed"], validate=True)
        except (ValueError, binascii.Error):
            return Discard.MALFORMED
        beacon = self._beacons.decode(datagram)
        if isinstance(beacon, Beacon) and beacon.port == 0:
            return Discard.MALFORMED
        return beacon
