from __future__ import annotations

from pathlib import Path

import pytest

from covey.mesh import media
from covey.mesh.media import ListeningMedium, is_in_cluster, usual_media


def test_a_kernel_that_has_not_loaded_tipc_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocols = tmp_path / "protocols"
    protocols.write_text("protocol  size sockets\nTCP       2000  5\n")
    monkeypatch.setattr(media, "_PROTOCOLS", str(protocols))
    assert not is_in_cluster()
    monkeypatch.setattr(media, "_PROTOCOLS", str(tmp_path / "missing"))
    assert not is_in_cluster()


@pytest.mark.parametrize("is_member", [False, True])
async def test_the_cluster_is_used_by_those_who_are_in_one(
    is_member: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "knows_tipc", lambda: True)
    monkeypatch.setattr(media, "is_in_cluster", lambda: is_member)
    chosen = await usual_media((), None, "lab")
    assert [isinstance(each, ListeningMedium) for each in chosen] == ([False, True] if is_member else [False])
