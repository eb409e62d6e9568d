"""Bodies of ZMTP commands: `name_length(1) name data` (RFC 37, section "Commands")."""

from __future__ import annotations

from collections.abc import Iterable

from covey.errors import ProtocolError

__all__ = [
    "ERROR",
    "HELLO",
    "INITIATE",
    "READY",
    "RETRY",
    "WELCOME",
    "decode_error",
    "encode_error",
    "make_command",
    "printable",
    "split_command",
]

HELLO = b"HELLO"
"""Client to server, PLAIN (RFC 24) and CURVE (RFC 26): the first word."""
WELCOME = b"WELCOME"
"""Server to client, the answer to HELLO."""
RETRY = b"RETRY"
"""Server to client, NOISE: say HELLO again, with what is in here."""
INITIATE = b"INITIATE"
"""Client to server: metadata, and in CURVE the client's identity."""
READY = b"READY"
"""Metadata; ends the handshake (RFC 37, RFC 24, RFC 26)."""
ERROR = b"ERROR"
"""Refusal: `reason_length(1) reason` (RFC 37)."""

_LONGEST = 255


def make_command(name: bytes, data: bytes = b"") -> bytes:
    """Return the body of the command `name` (1 to 255 bytes) with `data`."""
    return bytes((len(name),)) + name + data


def split_command(body: bytes) -> tuple[bytes, bytes]:
    """Return (name, data) of a command body.

    Raises:
        ProtocolError: the body is empty, or shorter than its name.
    """
    if not body:
        raise ProtocolError("an empty command")
    end = 1 + body[0]
    if len(body) < end:
        raise ProtocolError(f"a command cut short inside its name, {len(body)} of {end} bytes")
    return body[1:end], body[end:]


def encode_error(reason: str) -> bytes:
    """Return the body of an ERROR command; a reason beyond 255 bytes is cut."""
    text = reason.encode("utf-8")[:_LONGEST]
    return make_command(ERROR, bytes((len(text),)) + text)


def decode_error(data: bytes) -> str:
    """Return the reason inside the data of an ERROR command, fit to be printed.

    Raises:
        ProtocolError: the length does not match the data.
    """
    if not data or len(data) != 1 + data[0]:
        raise ProtocolError("a malformed ERROR command")
    return printable(data[1:])


def printable(text: bytes) -> str:
    """Return a peer's words without anything that a terminal would obey."""
    return "".join(_escaped(text.decode("utf-8", "backslashreplace")))


def _escaped(text: str) -> Iterable[str]:
    for character in text:
        yield character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
