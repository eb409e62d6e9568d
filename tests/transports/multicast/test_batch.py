from __future__ import annotations

from covey.transports.multicast.batch import DatagramBatch


def gathered(*received: tuple[bytes, int, str]) -> list[tuple[bytes, str, int]]:
    made, batch = [], DatagramBatch()
    for each in received:
        if not batch.takes(*each):
            made.append((*batch.parts(), batch.segment))
            batch = DatagramBatch()
            assert batch.takes(*each)
    return [*made, (*batch.parts(), batch.segment)]


def test_datagrams_of_one_size_go_together() -> None:
    assert gathered((b"aa", 0, "x"), (b"bb", 0, "x")) == [(b"aabb", "x", 2)]


def test_a_shorter_one_ends_the_batch_and_a_longer_one_begins_another() -> None:
    received = [(b"aa", 0, "x"), (b"b", 0, "x"), (b"c", 0, "x"), (b"ddd", 0, "x")]
    assert gathered(*received) == [(b"aab", "x", 2), (b"c", "x", 0), (b"ddd", "x", 0)]


def test_senders_are_kept_apart() -> None:
    assert gathered((b"aa", 0, "x"), (b"bb", 0, "y")) == [(b"aa", "x", 0), (b"bb", "y", 0)]


def test_what_the_kernel_put_together_stays_alone() -> None:
    received = [(b"aabb", 2, "x"), (b"cc", 0, "x"), (b"ddee", 2, "x")]
    assert gathered(*received) == [(b"aabb", "x", 2), (b"cc", "x", 0), (b"ddee", "x", 2)]


def test_empty_datagrams_stay_alone() -> None:
    assert gathered((b"", 0, "x"), (b"a", 0, "x"), (b"", 0, "x")) == [
        (b"", "x", 0),
        (b"a", "x", 0),
        (b"", "x", 0),
    ]


def test_a_batch_has_an_end() -> None:
    assert [len(data) for data, _, _ in gathered(*[(b"a", 0, "x")] * 200)] == [65, 65, 65, 5]
