"""The numbers and paths of etcd's JSON gateway, version 3 (etcd.io, "API: gRPC gateway")."""

from __future__ import annotations

__all__ = [
    "AUTHENTICATE",
    "DEFAULT_TTL",
    "GRANT",
    "KEEPALIVE",
    "LARGEST_ANSWER",
    "LARGEST_VALUE",
    "PAGE",
    "PREFIX",
    "PUT",
    "RANGE",
    "RECORDS",
    "REPEAT",
    "REVOKE",
    "VERSION",
    "WATCH",
]

AUTHENTICATE = "/v3/auth/authenticate"
GRANT = "/v3/lease/grant"
KEEPALIVE = "/v3/lease/keepalive"
REVOKE = "/v3/lease/revoke"
PUT = "/v3/kv/put"
RANGE = "/v3/kv/range"
WATCH = "/v3/watch"
VERSION = "/version"

PREFIX = "/covey/1/"
"""All our keys begin with it; what follows names the mesh, then the node."""
DEFAULT_TTL = 15
"""Seconds that a record outlives its node."""
PAGE = 500
"""Records asked for at once."""
RECORDS = 20_000
"""Records remembered; further ones are passed over and counted."""
LARGEST_VALUE = 4096
"""Octets of a record; longer ones are none of ours."""
LARGEST_ANSWER = 16 << 20
"""Octets of an answer, or of one line of a watch."""
REPEAT = 30.0
"""Seconds after which a record that stands is reported anew: who was unreachable may be reachable now."""
