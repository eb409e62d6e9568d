"""Forged and mutated beacons by the ten thousand, as fast as one host can send them."""

from __future__ import annotations

from pathlib import Path

import pytest

from covey.security.secret import Secret
from tests.conftest import LanFactory
from tests.lan.flood import flood

pytestmark = pytest.mark.lan


async def test_members_stay_together_in_a_flood_and_one_more_joins(lan: LanFactory, tmp_path: Path) -> None:
    Secret.generate().save(tmp_path / "secret")
    network = lan(3)
    seen = await flood(network, ["mesh=flood", f"secret={tmp_path / 'secret'}"], 50_000, 2.0)
    assert seen["strange"] == []
    assert seen["peers"] == [["b", "late"], ["a", "late"], ["a", "b"]]
    assert seen["sent"] > 10_000
    assert max(seen["memory"]) < 80
