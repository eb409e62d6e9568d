"""The keys of one generation: what a chain value gives, and the next chain value."""

from __future__ import annotations

from ..hkdf import expand
from .constants import CHAIN_SIZE, HEADER, KEY_ID_SIZE, SIGNED, VERSION

__all__ = ["Generation"]

_LABEL = b"covey sealed multicast 1"
_KEY_SIZE, _SALT_SIZE = 32, 12


class Generation:
    """Seals and opens; a generation cannot be computed from the one that follows it.

    Args:
        chain: 32 octets.
        cipher: code of the cipher, 1 ChaCha20-Poly1305, 2 AES-256-GCM.
        group: the group's name, which the keys belong to.
    """

    __slots__ = ("_decrypt", "_encrypt", "_group", "_salt", "chain", "cipher", "key_id")

    def __init__(self, chain: bytes, cipher: int, group: bytes) -> None:
        from ..noise.suites import aead_by_code

        keys = expand(
            chain, _LABEL + b" keys" + bytes((cipher,)) + group, _KEY_SIZE + _SALT_SIZE + KEY_ID_SIZE
        )
        aead = aead_by_code(cipher, keys[:_KEY_SIZE])
        self._encrypt, self._decrypt = aead.encrypt, aead.decrypt
        self._salt = int.from_bytes(keys[_KEY_SIZE : _KEY_SIZE + _SALT_SIZE], "big")
        self._group = group
        self.chain = chain
        self.cipher = cipher
        self.key_id = keys[-KEY_ID_SIZE:]
        """What a record names its keys by: says nothing to who has not got them, 8 octets."""

    def next(self) -> Generation:
        """Return the generation that follows."""
        return Generation(expand(self.chain, _LABEL + b" next", CHAIN_SIZE), self.cipher, self._group)

    def header(self, number: int, *, is_signed: bool) -> bytes:
        """Return what a record begins with."""
        return HEADER.pack(VERSION << 4 | self.cipher, SIGNED if is_signed else 0, self.key_id, number)

    def seal(self, header: bytes, number: int, content: bytes) -> bytes:
        """Return a record; `number` is used once."""
        return header + self._encrypt((self._salt ^ number).to_bytes(_SALT_SIZE, "big"), content, header)

    def open(self, record: bytes, number: int) -> bytes:
        """Return a record's content.

        Raises:
            InvalidTag: of `cryptography`: another key or number, or altered.
        """
        nonce = (self._salt ^ number).to_bytes(_SALT_SIZE, "big")
        return self._decrypt(nonce, memoryview(record)[HEADER.size :], record[: HEADER.size])
