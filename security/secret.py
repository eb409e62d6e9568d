"""The secret that the members of a mesh share."""

from __future__ import annotations

import os
from typing import NoReturn, Self

from covey.errors import KeyFileError, OptionError

from .hkdf import expand, extract
from .key_file import read_key_file, write_key_file

__all__ = ["SECRET_SIZE", "Secret"]

SECRET_SIZE = 32
"""Bytes of a secret."""

_TAG = "covey-secret-1"
_COMMENT = "# A covey mesh secret. Whoever can read this file is a member of the mesh."
_SALT = b"covey secret 1"
_LONGEST_PURPOSE = 255


class Secret:
    """32 random bytes; who holds them is a member of every mesh that uses them.

    The file is text: lines that begin with `#` are comments, one line is `covey-secret-1` and 64
    hexadecimal digits. Nothing shows the bytes by accident: `repr` hides them, comparison takes
    constant time, and there is no hash.

    Raises:
        OptionError: not exactly 32 bytes.
    """

    __slots__ = ("_key", "_value")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: bytes) -> None:
        if len(value) != SECRET_SIZE:
            raise OptionError("secret", f"has {SECRET_SIZE} bytes, not {len(value)}")
        self._value = bytes(value)
        self._key = extract(_SALT, self._value)

    @classmethod
    def generate(cls) -> Self:
        """Return a new secret from the system's random source."""
        return cls(os.urandom(SECRET_SIZE))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a secret from its file.

        Raises:
            KeyFileError: missing, malformed, or open to group or others.
        """
        text = read_key_file(path, secret=True)
        lines = [line.strip() for line in text.splitlines()]
        words = [line.split() for line in lines if line and not line.startswith("#")]
        if len(words) == 1 and len(words[0]) == 2 and words[0][0] == _TAG:
            digits = words[0][1]
            if len(digits) == 2 * SECRET_SIZE and digits.isascii() and digits.isalnum():
                try:
                    return cls(bytes.fromhex(digits))
                except ValueError:
                    pass
        raise KeyFileError(
            os.fspath(path),
            f"not a secret: it holds one line, {_TAG} and {2 * SECRET_SIZE} hexadecimal digits",
        ) from None

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the secret to a new file that only its owner can read.

        Raises:
            KeyFileError: the file exists and `overwrite` is not set, or it cannot be written.
        """
        write_key_file(path, f"{_COMMENT}\n{_TAG} {self._value.hex()}\n", secret=True, overwrite=overwrite)

    def derive(self, purpose: str, mesh: str) -> bytes:
        """Return a key of 32 bytes for one purpose in one mesh.

        Keys for different purposes or meshes tell nothing of each other or of the secret. HKDF with
        SHA-256, salt `covey secret 1`, info = purpose_length(1) purpose mesh, in UTF-8.

        Raises:
            OptionError: the purpose is longer than 255 bytes.

        Spec: RFC 5869; `docs/wire/secret-mesh.md`.
        """
        label = purpose.encode("utf-8")
        if len(label) > _LONGEST_PURPOSE:
            raise OptionError("purpose", f"at most {_LONGEST_PURPOSE} bytes")
        return expand(
            self._key, bytes((len(label),)) + label + mesh.encode("utf-8", "surrogatepass"), SECRET_SIZE
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        from hmac import compare_digest

        return compare_digest(self._value, other._value)

    def __repr__(self) -> str:
        return "Secret(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret does not travel by pickle; save it to a file")
