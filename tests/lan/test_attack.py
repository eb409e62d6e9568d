"""A stranger with full capture and injection, for as long as two members have something to say."""

from __future__ import annotations

from pathlib import Path

import pytest

from covey.security.secret import Secret
from tests.conftest import LanFactory
from tests.lan.attack import attack

pytestmark = pytest.mark.lan


async def test_members_go_on_and_believe_nothing_while_a_stranger_does_what_it_can(
    lan: LanFactory, tmp_path: Path
) -> None:
    Secret.generate().save(tmp_path / "secret")
    seen = await attack(lan(3), tmp_path / "secret", 2000)
    assert seen["strange"] == [[], [], []]
    assert seen["clear"] == []
    assert min(seen["recorded"].values()) > 0
    assert min(seen["tried"].get(kind, 0) for kind in ("datagram", "connection", "syn")) >= 20
    assert seen["refused"][0] + seen["refused"][1] > 0
    assert max(seen["memory"]) < 120
