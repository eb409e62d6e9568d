"""Who is let in, and as whom."""

from __future__ import annotations

from uuid import UUID

from covey.mesh.trust import MemberTrust
from covey.security.mechanism import AuthenticationRequest
from covey.security.secret import Secret

KEY, OTHER = b"K" * 32, b"O" * 32
NODE = b"\x01" + UUID(int=5).bytes


def request(key: bytes, identity: bytes) -> AuthenticationRequest:
    return AuthenticationRequest("CURVE", (key,), {"Identity": identity})


def test_a_member_speaks_only_as_itself() -> None:
    trust = MemberTrust(Secret.generate(), "lab")
    trust.may_claim = lambda uuid, key: (uuid, key) == (UUID(int=5), KEY)
    for key in (KEY, OTHER):
        trust.admit(key)
    assert trust(request(KEY, NODE)).status == 200
    assert trust(request(OTHER, NODE)).status == 400
    assert trust(request(KEY, b"\x01" + UUID(int=6).bytes)).status == 400


def test_connections_without_a_nodes_identity_need_membership_only() -> None:
    trust = MemberTrust(Secret.generate(), "lab")
    trust.may_claim = lambda uuid, key: False
    trust.admit(KEY)
    for identity in (b"", b"\x02" + bytes(16), b"\x01short"):
        assert trust(request(KEY, identity)).status == 200
        assert trust(request(OTHER, identity)).status == 400


def test_strangers_claim_nothing() -> None:
    trust = MemberTrust(Secret.generate(), "lab")
    asked: list[UUID] = []

    def note(uuid: UUID, key: bytes) -> bool:
        asked.append(uuid)
        return True

    trust.may_claim = note
    assert trust(request(KEY, NODE)).status == 400
    assert asked == []
