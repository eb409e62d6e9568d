"""CURVE key pairs and their files, which czmq and pyzmq read and write too."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn, Self

from covey.errors import KeyFileError, OptionError

from ..key_file import read_key_file, write_key_file
from ..sodium import KEY_SIZE, new_key_pair, public_key_of
from ..z85 import decode_z85, encode_z85

if TYPE_CHECKING:
    from ..passphrase import PassphraseSource

__all__ = ["KEPT_PATH", "SECRET_SUFFIX", "CurveKeys", "decode_key", "load_public_key", "read_certificate"]

_TEXT_SIZE = 40
SECRET_SUFFIX = "_secret"
"""czmq's zcert and pyzmq: NAME holds the public half, NAME_secret both."""
_PUBLIC_PATH = "curve/public-key"
_SECRET_PATH = "curve/secret-key"
KEPT_PATH = "curve/kept-secret"
"""In its place where the secret is under a passphrase, or in the system's key store."""
_PUBLIC_BANNER = """\
#   ZeroMQ CURVE **Public** Certificate
#   Hand it over by a way that you trust, or compare it afterwards.
"""
_SECRET_BANNER = """\
#   ZeroMQ CURVE **Secret** Certificate
#   DO NOT PROVIDE THIS FILE TO OTHER USERS nor change its permissions.
"""


class CurveKeys:
    """A key pair for CURVE.

    Args:
        public: Z85 text (40 characters) or 32 bytes.
        secret: Z85 text (40 characters) or 32 bytes.

    Raises:
        OptionError: a key that cannot be read, or keys that do not belong together.
    """

    __slots__ = ("public_bytes", "secret_bytes")
    __hash__ = None  # type: ignore[assignment]

    public_bytes: bytes
    """The public key, 32 bytes."""
    secret_bytes: bytes
    """The secret key, 32 bytes."""

    def __init__(self, public: str | bytes, secret: str | bytes) -> None:
        self.public_bytes = decode_key("public", public)
        self.secret_bytes = decode_key("secret", secret)
        if public_key_of(self.secret_bytes) != self.public_bytes:
            raise OptionError("public", "does not belong to the secret key")

    @classmethod
    def generate(cls) -> Self:
        """Return a new key pair from the system's random source."""
        made = cls.__new__(cls)  # whose halves need no proof that they belong together
        made.public_bytes, made.secret_bytes = new_key_pair()
        return made

    @property
    def public(self) -> str:
        """The public key as Z85, 40 characters."""
        return encode_z85(self.public_bytes)

    @property
    def secret(self) -> str:
        """The secret key as Z85, 40 characters."""
        return encode_z85(self.secret_bytes)

    @classmethod
    def load(cls, path: str | os.PathLike[str], passphrase: PassphraseSource | None = None) -> Self:
        """Read a key pair from a czmq certificate.

        Both halves stand in `path` + `_secret`; `path` may also name that file itself.

        Args:
            path: where they are.
            passphrase: asked if the secret is under one; without it such a file is an error.

        Raises:
            KeyFileError: missing, malformed, without a secret key, or open to group or others.
            WrongPassphrase: the passphrase does not open it.
        """
        name = os.fspath(path)
        if not name.endswith(SECRET_SUFFIX) and os.path.lexists(name + SECRET_SUFFIX):
            name += SECRET_SUFFIX
        values = read_certificate(name, secret=True)
        public = _value(name, values, _PUBLIC_PATH)
        if _SECRET_PATH not in values and KEPT_PATH in values:
            from .protection import kept_secret

            secret: str | bytes = kept_secret(name, public, values[KEPT_PATH], passphrase)
        else:
            secret = _value(name, values, _SECRET_PATH)
        try:
            return cls(public, secret)
        except OptionError as error:
            raise KeyFileError(name, f"key {error.name}: {error.reason}") from error

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write two certificates: `path` to hand out, and `path` + `_secret`, which only the owner can read.

        Raises:
            KeyFileError: one of them exists and `overwrite` is not set, or cannot be written.
        """
        name = os.fspath(path)
        if not overwrite and os.path.lexists(name):
            raise KeyFileError(name, "exists already; not overwritten")
        body = f'\nmetadata\ncurve\n    public-key = "{self.public}"\n'
        private = f'{_SECRET_BANNER}{body}    secret-key = "{self.secret}"\n'
        write_key_file(name + SECRET_SUFFIX, private, secret=True, overwrite=overwrite)
        write_key_file(name, _PUBLIC_BANNER + body, secret=False, overwrite=overwrite)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CurveKeys):
            return NotImplemented
        from hmac import compare_digest

        return compare_digest(self.secret_bytes, other.secret_bytes)

    def __repr__(self) -> str:
        return f"CurveKeys(public={self.public!r}, secret=...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("CurveKeys do not travel by pickle; save them to a file")


def load_public_key(path: str | os.PathLike[str]) -> bytes:
    """Return the public key, 32 bytes, of a certificate file.

    Raises:
        KeyFileError: missing or malformed.
    """
    name = os.fspath(path)
    values = read_certificate(name, secret=False)
    try:
        return decode_key("public", _value(name, values, _PUBLIC_PATH))
    except OptionError as error:
        raise KeyFileError(name, f"key {error.name}: {error.reason}") from error


def decode_key(name: str, key: str | bytes) -> bytes:
    """Return the 32 bytes of a key given as such or as Z85 (text or bytes, a closing NUL allowed).

    Raises:
        OptionError: it is neither; the message does not repeat it.
    """
    if isinstance(key, bytes) and len(key) == KEY_SIZE:
        return key
    nul = "\0" if isinstance(key, str) else b"\0"
    text = key[:-1] if len(key) == _TEXT_SIZE + 1 and key[-1:] == nul else key
    if len(text) != _TEXT_SIZE:
        raise OptionError(
            name, f"a key has {KEY_SIZE} bytes or {_TEXT_SIZE} characters of Z85, not {len(text)}"
        )
    try:
        return decode_z85(text)
    except ValueError as error:
        raise OptionError(name, str(error)) from error


def read_certificate(path: str | os.PathLike[str], *, secret: bool) -> dict[str, str]:
    """Return the values of a certificate file by path, such as `metadata/name`.

    Args:
        path: the file.
        secret: refuse it if others can reach it.

    Raises:
        KeyFileError: missing, malformed or unsafe.
    """
    from ..zpl import parse_zpl

    name = os.fspath(path)
    try:
        return parse_zpl(read_key_file(name, secret=secret))
    except ValueError as error:
        raise KeyFileError(name, f"not a certificate: {error}") from error


def _value(name: str, values: dict[str, str], path: str) -> str:
    value = values.get(path)
    if value is None:
        raise KeyFileError(name, f"not a certificate: no {path}")
    return value
