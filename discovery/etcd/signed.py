"""Records of members with lasting keys: sealed as in a secret mesh, and signed by who is told of.

They are believed as signed beacons are (`discovery/beacon/signed.py`): a wrong signature makes a record foreign; one
that cannot be checked yet leads to a connection, where the certificate must be shown, and to nothing else.
"""

from __future__ import annotations

from covey.security.trust.node_ids import belongs_to
from covey.security.trust.signed_seal import SignedSealer
from covey.values import replace

from ..beacon.codec import Discard
from .constants import LARGEST_VALUE
from .records import Record, SealedRecords, read_content

__all__ = ["SignedRecords"]


class SignedRecords(SealedRecords):
    """As `SealedRecords`.

    Args:
        sealer: ours.
        tag: 16 octets that tell the meshes of a store apart, and nothing else.
        name: random octets that stand for this node; fresh for each process.
        first_sequence: the wall clock in microseconds.
    """

    def __init__(self, sealer: SignedSealer, tag: bytes, name: bytes, first_sequence: int) -> None:
        super().__init__(sealer, tag, name, first_sequence)
        self._signed = sealer
        self._unproven = 0

    def decode(self, key: bytes, value: bytes) -> Record | Discard:
        """Return what an entry says, or why it is not for us."""
        if not key.startswith(self.prefix) or len(value) > LARGEST_VALUE:
            return Discard.FOREIGN
        opened = self._signed.open_from(value, key)
        if opened is None:
            return Discard.FOREIGN
        record = read_content(opened.body)
        if isinstance(record, Discard):
            return record
        if not belongs_to(record.uuid, record.public_key or b""):
            return Discard.MALFORMED
        if opened.sender == record.public_key:
            return record
        if record.endpoint is None:
            return Discard.FOREIGN
        # Rising, as it may be written again; and below every real sequence, which begins at a wall clock.
        self._unproven += 1
        return replace(record, sequence=self._unproven)
