from __future__ import annotations

from uuid import UUID

from covey.discovery.directory import ChangeKind, Directory
from covey.discovery.sighting import Sighting

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)
KEY, OTHER_KEY = bytes([1]) * 32, bytes([2]) * 32


def seen(
    uuid: UUID, endpoint: str | None = "tcp://10.0.0.1:1", via: str = "beacon", **more: object
) -> Sighting:
    return Sighting(uuid, via, endpoint, **more)  # type: ignore[arg-type]


def kinds(directory: Directory, sighting: Sighting, now: float = 0.0) -> list[ChangeKind]:
    return [change.kind for change in directory.receive_sighting(sighting, now)]


def test_a_first_sighting_makes_a_record() -> None:
    directory = Directory()
    [change] = directory.receive_sighting(seen(A, interface="eth0"), 5.0)
    assert change.kind is ChangeKind.APPEARED
    assert [(place.endpoint, place.interface) for place in change.record.whereabouts] == [
        ("tcp://10.0.0.1:1", "eth0")
    ]
    assert A in directory
    assert len(directory) == 1


def test_repeated_sightings_change_only_the_time() -> None:
    directory = Directory()
    directory.receive_sighting(seen(A), 5.0)
    assert directory.receive_sighting(seen(A), 9.0) == []
    record = directory.get(A)
    assert record is not None
    assert (record.first_seen, record.last_seen) == (5.0, 9.0)


def test_one_record_whatever_media_reported_it() -> None:
    directory = Directory()
    directory.receive_sighting(seen(A), 1.0)
    assert kinds(directory, seen(A, "tcp://10.1.0.1:1", "mdns")) == [ChangeKind.MOVED]
    [record] = directory.records()
    assert record.via == ("beacon", "mdns")
    assert [place.endpoint for place in record.whereabouts] == ["tcp://10.0.0.1:1", "tcp://10.1.0.1:1"]


def test_the_first_proven_key_stays() -> None:
    directory = Directory()
    directory.receive_sighting(seen(A, claimed_key=OTHER_KEY), 1.0)
    assert kinds(directory, seen(A, public_key=KEY)) == [ChangeKind.MOVED]
    assert kinds(directory, seen(A, "tcp://10.6.6.6:1", public_key=OTHER_KEY)) == [ChangeKind.CONFLICT]
    record = directory.get(A)
    assert record is not None
    assert (record.public_key, record.claimed_key) == (KEY, OTHER_KEY)
    assert [place.endpoint for place in record.whereabouts] == ["tcp://10.0.0.1:1"]


def test_goodbye_forgets_a_node_once() -> None:
    directory = Directory()
    directory.receive_sighting(seen(A), 1.0)
    assert kinds(directory, seen(A, None)) == [ChangeKind.DEPARTED]
    assert kinds(directory, seen(A, None)) == []
    assert A not in directory


def test_goodbye_of_a_connected_node_leaves_the_decision_to_the_owner() -> None:
    directory = Directory()
    directory.receive_sighting(seen(A), 1.0)
    directory.node_connected(A)
    assert kinds(directory, seen(A, None)) == [ChangeKind.DEPARTED]
    assert A in directory
    assert [change.kind for change in directory.node_departed(A)] == [ChangeKind.DEPARTED]
    assert directory.node_departed(A) == []


def test_invented_nodes_push_out_each_other_but_never_connected_ones() -> None:
    directory = Directory(limit=100)
    directory.receive_sighting(seen(A), 0.0)
    directory.node_connected(A)
    for number in range(5000):
        directory.receive_sighting(seen(UUID(int=100 + number), f"tcp://10.0.0.2:{number}"), 1.0)
    assert len(directory) == 100
    assert len(directory._holders) <= 100
    assert A in directory


