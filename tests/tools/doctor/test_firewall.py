from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.tools.doctor.firewall import Obstacle, obstacles

WANTED = [("udp", 5670), ("tcp", 0)]
PLACE = {"family": "inet", "table": "t"}


def ruleset(*rules: list[dict[str, Any]], policy: str = "accept", hook: str = "input") -> str:
    chain = {**PLACE, "name": "c", "hook": hook, "policy": policy}
    return json.dumps(
        {"nftables": [{"chain": chain}, *({"rule": {**PLACE, "chain": "c", "expr": rule}} for rule in rules)]}
    )


def port(protocol: str, number: object) -> dict[str, Any]:
    left = {"payload": {"protocol": protocol, "field": "dport"}}
    return {"match": {"op": "==", "left": left, "right": number}}


@pytest.mark.parametrize("number", [5670, {"range": [5000, 6000]}, {"set": [22, 5670]}])
def test_a_rule_that_drops_the_port_is_found(number: object) -> None:
    found = obstacles(ruleset([port("udp", number), {"counter": {}}, {"drop": None}]), WANTED)
    assert found == [Obstacle("udp", 5670, "inet t c", is_policy=False)]


def test_a_rule_for_all_of_a_protocol_is_found() -> None:
    of_tcp = {
        "match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "protocol"}}, "right": "tcp"}
    }
    found = obstacles(ruleset([of_tcp, {"reject": {"type": "tcp reset"}}]), WANTED)
    assert [each.protocol for each in found] == ["tcp"]


def test_an_earlier_accept_wins() -> None:
    assert obstacles(ruleset([port("udp", 5670), {"accept": None}], [{"drop": None}]), WANTED[:1]) == []


def test_a_policy_drops_what_no_rule_accepts() -> None:
    both = obstacles(ruleset([port("udp", 5670), {"accept": None}], policy="drop"), WANTED)
    assert both == [Obstacle("tcp", 0, "inet t c", is_policy=True)]


def test_rules_about_something_else_are_passed_over() -> None:
    from_one = {
        "match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": "1.2.3.4"}
    }
    on_device = {"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "eth9"}}
    text = ruleset([from_one, {"drop": None}], [on_device, {"drop": None}], [port("tcp", 22), {"drop": None}])
    assert obstacles(text, WANTED) == []
    assert obstacles(ruleset([{"drop": None}], hook="forward"), WANTED) == []


_JSON = st.recursive(
    st.none() | st.integers() | st.sampled_from(["input", "inet", "c", "t", "drop"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "nftables",
                    "chain",
                    "rule",
                    "hook",
                    "family",
                    "expr",
                    "match",
                    "left",
                    "right",
                    "drop",
                    "meta",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=300)
@given(_JSON)
def test_nothing_that_a_ruleset_may_hold_escapes(value: object) -> None:
    assert isinstance(obstacles(json.dumps({"nftables": value}), WANTED), list)
    assert isinstance(obstacles(json.dumps(value), WANTED), list)
