"""What a machine that wants to join says of itself: its public keys and the name it would like.

::

    "CVJ" 01  name  curve key(32)  signing key(32)  signature(64)

The signature is the machine's own: nobody can ask for a certificate that names another's signing key. That the
CURVE key is the machine's shows when it uses the certificate, which is worth nothing without the secret half.
"""

from __future__ import annotations

from typing import Self

from covey.errors import ProtocolError
from covey.values import field, frozen

from ..curve.keys import CurveKeys
from .fingerprint import Fingerprint
from .octets import Reader, text8
from .signing import SIGNATURE_SIZE, Signer, is_signed

__all__ = ["JoinRequest"]

_MAGIC = b"CVJ\x01"
_WHAT = "a join request"
_PURPOSE = "join request 1"
_LONGEST = len(_MAGIC) + 256 + 64 + SIGNATURE_SIZE


@frozen
class JoinRequest:
    """A request whose signature is right."""

    name: str
    curve_key: bytes
    signing_key: bytes
    signature: bytes = field(default=b"", repr=False)

    @classmethod
    def make(cls, name: str, keys: CurveKeys) -> Self:
        """Return the request of the holder of `keys`.

        Raises:
            OptionError: the name is too long or does not print.
        """
        signer = Signer.of_member(keys)
        body = _body(name, keys.public_bytes, signer.public_bytes)
        return cls(name, keys.public_bytes, signer.public_bytes, signer.sign(_PURPOSE, body))

    @property
    def fingerprint(self) -> Fingerprint:
        """What both ends compare."""
        return Fingerprint.of(self.curve_key, self.signing_key)

    def encode(self) -> bytes:
        """Return the request as it travels."""
        return _body(self.name, self.curve_key, self.signing_key) + self.signature

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Return what a request says.

        Raises:
            ProtocolError: it cannot be read, or its signature is wrong.
        """
        reader = Reader.of_paper(data, _WHAT, _MAGIC, _LONGEST)
        name, curve_key, signing_key = reader.text(), reader.take(32), reader.take(32)
        body, signature = data[: reader.position], reader.signature()
        if not is_signed(signing_key, signature, _PURPOSE, body):
            raise ProtocolError(f"{_WHAT} whose signature is wrong")
        return cls(name, curve_key, signing_key, signature)


def _body(name: str, curve_key: bytes, signing_key: bytes) -> bytes:
    return _MAGIC + text8("name", name) + curve_key + signing_key
