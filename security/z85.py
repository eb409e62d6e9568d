"""Z85: binary as printable text, four bytes to five characters (RFC 32)."""

from __future__ import annotations

__all__ = ["decode_z85", "encode_z85"]

_ALPHABET = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_POWERS = (85**4, 85**3, 85**2, 85, 1)
_LARGEST = 0xFFFF_FFFF


def encode_z85(data: bytes) -> str:
    """Return the text of `data`, five characters for each four bytes.

    Raises:
        ValueError: the length is not a multiple of 4.

    Spec: RFC 32, section "Formal Specification".
    """
    if len(data) % 4:
        raise ValueError(f"Z85 takes a multiple of 4 bytes, not {len(data)}")
    text = bytearray()
    for start in range(0, len(data), 4):
        word = int.from_bytes(data[start : start + 4], "big")
        text.extend(_ALPHABET[word // power % 85] for power in _POWERS)
    return text.decode("ascii")


def decode_z85(text: str | bytes) -> bytes:
    """Return the bytes behind `text`, four for each five characters.

    Raises:
        ValueError: the length is not a multiple of 5, a character is not in the alphabet,
            or a group stands for more than 32 bits.

    Spec: RFC 32, section "Formal Specification".
    """
    symbols = text.encode("utf-8") if isinstance(text, str) else text
    if len(symbols) % 5:
        raise ValueError(f"Z85 text has a multiple of 5 characters, not {len(symbols)}")
    data = bytearray()
    for start in range(0, len(symbols), 5):
        word = 0
        for symbol in symbols[start : start + 5]:
            value = _VALUES.get(symbol)
            if value is None:
                raise ValueError("a character that Z85 does not use")
            word = word * 85 + value
        if word > _LARGEST:
            raise ValueError("a group of Z85 that stands for more than 32 bits")
        data += word.to_bytes(4, "big")
    return bytes(data)
