"""What a firewall's rules do to our ports, read from `nft --json list ruleset`. Knows no I/O.

A rule counts as hitting a port when its matches allow for it and none speaks of something else (an address, an
interface, a state): what cannot be understood is passed over, so that nothing harmless is accused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from covey.values import frozen

__all__ = ["Obstacle", "obstacles"]

_HOOKS = ("input", "output")
_END = ("drop", "reject", "accept")


@frozen
class Obstacle:
    """A rule, or a policy, that keeps packets of ours away."""

    protocol: str
    """udp or tcp."""
    port: int
    """0 when it concerns TCP at large: our TCP ports are free ones."""
    where: str
    """`inet filter input`."""
    is_policy: bool
    """Nothing lets the packet through, and what is left is dropped."""


def obstacles(ruleset: str, wanted: Sequence[tuple[str, int]]) -> list[Obstacle]:
    """Return what stands in the way of packets to these (protocol, port) pairs.

    Args:
        ruleset: nft's JSON; anything else gives nothing.
        wanted: port 0 asks for TCP or UDP at any port.
    """
    try:
        rows = [row for row in json.loads(ruleset)["nftables"] if isinstance(row, dict)]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    found = []
    for chain in (row["chain"] for row in rows if isinstance(row.get("chain"), dict)):
        if chain.get("hook") in _HOOKS and chain.get("family") in ("ip", "inet"):
            found += _in_chain(chain, rows, wanted)
    return found


def _in_chain(
    chain: Mapping[str, Any], rows: Iterable[Mapping[str, Any]], wanted: Sequence[tuple[str, int]]
) -> list[Obstacle]:
    place = [chain.get(key) for key in ("family", "table", "name")]
    rules = [
        row["rule"]
        for row in rows
        if isinstance(row.get("rule"), dict)
        and [row["rule"].get(key) for key in ("family", "table", "chain")] == place
    ]
    where = " ".join(map(str, place))
    found = []
    for protocol, port in wanted:
        verdict = _verdict(rules, protocol, port)
        if verdict in ("drop", "reject"):
            found.append(Obstacle(protocol, port, where, is_policy=False))
        elif verdict is None and chain.get("policy") == "drop":
            found.append(Obstacle(protocol, port, where, is_policy=True))
    return found


def _verdict(rules: Iterable[Mapping[str, Any]], protocol: str, port: int) -> str | None:
    """Return the first final verdict on a packet; None when no rule understood here has one."""
    for rule in rules:
        statements = [each for each in rule.get("expr", ()) if isinstance(each, dict)]
        matches = [each["match"] for each in statements if isinstance(each.get("match"), dict)]
        verdict = next((name for each in statements for name in _END if name in each), None)
        if verdict is not None and all(_allows(match, protocol, port) for match in matches):
            return verdict
    return None


def _allows(match: Mapping[str, Any], protocol: str, port: int) -> bool:
    """Whether a match holds for every packet to a port; False where that cannot be told."""
    left, right = match.get("left"), match.get("right")
    if match.get("op") not in ("==", "in") or not isinstance(left, dict):
        return False
    if isinstance(meta := left.get("meta"), dict):
        return meta.get("key") == "l4proto" and _holds(right, protocol)
    payload = left.get("payload")
    if not isinstance(payload, dict):
        return False
    if (payload.get("protocol"), payload.get("field")) == ("ip", "protocol"):
        return _holds(right, protocol)
    return (payload.get("protocol"), payload.get("field")) == (protocol, "dport") and _holds(right, port)


def _holds(right: object, value: object) -> bool:
    """Whether a value is among what a match compares with: one, a range, or a set of them."""
    if isinstance(right, dict) and isinstance(right.get("set"), list):
        return any(_holds(each, value) for each in right["set"])
    if isinstance(right, dict) and isinstance(right.get("range"), list) and isinstance(value, int):
        ends = right["range"]
        return len(ends) == 2 and all(isinstance(each, int) for each in ends) and ends[0] <= value <= ends[1]
    return right == value
