"""Who is a member at a moment: certificates seen, and the revocation list that is valid now. No clock."""

from __future__ import annotations

import enum
from collections import OrderedDict

from covey.errors import ProtocolError
from covey.values import frozen

from .certificate import Certificate
from .revocations import RevocationList
from .signed_seal import short_id

__all__ = ["CLOCK_SKEW", "MAX_CERTIFICATES", "Refusal", "RefusedCertificate", "Roll"]

MAX_CERTIFICATES = 16_384
"""Certificates that are remembered; the one shown longest ago gives way."""
CLOCK_SKEW = 300
"""Seconds by which a member's clock may be behind the authority's when a certificate begins."""


class Refusal(enum.Enum):
    """Why a certificate does not let its holder in."""

    MISSING = "no certificate"
    MALFORMED = "a certificate that cannot be read"
    FORGED = "a certificate that this authority did not sign"
    FOREIGN = "a certificate for another mesh"
    STOLEN = "a certificate for another key"
    EARLY = "a certificate that is not valid yet"
    EXPIRED = "an expired certificate"
    REVOKED = "a revoked key"


@frozen
class RefusedCertificate:
    """A certificate that was looked at in vain."""

    refusal: Refusal
    name: str = ""
    """Whom it names; empty unless the authority signed it."""


class Roll:
    """Certificates by the public key that they are for.

    Args:
        authority: its Ed25519 public key, 32 octets.
        mesh: the mesh's name.
        revocations: the list to begin with.
    """

    def __init__(self, authority: bytes, mesh: str, revocations: RevocationList) -> None:
        self.authority = authority
        self.mesh = mesh
        self.revocations = revocations
        """The newest list that was taken."""
        self._certificates: OrderedDict[bytes, Certificate] = OrderedDict()
        self._by_id: dict[bytes, bytes] = {}

    def examine(self, data: bytes, curve_key: bytes, now: float) -> Certificate | RefusedCertificate:
        """Take a certificate that the proven holder of `curve_key` shows; it is remembered if it is good.

        Args:
            data: the certificate, empty for none.
            curve_key: 32 octets.
            now: Unix seconds.
        """
        if not data:
            return RefusedCertificate(Refusal.MISSING)
        known = self._certificates.get(curve_key)
        if known is not None and data == known.encode():
            certificate = known
        else:
            try:
                certificate = Certificate.decode(data)
            except ProtocolError:
                return RefusedCertificate(Refusal.MALFORMED)
            if not certificate.is_issued_by(self.authority):
                return RefusedCertificate(Refusal.FORGED)
        refusal = self._refusal(certificate, curve_key, now)
        if refusal is not None:
            return RefusedCertificate(refusal, certificate.name)
        if known is None or certificate.not_after >= known.not_after:
            self._certificates[curve_key] = certificate
            self._by_id[short_id(curve_key)] = curve_key
        self._certificates.move_to_end(curve_key)
        if len(self._certificates) > MAX_CERTIFICATES:
            forgotten, _ = self._certificates.popitem(last=False)
            self._by_id.pop(short_id(forgotten), None)
        return certificate

    def examine_guest(self, data: bytes, now: float) -> Certificate | RefusedCertificate:
        """Take the certificate of somebody who does not show it; the connection proves the key."""
        try:
            curve_key = Certificate.decode(data).curve_key
        except ProtocolError:
            return RefusedCertificate(Refusal.MALFORMED)
        return self.examine(data, curve_key, now)

    def _refusal(self, certificate: Certificate, curve_key: bytes, now: float) -> Refusal | None:
        if certificate.mesh != self.mesh:
            return Refusal.FOREIGN
        if certificate.curve_key != curve_key:
            return Refusal.STOLEN
        if self.revocations.names(curve_key):
            return Refusal.REVOKED
        if now < certificate.not_before - CLOCK_SKEW:
            return Refusal.EARLY
        return Refusal.EXPIRED if now > certificate.not_after else None

    def forget(self, curve_key: bytes) -> None:
        """Forget the certificate of a key, until it is shown again."""
        if self._certificates.pop(curve_key, None) is not None:
            self._by_id.pop(short_id(curve_key), None)

    def certificate_of(self, curve_key: bytes, now: float) -> Certificate | None:
        """Return the certificate of a key, if it was seen and is good now."""
        certificate = self._certificates.get(curve_key)
        if certificate is None or self._refusal(certificate, curve_key, now) is not None:
            return None
        return certificate

    def last_known(self, curve_key: bytes) -> Certificate | None:
        """Return the certificate that was good last, to tell whose it is."""
        return self._certificates.get(curve_key)

    def by_short_id(self, identity: bytes) -> Certificate | None:
        """Return the certificate of the key that `short_id` stands for, good or not."""
        return self._certificates.get(self._by_id.get(identity, b""))

    def take_revocations(self, data: bytes) -> tuple[bytes, ...] | None:
        """Take a list; return the public keys that are members no more, or None when it is not newer.

        Raises:
            ProtocolError: it cannot be read, or this authority did not sign it for this mesh.
        """
        fresh = RevocationList.decode(data)
        if fresh.mesh != self.mesh or not fresh.is_issued_by(self.authority):
            raise ProtocolError("a revocation list that this authority did not sign")
        if fresh.number <= self.revocations.number:
            return None
        self.revocations = fresh
        return tuple(key for key in self._certificates if fresh.names(key))

    def expired(self, now: float) -> tuple[bytes, ...]:
        """Return the public keys whose certificates ran out."""
        return tuple(key for key, one in self._certificates.items() if now > one.not_after)

    def next_expiry(self, now: float) -> float | None:
        """Return when the next certificate runs out, Unix seconds; None when none will."""
        return min(
            (one.not_after for one in self._certificates.values() if one.not_after >= now), default=None
        )
