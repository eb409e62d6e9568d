"""The headers and words by which covey nodes tell each other what plain ZRE does not know."""

from __future__ import annotations

__all__ = ["HEADER_KEY", "HEADER_MESH", "HEADER_TOPICS", "MAX_STRING", "SERVICE_WORD"]

HEADER_MESH = "X-COVEY-MESH"
"""HELLO header: the mesh's name. ZRE itself knows none."""
HEADER_TOPICS = "X-COVEY-TOPICS"
"""HELLO header: endpoint where the sender publishes its topics."""
HEADER_KEY = "X-PUBLICKEY"
"""HELLO header, as Zyre has it: the sender's CURVE public key, Z85."""

MAX_STRING = 255
"""Octets of a ZRE `string` (length in one octet): names, endpoints, groups in SHOUT, JOIN and LEAVE."""

SERVICE_WORD = b"\0covey services 1"
"""First frame of whispers between covey nodes about services; applications do not see these."""
