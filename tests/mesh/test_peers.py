"""Values that tell of peers."""

from __future__ import annotations

from uuid import UUID

import pytest

from covey.mesh.events import Shout, Whisper
from covey.mesh.peers import Liveness, Peer
from covey.values import replace


def test_two_values_of_one_node_are_equal_whatever_else_changed() -> None:
    early = Peer(UUID(int=1), "a", "tcp://10.0.0.1:1")
    late = replace(early, groups=frozenset({"g"}), liveness=Liveness.GONE, last_seen=5.0)
    assert early == late
    assert len({early, late}) == 1
    assert early != replace(early, uuid=UUID(int=2))


def test_values_are_frozen() -> None:
    peer = Peer(UUID(int=1), "a", "tcp://10.0.0.1:1")
    with pytest.raises(AttributeError):
        peer.name = "b"  # type: ignore[misc]


def test_content_of_several_frames_is_joined() -> None:
    peer = Peer(UUID(int=1), "a", "tcp://10.0.0.1:1")
    assert Whisper(peer, (b"a", b"b")).data == b"ab"
    assert Shout(peer, "g", ()).data == b""
