"""A member of a mesh with an authority, as far as announcements go, for tests."""

from __future__ import annotations

from covey.security.curve.keys import CurveKeys
from covey.security.secret import Secret
from covey.security.trust.authority import AuthorityKeys
from covey.security.trust.member_announcements import MemberAnnouncements
from covey.security.trust.permissions import UNRESTRICTED, Permissions
from covey.security.trust.revocations import RevocationList
from covey.security.trust.roll import RefusedCertificate, Roll
from covey.security.trust.signed_seal import SignedSealer, short_id
from covey.security.trust.signing import Signer
from tests.security.trust.helpers import AUTHORITY, NOW, certificate_for

__all__ = ["Member"]


class Member:
    """One member and what it can do. Its `Papers` are a roll."""

    def __init__(self, name: str, secret: Secret, *, permissions: Permissions = UNRESTRICTED) -> None:
        self.keys = CurveKeys.generate()
        self.certificate = certificate_for(self.keys, name=name, permissions=permissions).encode()
        self.roll = Roll(AUTHORITY.public_bytes, "lab", RevocationList("lab", 0, 0))
        self.now = float(NOW)
        sealing = AuthorityKeys(secret, "lab", self.roll)
        sealer = SignedSealer(sealing, Signer.of_member(self.keys), short_id(self.keys.public_bytes))
        self.announcements = MemberAnnouncements(self.keys, sealing, sealer, self)

    def shown_certificate(self) -> bytes:
        return self.certificate

    def refusal_of(self, public_key: bytes, certificate: bytes | None) -> str:
        if certificate is None:
            return "a revoked key" if self.roll.revocations.names(public_key) else ""
        found = self.roll.examine(certificate, public_key, self.now)
        return found.refusal.value if isinstance(found, RefusedCertificate) else ""

    def is_member(self, public_key: bytes) -> bool:
        return self.roll.certificate_of(public_key, self.now) is not None
