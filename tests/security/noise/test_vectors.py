"""The public vectors of Noise, each byte of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from covey.security.noise.handshakestate import HandshakeKeys, HandshakeState, StaticKey
from covey.security.noise.patterns import PATTERNS
from covey.security.noise.suites import suite_by_names

FILE = Path(__file__).parents[2] / "vectors" / "noise-cacophony.json"
VECTORS: list[dict[str, Any]] = json.loads(FILE.read_text())["vectors"]


def state(vector: dict[str, Any], side: str) -> HandshakeState:
    _, pattern_name, _, cipher, hash_name = vector["protocol_name"].split("_")
    pattern = next(pattern for pattern in PATTERNS.values() if pattern.name == pattern_name)
    remote = vector.get(f"{side}_remote_static")
    keys = HandshakeKeys(
        static=StaticKey(bytes.fromhex(vector[f"{side}_static"])),
        remote_static=bytes.fromhex(remote) if remote else None,
        psk=bytes.fromhex(vector.get(f"{side}_psks", [""])[0]),
    )
    return HandshakeState(
        pattern,
        suite_by_names(cipher, hash_name),
        keys,
        initiator=side == "init",
        prologue=bytes.fromhex(vector[f"{side}_prologue"]),
        random=lambda size: bytes.fromhex(vector[f"{side}_ephemeral"]),
    )


def test_all_twelve_are_here() -> None:
    assert len({vector["protocol_name"] for vector in VECTORS}) == 12


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["protocol_name"])
def test_vector(vector: dict[str, Any]) -> None:
    ends = [state(vector, "init"), state(vector, "resp")]
    messages = [(bytes.fromhex(m["payload"]), bytes.fromhex(m["ciphertext"])) for m in vector["messages"]]
    number = 0
    while not ends[0].is_over:
        payload, ciphertext = messages[number]
        assert ends[number % 2].write_message(payload) == ciphertext
        assert ends[(number + 1) % 2].read_message(ciphertext) == payload
        number += 1
    assert ends[0].handshake_hash == ends[1].handshake_hash == bytes.fromhex(vector["handshake_hash"])
    senders, receivers = ends[0].split(), ends[1].split()
    for index in range(number, len(messages)):
        payload, ciphertext = messages[index]
        assert senders[index % 2].encrypt(b"", payload) == ciphertext
        assert receivers[index % 2].decrypt(b"", ciphertext) == payload
