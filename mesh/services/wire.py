"""What nodes whisper to each other about services: encode and decode, nothing else (`docs/wire/services.md`).

::

    frame 1   WORD
    frame 2   kind(1), and by kind
                offers   1   count(2) names: each length(1) UTF-8
                call     2   id(8) patience(4) name
                answer   3   id(8)
                failure  4   id(8) code(1) reason
                forget   5   id(8)
    frame 3   of a call and an answer: the data

Numbers are in network order; patience is milliseconds, 0 for as long as it takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Final, TypeAlias

from covey.errors import ProtocolError
from covey.values import frozen

from ..headers import SERVICE_WORD

__all__ = [
    "BUSY",
    "FAILED",
    "MAX_SERVICES",
    "NOT_PERMITTED",
    "UNKNOWN",
    "WITHDRAWN",
    "Answer",
    "Ask",
    "Failure",
    "Forget",
    "Offers",
    "Said",
    "decode",
    "encode",
]

MAX_SERVICES: Final = 256
"""That one node offers."""
UNKNOWN: Final = 1
"""Failure: no such service here. The handler did not run."""
NOT_PERMITTED: Final = 2
"""Failure: the caller may not. The handler did not run."""
BUSY: Final = 3
"""Failure: too many calls wait already. The handler did not run."""
FAILED: Final = 4
"""Failure: the handler did."""
WITHDRAWN: Final = 5
"""Failure: the service ended while the handler ran."""

_OFFERS, _CALL, _ANSWER, _FAILURE, _FORGET = range(1, 6)
_KIND = Struct("!B")
_COUNT = Struct("!BH")
_NUMBER = Struct("!BQ")
_ASK = Struct("!BQI")
_WRONG = Struct("!BQB")
_LONGEST_TEXT = 255
_LONGEST_PATIENCE = 0xFFFFFFFF


@frozen
class Offers:
    """All services of the sender."""

    services: tuple[str, ...]


@frozen
class Ask:
    """A call."""

    number: int
    """Of this call among those of its sender."""
    service: str
    patience: float
    """How long the caller waits; 0 for as long as it takes. Seconds."""
    data: bytes


@frozen
class Answer:
    """What the handler returned."""

    number: int
    data: bytes


@frozen
class Failure:
    """Why there is no answer."""

    number: int
    code: int
    reason: str


@frozen
class Forget:
    """The caller waits no more."""

    number: int


Said: TypeAlias = "Offers | Ask | Answer | Failure | Forget"


def encode(said: Said) -> list[bytes]:
    """Return the frames of a whisper."""
    match said:
        case Offers(services=services):
            return [SERVICE_WORD, _COUNT.pack(_OFFERS, len(services)) + b"".join(map(_text, services))]
        case Ask(number=number, service=service, patience=patience, data=data):
            milliseconds = min(max(round(1000 * patience), patience > 0), _LONGEST_PATIENCE)
            return [SERVICE_WORD, _ASK.pack(_CALL, number, milliseconds) + _text(service), data]
        case Answer(number=number, data=data):
            return [SERVICE_WORD, _NUMBER.pack(_ANSWER, number), data]
        case Failure(number=number, code=code, reason=reason):
            return [SERVICE_WORD, _WRONG.pack(_FAILURE, number, code) + _text(reason)]
        case Forget(number=number):
            return [SERVICE_WORD, _NUMBER.pack(_FORGET, number)]


def decode(frames: Sequence[bytes]) -> Said:
    """Return what a whisper says that begins with `SERVICE_WORD`; what follows its fields is ignored.

    Raises:
        ProtocolError: it ends too early, or is of no kind.
    """
    head = bytes(frames[1])
    kind = head[0] if head else 0
    data = bytes(frames[2]) if len(frames) > 2 else b""
    if kind == _OFFERS:
        (_, count), rest = _unpack(_COUNT, head)
        if count > MAX_SERVICES:
            raise ProtocolError(f"{count} services of one node")
        return Offers(tuple(_texts(rest, count)))
    if kind == _CALL:
        (_, number, milliseconds), rest = _unpack(_ASK, head)
        (service,) = _texts(rest, 1)
        return Ask(number, service, milliseconds / 1000, data)
    if kind == _ANSWER:
        return Answer(_unpack(_NUMBER, head)[0][1], data)
    if kind == _FAILURE:
        (_, number, code), rest = _unpack(_WRONG, head)
        (reason,) = _texts(rest, 1)
        return Failure(number, code, reason)
    if kind == _FORGET:
        return Forget(_unpack(_NUMBER, head)[0][1])
    raise ProtocolError(f"a whisper about services of kind {kind}")


def _unpack(form: Struct, head: bytes) -> tuple[tuple[int, ...], bytes]:
    if len(head) < form.size:
        raise ProtocolError(f"a whisper about services with a head of {len(head)} octets")
    return form.unpack_from(head), head[form.size :]


def _text(text: str) -> bytes:
    encoded = text.encode("utf-8", "replace")[:_LONGEST_TEXT]
    return _KIND.pack(len(encoded)) + encoded


def _texts(rest: bytes, count: int) -> Iterable[str]:
    at = 0
    for _ in range(count):
        end = at + 1 + rest[at] if at < len(rest) else len(rest) + 1
        if end > len(rest):
            raise ProtocolError("a whisper about services that ends within a text")
        yield rest[at + 1 : end].decode("utf-8", "replace")
        at = end
