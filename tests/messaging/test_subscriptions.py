"""Subscription tables against a model that is too simple to be wrong."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from covey.messaging.subscriptions import PrefixSet, SubscriptionTable

topics = st.binary(max_size=4).map(lambda raw: bytes(byte % 3 for byte in raw))
peers = st.integers(0, 3)
steps = st.lists(st.tuples(st.sampled_from(["add", "remove", "gone"]), topics, peers), max_size=60)


@settings(max_examples=300, deadline=None)
@given(steps, st.lists(topics, min_size=1, max_size=10))
def test_the_table_agrees_with_a_set_of_pairs(
    script: list[tuple[str, bytes, int]], asked: list[bytes]
) -> None:
    table: SubscriptionTable[int] = SubscriptionTable()
    model: set[tuple[bytes, int]] = set()
    for action, topic, peer in script:
        have = {one for one, _ in model}
        if action == "add":
            new = (topic, peer) not in model
            assert table.add(topic, peer) == (topic not in have, new)
            model.add((topic, peer))
        elif action == "remove":
            had = (topic, peer) in model
            model.discard((topic, peer))
            last = had and topic not in {one for one, _ in model}
            assert table.remove(topic, peer) == (last, had)
        else:
            mine = {one for one, whose in model if whose == peer}
            model = {(one, whose) for one, whose in model if whose != peer}
            left = {one for one, _ in model}
            assert set(table.remove_peer(peer)) == mine - left
        for message in asked:
            expected = {whose for one, whose in model if message.startswith(one)}
            matched = table.match(message)
            assert set(matched) == expected
            assert len(matched) == len(expected)
    assert len(table) == len({one for one, _ in model})


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.booleans(), topics), max_size=60), topics)
def test_prefixes_agree_with_a_list(script: list[tuple[bool, bytes]], message: bytes) -> None:
    prefixes = PrefixSet()
    model: list[bytes] = []
    for adds, topic in script:
        if adds:
            assert prefixes.add(topic) == (topic not in model)
            model.append(topic)
        else:
            had = topic in model
            if had:
                model.remove(topic)
            assert prefixes.remove(topic) == (had and topic not in model)
        assert prefixes.matches(message) == any(message.startswith(one) for one in model)
        assert prefixes.matches_all == (b"" in model)
        assert sorted(prefixes.topics()) == sorted(set(model))


def test_the_match_cache_stays_small_under_a_flood_of_topics() -> None:
    table: SubscriptionTable[int] = SubscriptionTable()
    table.add(b"12345678", 1)
    for number in range(20_000):
        table.match(b"%08d" % number)
    assert len(table._cache) <= 4096
