"""Secrets in the operating system's key store, where the `keyring` package is installed."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from covey.errors import KeyFileError, OptionError

__all__ = ["IN_KEY_STORE", "fetch_secret", "forget_secret", "is_available", "keep_secret"]

IN_KEY_STORE = "operating system"
"""What a key file holds in place of a secret that is kept elsewhere."""
_SERVICE = "covey"


def is_available() -> bool:
    """Whether the package is installed; whether the system has a store shows when it is used."""
    return find_spec("keyring") is not None


def keep_secret(name: str, secret: str) -> None:
    """Put a secret into the store.

    Raises:
        OptionError: the package or a store is missing, or the store refuses.
    """
    keyring = _keyring()
    try:
        keyring.set_password(_SERVICE, name, secret)
    except keyring.errors.KeyringError as error:
        raise OptionError("keyring", f"the key store refuses: {_reason(error)}") from None


def fetch_secret(path: str, name: str) -> str:
    """Return a secret that the key file at `path` says is in the store.

    Raises:
        KeyFileError: it is not there.
        OptionError: the package or a store is missing, or the store refuses.
    """
    keyring = _keyring()
    try:
        secret = keyring.get_password(_SERVICE, name)
    except keyring.errors.KeyringError as error:
        raise OptionError("keyring", f"the key store refuses: {_reason(error)}") from None
    if not isinstance(secret, str):
        raise KeyFileError(path, "its secret is not in this user's key store; was it made elsewhere?")
    return secret


def forget_secret(name: str) -> None:
    """Take a secret out of the store; without effect when it is not there."""
    keyring = _keyring()
    try:
        keyring.delete_password(_SERVICE, name)
    except keyring.errors.KeyringError:
        return


def _keyring() -> Any:
    if not is_available():
        raise OptionError("keyring", "needs a package: pip install 'covey[keyring]'")
    import keyring
    import keyring.errors

    return keyring


def _reason(error: Exception) -> str:
    # The class only: what a backend puts into its messages is not ours to show.
    return type(error).__name__
