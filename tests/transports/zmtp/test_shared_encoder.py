"""A batch is encoded once, however many connections it goes to."""

from __future__ import annotations

from covey.transports.zmtp.frames import Message, encode_messages
from covey.transports.zmtp.shared_encoder import SharedEncoder

BATCH: list[Message] = [b"topic one", [b"topic", b"two"], b"x" * 20_000]


def test_the_same_batch_gives_the_same_octets_without_encoding_again() -> None:
    encode = SharedEncoder()
    first = encode(list(BATCH))
    again = encode(list(BATCH))
    assert first == again == encode_messages(BATCH)
    assert all(one is other for one, other in zip(first, again, strict=True))


def test_another_batch_is_encoded_anew() -> None:
    encode = SharedEncoder()
    encode(list(BATCH))
    assert encode([b"other"]) == encode_messages([b"other"])
    assert encode(BATCH[:2]) == encode_messages(BATCH[:2])


def test_a_caller_may_change_the_list_it_got() -> None:
    encode = SharedEncoder()
    encode(list(BATCH)).clear()
    assert encode(list(BATCH)) == encode_messages(BATCH)


def test_a_batch_changed_by_its_owner_is_encoded_anew() -> None:
    encode = SharedEncoder()
    batch = list(BATCH)
    encode(batch)
    batch.append(b"more")
    assert encode(batch) == encode_messages(batch)
