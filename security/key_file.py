"""Files that hold secrets: owner-only, never through a race, never half replaced."""

from __future__ import annotations

import os
import stat

from covey.errors import KeyFileError

__all__ = ["MAX_KEY_FILE", "read_key_file", "write_key_file"]

MAX_KEY_FILE = 65_536
"""Largest file that is read as a key. Bytes."""
_OTHERS = 0o077
_SECRET = 0o600
_PUBLIC = 0o644


def read_key_file(path: str | os.PathLike[str], *, secret: bool, limit: int = MAX_KEY_FILE) -> str:
    """Return the text of a key file.

    Args:
        path: the file.
        secret: refuse the file if group or others may do anything with it (POSIX).
        limit: octets that it may have.

    Raises:
        KeyFileError: missing, unreadable, not a regular file, too large, not UTF-8, or unsafe.
    """
    name = os.fspath(path)
    try:
        # O_NONBLOCK: a FIFO in the file's place must not make us wait for a writer.
        descriptor = os.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        with open(descriptor, "rb") as file:
            _check(name, os.fstat(descriptor), secret=secret)
            content = file.read(limit + 1)
    except OSError as error:
        raise KeyFileError(name, _reason(error)) from error
    if len(content) > limit:
        raise KeyFileError(name, f"larger than {limit} bytes, no key file")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise KeyFileError(name, "not a text file") from error


def write_key_file(path: str | os.PathLike[str], text: str, *, secret: bool, overwrite: bool) -> None:
    """Write a key file, readable by its owner only if `secret`.

    An existing file is replaced only with `overwrite`, and then in one step.

    Raises:
        KeyFileError: the file exists and may not be overwritten, or cannot be written.
    """
    target = os.fspath(path)
    folder, name = os.path.split(target)
    place = os.path.join(folder, f".{name}.{os.urandom(8).hex()}") if overwrite else target
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(place, flags, _SECRET if secret else _PUBLIC)
        try:
            _fill(descriptor, text)
            if overwrite:
                os.replace(place, target)
        except BaseException:
            os.unlink(place)
            raise
    except FileExistsError as error:
        raise KeyFileError(target, "exists already; not overwritten") from error
    except OSError as error:
        raise KeyFileError(target, _reason(error)) from error


def _fill(descriptor: int, text: str) -> None:
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def _check(name: str, status: os.stat_result, *, secret: bool) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeyFileError(name, "not a regular file")
    if secret and os.name == "posix" and status.st_mode & _OTHERS:
        import shlex

        raise KeyFileError(name, f"others can reach this secret; mend it with: chmod 600 {shlex.quote(name)}")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
