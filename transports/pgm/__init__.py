"""Pragmatic General Multicast (RFC 3208), byte-compatible with OpenPGM as libzmq drives it."""
