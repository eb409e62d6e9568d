"""What the owner of an authority hands to a machine that may join (`docs/wire/certificate.md`).

::

    "CVM" 01  authority key(32)  sealed announcement secret(80)
    length(2) certificate  length(4) revocation list  signature(64)

The announcement secret seals what members announce, so that strangers cannot even tell the mesh; it is
sealed to the member's CURVE key (NaCl's sealed box). Being a member takes the certificate.
"""

from __future__ import annotations

from typing import Self

from covey.errors import OptionError, ProtocolError
from covey.values import field, frozen

from ..curve.keys import CurveKeys
from ..secret import SECRET_SIZE, Secret
from .certificate import MAX_CERTIFICATE, Certificate
from .octets import Reader
from .revocations import MAX_REVOCATIONS, RevocationList
from .signing import SIGNATURE_SIZE, Signer, is_signed

__all__ = ["Membership"]

_MAGIC = b"CVM\x01"
_WHAT = "a membership"
_PURPOSE = "membership 1"
_KEY_SIZE = 32
_SEALED_SIZE = SECRET_SIZE + 48
_LONGEST = len(_MAGIC) + _KEY_SIZE + _SEALED_SIZE + 6 + MAX_CERTIFICATE + MAX_REVOCATIONS + SIGNATURE_SIZE


@frozen
class Membership:
    """A membership whose signatures are all right, by the authority that it names itself."""

    authority: bytes
    """Its Ed25519 public key, 32 octets. Whether it is the right authority, people decide."""
    certificate: Certificate
    revocations: RevocationList
    sealed_secret: bytes = field(repr=False)

    def announcement_secret(self, keys: CurveKeys) -> Secret:
        """Return what the mesh's announcements are sealed with.

        Raises:
            OptionError: the membership was made for other keys.
        """
        from nacl.bindings import crypto_box_seal_open
        from nacl.exceptions import CryptoError

        try:
            return Secret(crypto_box_seal_open(self.sealed_secret, keys.public_bytes, keys.secret_bytes))
        except CryptoError:
            raise OptionError("membership", "was made for other keys than these") from None

    @classmethod
    def grant(
        cls, authority: Signer, certificate: Certificate, revocations: RevocationList, secret: bytes
    ) -> bytes:
        """Return the octets of a membership for the holder of the certificate's key."""
        from nacl.bindings import crypto_box_seal

        proof, revoked = certificate.encode(), revocations.encode()
        body = b"".join(
            (
                _MAGIC,
                authority.public_bytes,
                crypto_box_seal(secret, certificate.curve_key),
                len(proof).to_bytes(2, "big"),
                proof,
                len(revoked).to_bytes(4, "big"),
                revoked,
            )
        )
        return body + authority.sign(_PURPOSE, body)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Return what a membership says.

        Raises:
            ProtocolError: it cannot be read, or a signature in it is wrong.
        """
        reader = Reader.of_paper(data, _WHAT, _MAGIC, _LONGEST)
        authority, sealed = reader.take(_KEY_SIZE), reader.take(_SEALED_SIZE)
        certificate = Certificate.decode(reader.take(reader.number(2)))
        revocations = RevocationList.decode(reader.take(reader.number(4)))
        body, signature = data[: reader.position], reader.signature()
        if not is_signed(authority, signature, _PURPOSE, body):
            raise ProtocolError(f"{_WHAT} whose signature is wrong")
        if not certificate.is_issued_by(authority) or not revocations.is_issued_by(authority):
            raise ProtocolError(f"{_WHAT} with something in it that the authority did not sign")
        if certificate.mesh != revocations.mesh:
            raise ProtocolError(f"{_WHAT} of two meshes")
        return cls(authority, certificate, revocations, sealed)
