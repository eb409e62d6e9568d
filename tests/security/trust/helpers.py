"""An authority, members and their papers, for tests."""

from __future__ import annotations

from covey.security.curve.keys import CurveKeys
from covey.security.trust.certificate import Certificate
from covey.security.trust.permissions import UNRESTRICTED, Permissions
from covey.security.trust.signing import Signer

__all__ = ["AUTHORITY", "NOW", "certificate_for", "keys_of"]

AUTHORITY = Signer(b"A" * 32)
NOW = 1_800_000_000


def keys_of(number: int) -> CurveKeys:
    """Return the same key pair for the same number."""
    from nacl.bindings import crypto_scalarmult_base

    secret = bytes((number,)) * 32
    return CurveKeys(crypto_scalarmult_base(secret), secret)


def certificate_for(
    keys: CurveKeys,
    name: str = "thermo-1",
    *,
    mesh: str = "lab",
    not_after: int = NOW + 1000,
    permissions: Permissions = UNRESTRICTED,
    authority: Signer = AUTHORITY,
) -> Certificate:
    """Return a signed certificate."""
    signing = Signer.of_member(keys).public_bytes
    certificate = Certificate(
        mesh, name, b"serial--", NOW - 1000, not_after, keys.public_bytes, signing, ("sensor",), permissions
    )
    return certificate.signed(authority)
