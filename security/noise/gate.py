"""The gate: a cheap proof in HELLO, looked at before anything costly (`docs/wire/noise.md`, section "Gate").

A stranger who has not the pre-shared key, or where there is none does not know the server's public key,
costs the server one hash and never sees a byte of it.
"""

from __future__ import annotations

import hmac

from .constants import GATE_SIZE

__all__ = ["gate_key", "gate_tag", "passes_gate"]

_LABEL = b"covey NOISE gate 1"
_DIGEST = "sha256"


def gate_key(psk: bytes, server_key: bytes) -> bytes:
    """Return the key, 32 bytes, of what a client must know: the psk, else the server's public key.

    Both are empty in XX, where the gate only tells a damaged HELLO.
    """
    return hmac.digest(psk or server_key, _LABEL, _DIGEST)


def gate_tag(key: bytes, hello: bytes) -> bytes:
    """Return the tag, 16 bytes, of what stands before it in HELLO."""
    return hmac.digest(key, hello, _DIGEST)[:GATE_SIZE]


def passes_gate(key: bytes, hello: bytes) -> bool:
    """Whether the data of HELLO end with their tag."""
    return hmac.compare_digest(gate_tag(key, hello[:-GATE_SIZE]), hello[-GATE_SIZE:])
