"""Subscriptions narrowed to what their owners may hear."""

from __future__ import annotations

from covey.mesh.permitted_table import PermittedTable
from covey.security.trust.patterns import EVERYTHING, Patterns


def test_a_limited_peer_gets_what_it_may_and_others_everything() -> None:
    table: PermittedTable[str] = PermittedTable()
    table.limit("free", EVERYTHING)
    table.limit("limited", Patterns(("temp/*",)))
    for peer in ("free", "limited"):
        table.add(b"", peer)
    for _ in range(2):
        assert table.match(b"temp/x") == ("free", "limited")
        assert table.match(b"temp/x/y") == ("free",)
    table.add(b"temp/", "late")
    assert table.match(b"temp/x") == ("free", "limited", "late")


def test_who_comes_back_begins_without_limits() -> None:
    table: PermittedTable[str] = PermittedTable()
    table.limit("peer", Patterns(()))
    table.add(b"t", "peer")
    assert table.match(b"t") == ()
    assert table.remove_peer("peer") == [b"t"]
    table.add(b"t", "peer")
    assert table.match(b"t") == ("peer",)


def test_what_is_remembered_of_topics_is_bounded() -> None:
    table: PermittedTable[str] = PermittedTable()
    table.limit("peer", Patterns(("a*",)))
    table.add(b"", "peer")
    for number in range(10_000):
        table.match(b"%d" % number)
    assert len(table._permitted) <= 4096
