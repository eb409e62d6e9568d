"""The list of keys that an authority has withdrawn (`docs/wire/certificate.md`).

::

    "CVL" 01  mesh  number(8)  issued(8)  count(4)  key ids(16 each, rising)  signature(64)

A list replaces every list with a smaller number. It names keys, not certificates, so that a stolen machine is
out whichever of its certificates it shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import pairwise
from typing import Self

from covey.errors import OptionError, ProtocolError
from covey.values import field, frozen, replace

from .octets import Reader, text8
from .signing import SIGNATURE_SIZE, Signer, is_signed

__all__ = ["MAX_REVOCATIONS", "MAX_REVOKED", "RevocationList", "key_id"]

MAX_REVOKED = 20_000
"""Keys in one list."""
_MAGIC = b"CVL\x01"
_WHAT = "a revocation list"
_PURPOSE = "revocations 1"
_ID_SIZE = 16
MAX_REVOCATIONS = len(_MAGIC) + 256 + 20 + MAX_REVOKED * _ID_SIZE + SIGNATURE_SIZE
"""Octets of a list at most."""


def key_id(curve_key: bytes) -> bytes:
    """Return what stands for a public key in a list: the first 16 octets of its SHA-256."""
    return hashlib.sha256(curve_key).digest()[:_ID_SIZE]


@frozen
class RevocationList:
    """Whom the authority has withdrawn. Decoded ones may be forged: ask `is_issued_by`."""

    mesh: str
    number: int
    """Rises with every list; 0 for the empty one that nobody needs to sign."""
    issued: int
    """Unix seconds."""
    revoked: frozenset[bytes] = frozenset()
    """Of `key_id`."""
    signature: bytes = field(default=b"", repr=False)

    def body(self) -> bytes:
        """Return what is signed.

        Raises:
            OptionError: too many keys.
        """
        if len(self.revoked) > MAX_REVOKED:
            raise OptionError("revoked", f"at most {MAX_REVOKED} keys; found a new authority")
        numbers = self.number.to_bytes(8, "big") + self.issued.to_bytes(8, "big")
        count = len(self.revoked).to_bytes(4, "big")
        return _MAGIC + text8("mesh", self.mesh) + numbers + count + b"".join(sorted(self.revoked))

    def encode(self) -> bytes:
        """Return the list as it travels."""
        return self.body() + self.signature

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Return what a list says, whoever signed it.

        Raises:
            ProtocolError: it cannot be read.
        """
        reader = Reader.of_paper(data, _WHAT, _MAGIC, MAX_REVOCATIONS)
        mesh, number, issued, count = reader.text(), reader.number(8), reader.number(8), reader.number(4)
        if count > MAX_REVOKED:
            raise ProtocolError(f"{_WHAT} of {count} keys")
        ids = reader.take(count * _ID_SIZE)
        each = [ids[at : at + _ID_SIZE] for at in range(0, len(ids), _ID_SIZE)]
        if any(low >= high for low, high in pairwise(each)):
            raise ProtocolError(f"{_WHAT} whose keys do not rise")
        return cls(mesh, number, issued, frozenset(each), reader.signature())

    def with_keys(self, curve_keys: Iterable[bytes], issued: int) -> RevocationList:
        """Return the next list, unsigned, with these public keys too."""
        revoked = self.revoked | {key_id(key) for key in curve_keys}
        return replace(self, number=self.number + 1, issued=issued, revoked=revoked, signature=b"")

    def signed(self, authority: Signer) -> RevocationList:
        """Return the same, signed by an authority."""
        return replace(self, signature=authority.sign(_PURPOSE, self.body()))

    def is_issued_by(self, authority: bytes) -> bool:
        """Whether the holder of this Ed25519 public key signed it."""
        return is_signed(authority, self.signature, _PURPOSE, self.body())

    def names(self, curve_key: bytes) -> bool:
        """Whether a public key is withdrawn."""
        return key_id(curve_key) in self.revoked
