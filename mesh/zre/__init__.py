"""ZRE, the protocol by which mesh nodes talk (RFC 36): codec, peer and node as sans-I/O cores."""
