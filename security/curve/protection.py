"""Certificate files with a name and a guarded secret: in clear, under a passphrase or in the system's key store."""

from __future__ import annotations

import enum
import os
from collections.abc import Mapping

from covey.errors import KeyFileError, OptionError
from covey.values import frozen

from ..key_file import write_key_file
from ..os_key_store import IN_KEY_STORE, fetch_secret, keep_secret
from ..passphrase import DEFAULT_COST, Cost, PassphraseSource, is_locked, lock, unlock
from .keys import KEPT_PATH, SECRET_SUFFIX, CurveKeys, decode_key, read_certificate

__all__ = ["KeyFacts", "Protection", "describe", "kept_secret", "public_text", "save_keys"]

_BANNER = "#   ZeroMQ CURVE **{}** Certificate, made by covey\n#   {}\n\n"
_PUBLIC_ADVICE = "Hand it over by a way that you trust, or compare its fingerprint afterwards."
_SECRET_ADVICE = "DO NOT PROVIDE THIS FILE TO OTHER USERS nor change its permissions."
_QUOTES = frozenset("\"'#")


class Protection(enum.Enum):
    """How the secret half of a key pair is kept."""

    CLEAR = "clear"
    """In the file, which only its owner can read."""
    PASSPHRASE = "passphrase"
    KEY_STORE = "keyring"
    """In the operating system's key store."""
    NONE = "public"
    """There is no secret half here: somebody else's certificate."""


@frozen
class KeyFacts:
    """What can be said of a key pair without its secret."""

    path: str
    public_key: bytes
    protection: Protection
    metadata: Mapping[str, str]
    """`name`, `created` and whatever else stands there."""


def kept_secret(path: str, public: str, kept: str, passphrase: PassphraseSource | None) -> bytes:
    """Return the secret half that a file does not hold in clear.

    Raises:
        KeyFileError: nobody can give the passphrase, or the secret is not in the key store.
        WrongPassphrase: it does not open.
    """
    context = decode_key("public", public)
    if kept == IN_KEY_STORE:
        return decode_key("secret", fetch_secret(path, public))
    if not is_locked(kept):
        raise KeyFileError(path, "its secret is kept in a way that this version does not know")
    if passphrase is None:
        raise KeyFileError(path, "is protected by a passphrase, and nobody is there to give it")
    return unlock(kept, passphrase(path), context)


def save_keys(
    keys: CurveKeys,
    path: str | os.PathLike[str],
    metadata: Mapping[str, str],
    *,
    passphrase: bytes | None = None,
    in_key_store: bool = False,
    overwrite: bool = False,
    cost: Cost = DEFAULT_COST,
) -> None:
    """Write both certificates, `path` to hand out and `path` + `_secret` for the owner alone.

    Args:
        keys: what to save.
        path: of the public one.
        metadata: said in both, `name` for instance.
        passphrase: to lock the secret with.
        in_key_store: put the secret there and not into the file.
        overwrite: replace files.
        cost: of the passphrase.

    Raises:
        KeyFileError: a file exists, or cannot be written.
        OptionError: metadata that ZPL cannot carry, an empty passphrase, or no key store.
    """
    name = os.fspath(path)
    if not overwrite and os.path.lexists(name):
        raise KeyFileError(name, "exists already; not overwritten")
    if in_key_store:
        keep_secret(keys.public, keys.secret)
        line = f'kept-secret = "{IN_KEY_STORE}"'
    elif passphrase is not None:
        line = f'kept-secret = "{lock(keys.secret_bytes, passphrase, keys.public_bytes, cost)}"'
    else:
        line = f'secret-key = "{keys.secret}"'
    body = _body(keys.public_bytes, metadata)
    private = _BANNER.format("Secret", _SECRET_ADVICE) + body + f"    {line}\n"
    write_key_file(name + SECRET_SUFFIX, private, secret=True, overwrite=overwrite)
    public = public_text(keys.public_bytes, metadata)
    write_key_file(name, public, secret=False, overwrite=overwrite)


def public_text(public_key: bytes, metadata: Mapping[str, str]) -> str:
    """Return the certificate that may be shown to everybody.

    Raises:
        OptionError: metadata that ZPL cannot carry.
    """
    return _BANNER.format("Public", _PUBLIC_ADVICE) + _body(public_key, metadata)


def describe(path: str | os.PathLike[str]) -> KeyFacts:
    """Return what can be said of the key pair at `path` without its secret.

    Raises:
        KeyFileError: missing or malformed, or a secret that others can reach.
    """
    name = os.fspath(path).removesuffix(SECRET_SUFFIX)
    has_secret = os.path.lexists(name + SECRET_SUFFIX)
    values = read_certificate(name + SECRET_SUFFIX if has_secret else name, secret=has_secret)
    try:
        public = decode_key("public", values.get("curve/public-key", ""))
    except OptionError as error:
        raise KeyFileError(name, f"not a certificate: key {error.name}: {error.reason}") from error
    metadata = {key[9:]: value for key, value in values.items() if key.startswith("metadata/")}
    return KeyFacts(name, public, _protection(values, has_secret=has_secret), metadata)


def _protection(values: Mapping[str, str], *, has_secret: bool) -> Protection:
    if not has_secret:
        return Protection.NONE
    kept = values.get(KEPT_PATH)
    if kept is None:
        return Protection.CLEAR
    return Protection.KEY_STORE if kept == IN_KEY_STORE else Protection.PASSPHRASE


def _body(public_key: bytes, metadata: Mapping[str, str]) -> str:
    from ..z85 import encode_z85

    for key, value in metadata.items():
        if not value.isprintable() or _QUOTES.intersection(value):
            raise OptionError(key, f"has printable characters, no quotes and no '#': {value[:40]!r}")
    lines = "".join(f'    {key} = "{value}"\n' for key, value in metadata.items())
    return f'metadata\n{lines}curve\n    public-key = "{encode_z85(public_key)}"\n'
