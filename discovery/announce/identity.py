"""The uuids of nodes that announce themselves, told apart by their version."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from .constants import UUID_VERSION

__all__ = ["announces", "new_uuid"]

_VERSION_AT, _VARIANT_AT = 76, 62
_VARIANT = 0b10
"""Of RFC 9562, section 4.1."""


def new_uuid(random: Callable[[int], bytes]) -> UUID:
    """Return the uuid of a node that announces itself: random but for six bits (RFC 9562, section 5.8)."""
    number = int.from_bytes(random(16), "big")
    number = number & ~(0xF << _VERSION_AT) | UUID_VERSION << _VERSION_AT
    return UUID(int=number & ~(0x3 << _VARIANT_AT) | _VARIANT << _VARIANT_AT)


def announces(uuid: UUID) -> bool:
    """Whether a node with this uuid announces itself, so that it need not be connected to."""
    return uuid.int >> _VERSION_AT & 0xF == UUID_VERSION
