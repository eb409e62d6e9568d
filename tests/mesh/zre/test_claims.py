"""Who may speak as whom."""

from __future__ import annotations

from uuid import UUID

from covey.mesh.zre.claims import Claims


def test_the_first_key_owns_the_uuid() -> None:
    claims = Claims(10)
    assert claims.claim(UUID(int=1), b"a")
    assert claims.claim(UUID(int=1), b"a")
    assert not claims.claim(UUID(int=1), b"b")
    assert claims.key_of(UUID(int=1)) == b"a"
    assert claims.key_of(UUID(int=2)) is None


def test_a_flood_of_claims_forgets_the_ones_used_longest_ago() -> None:
    claims = Claims(100)
    for number in range(1000):
        claims.claim(UUID(int=number), b"k")
        claims.claim(UUID(int=0), b"first")
    assert len(claims) == 100
    assert claims.key_of(UUID(int=0)) is not None
    assert claims.key_of(UUID(int=5)) is None