def test_refuses_newcomers_when_full_of_connected_nodes() -> None:
    directory = Directory(limit=2)
    for uuid in (A, B):
        directory.receive_sighting(seen(uuid, f"tcp://10.0.0.{uuid.int}:1"), 0.0)
        directory.node_connected(uuid)
    assert directory.receive_sighting(seen(C), 1.0) == []
    assert directory.refused == 1


def test_endpoints_of_one_node_are_bounded() -> None:
    directory = Directory()
    for port in range(1, 100):
        directory.receive_sighting(seen(A, f"tcp://10.0.0.1:{port}"), 0.0)
    record = directory.get(A)
    assert record is not None
    assert len(record.whereabouts) == 8
    assert record.whereabouts[-1].endpoint == "tcp://10.0.0.1:99"


def test_forgets_the_silent_but_not_the_connected() -> None:
    directory = Directory(patience=60.0)
    directory.receive_sighting(seen(A), 0.0)
    directory.receive_sighting(seen(B, "tcp://10.0.0.2:1"), 0.0)
    directory.node_connected(A)
    assert directory.next_timeout() == 60.0
    assert directory.handle_timeout(60.0) == []
    assert [change.record.uuid for change in directory.handle_timeout(60.1)] == [B]
    assert directory.next_timeout() is None


def test_a_disconnected_node_is_remembered_for_a_while() -> None:
    directory = Directory(patience=60.0)
    directory.receive_sighting(seen(A), 0.0)
    directory.node_connected(A)
    directory.node_disconnected(A, 100.0)
    assert directory.handle_timeout(160.0) == []
    assert [change.kind for change in directory.handle_timeout(161.0)] == [ChangeKind.FORGOTTEN]


def test_a_restarted_node_takes_the_place_of_its_former_self() -> None:
    directory = Directory()
    directory.receive_sighting(seen(A), 0.0)
    changes = directory.receive_sighting(seen(B), 1.0)
    assert [(change.kind, change.record.uuid) for change in changes] == [
        (ChangeKind.SUPERSEDED, A),
        (ChangeKind.APPEARED, B),
    ]
    assert A not in directory


def test_a_node_with_another_endpoint_loses_only_the_one() -> None:
    directory = Directory()
    directory.receive_sighting(seen(A), 0.0)
    directory.receive_sighting(seen(A, "tcp://10.1.0.1:1"), 0.0)
    assert kinds(directory, seen(B)) == [ChangeKind.APPEARED]
    record = directory.get(A)
    assert record is not None
    assert [place.endpoint for place in record.whereabouts] == ["tcp://10.1.0.1:1"]


def test_a_connected_node_is_not_superseded() -> None:
    directory = Directory()
    directory.receive_sighting(seen(A), 0.0)
    directory.node_connected(A)
    assert kinds(directory, seen(B)) == [ChangeKind.APPEARED]
    assert A in directory
    assert B in directory


def test_endpoints_are_forgotten_with_their_nodes() -> None:
    directory = Directory(patience=60.0)
    for port in range(1, 30):
        directory.receive_sighting(seen(A, f"tcp://10.0.0.1:{port}"), 0.0)
    assert len(directory._holders) == 8
    directory.handle_timeout(100.0)
    assert directory._holders == {}


def test_two_nodes_of_one_name_are_both_there_and_told_of() -> None:
    directory = Directory()
    for number, uuid in enumerate((A, B)):
        directory.receive_sighting(seen(uuid, f"tcp://10.0.0.{number}:1"), 0.0)
    assert directory.node_connected(A, "robot") == []
    (change,) = directory.node_connected(B, "robot")
    assert (change.kind, change.record.uuid, change.record.name) == (ChangeKind.NAMESAKE, B, "robot")
    directory.node_disconnected(A, 1.0)
    directory.node_departed(B)
    assert directory.receive_sighting(seen(A, "tcp://10.0.0.0:1"), 2.0) == []
    assert directory.node_connected(A, "robot") == []
    assert directory._named == {"robot": {A}}
