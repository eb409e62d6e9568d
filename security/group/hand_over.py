"""What senders and members say to each other, over a channel that is sealed and proves who speaks.

::

    HAND_OVER   "CVG" 01  kind(1)  group_length(1) group  content
    KEY    1    cipher(1) epoch(8) first(8, network order) chain(32) verifying_key(32, zeros: does not sign)
    HAVE   2    key_id(8)
    WANT   3    nothing
"""

from __future__ import annotations

from struct import Struct

from covey.errors import ProtocolError
from covey.values import frozen

from .constants import CHAIN_SIZE, EPOCH_SIZE, KEY_ID_SIZE

__all__ = ["MAGIC", "Have", "Key", "Said", "Want", "decode", "encode", "group_of"]

MAGIC = b"CVG\x01"
_KEY, _HAVE, _WANT = 1, 2, 3
_KEY_LAYOUT = Struct(f">B{EPOCH_SIZE}sQ{CHAIN_SIZE}s32s")
_CIPHERS = (1, 2)
_NO_KEY = bytes(32)


@frozen
class Key:
    """A sender's present generation."""

    cipher: int
    epoch: bytes
    """Which epoch it belongs to, 8 random octets."""
    first: int
    """The smallest number that the receiver may take."""
    chain: bytes
    verifying_key: bytes
    """Ed25519, of the sender's signatures; zeros where it does not sign."""

    @property
    def signs(self) -> bool:
        """Whether every record of the sender must be signed."""
        return self.verifying_key != _NO_KEY

    def __repr__(self) -> str:
        return f"Key(cipher={self.cipher}, first={self.first}, signs={self.signs})"


@frozen
class Have:
    """The keys arrived."""

    key_id: bytes


@frozen
class Want:
    """The keys of whoever hears this are wanted."""


Said = Key | Have | Want


def encode(group: bytes, said: Said) -> bytes:
    """Return the message about a group whose name has at most 255 octets."""
    head = MAGIC
    if isinstance(said, Key):
        kind = _KEY
        content = _KEY_LAYOUT.pack(said.cipher, said.epoch, said.first, said.chain, said.verifying_key)
    elif isinstance(said, Have):
        kind, content = _HAVE, said.key_id
    else:
        kind, content = _WANT, b""
    return head + bytes((kind, len(group))) + group + content


def group_of(message: bytes) -> bytes | None:
    """Return the group that a message is about; None where it is no hand-over."""
    start = len(MAGIC) + 2
    if not message.startswith(MAGIC) or len(message) < start or len(message) < start + message[start - 1]:
        return None
    return message[start : start + message[start - 1]]


def decode(message: bytes) -> tuple[bytes, Said]:
    """Return the group and what is said.

    Raises:
        ProtocolError: it cannot be read.
    """
    group = group_of(message)
    if group is None:
        raise ProtocolError("no hand-over of keys")
    content = message[len(MAGIC) + 2 + len(group) :]
    kind = message[len(MAGIC)]
    if kind == _KEY and len(content) == _KEY_LAYOUT.size and content[0] in _CIPHERS:
        return group, Key(*_KEY_LAYOUT.unpack(content))
    if kind == _HAVE and len(content) == KEY_ID_SIZE:
        return group, Have(content)
    if kind == _WANT and not content:
        return group, Want()
    raise ProtocolError("a malformed hand-over of keys")
