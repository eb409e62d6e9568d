"""What two doctors say to each other: JSON questions and answers over REQ and REP, and UDP to be echoed.

::

    {"do": "hello", "nonce": HEX}          -> {"nonce": HEX, "time": SECONDS, "proof": HEX or ""}
    {"do": "listen", "uuids": [HEX, ...]}  -> {}          count these beacons from now on
    {"do": "heard", "uuids": [HEX, ...]}   -> {"heard": [N, ...]}
    {"do": "send", "broadcast": HEX, "multicast": HEX, "count": N} -> {}      after they were sent

The proof is HMAC-SHA256 under the mesh's key for the purpose `doctor` of role and nonce; who has no secret
proves nothing. Datagrams to be echoed begin with `MAGIC`; they come back as they are, so nothing is amplified.
"""

from __future__ import annotations

import hmac
import json
from typing import Any, Final
from uuid import UUID

from covey.errors import ProtocolError

__all__ = [
    "LARGEST_COUNT",
    "LARGEST_LIST",
    "LARGEST_MESSAGE",
    "MAGIC",
    "PORT",
    "decode",
    "encode",
    "proof",
    "uuids_in",
]

PORT: Final = 5669
"""TCP and UDP port where a doctor answers."""
MAGIC: Final = b"CVD\x01"
LARGEST_MESSAGE: Final = 8192
LARGEST_LIST: Final = 16
LARGEST_COUNT: Final = 20


def encode(message: dict[str, Any]) -> bytes:
    """Return a question or answer as it travels."""
    return json.dumps(message).encode()


def decode(text: bytes) -> dict[str, Any]:
    """Return a question or answer.

    Raises:
        ProtocolError: it is none.
    """
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise ProtocolError("doctor: no JSON") from None
    if not isinstance(message, dict):
        raise ProtocolError("doctor: no JSON object")
    return message


def uuids_in(message: dict[str, Any], *names: str) -> list[UUID]:
    """Return the uuids under some names, or those of the list `uuids`.

    Raises:
        ProtocolError: there are none, or too many.
    """
    found = [message.get(name) for name in names] if names else message.get("uuids")
    if not isinstance(found, list) or len(found) > LARGEST_LIST:
        raise ProtocolError("doctor: a short list of uuids is expected")
    try:
        return [UUID(each) for each in found]
    except (ValueError, TypeError, AttributeError):
        raise ProtocolError("doctor: no uuid") from None


def proof(key: bytes | None, role: bytes, nonce: str) -> str:
    """Return what shows that we know the secret; empty without one."""
    return hmac.digest(key, role + nonce.encode(), "sha256").hex() if key else ""
