"""Ready-made authenticators; anything else that takes a request and returns a reply is one too (RFC 27)."""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable
from pathlib import Path

from covey.errors import KeyFileError
from covey.security.curve.keys import load_public_key
from covey.security.mechanism import AuthenticationReply, AuthenticationRequest
from covey.security.z85 import encode_z85

__all__ = ["Asking", "CertificateDirectory", "Passwords"]

_log = logging.getLogger(__name__)
_MAX_CERTIFICATES = 100_000


def _refused(text: str) -> AuthenticationReply:
    return AuthenticationReply(400, text)


class Passwords:
    """Lets in who knows a user's password (PLAIN). The user's name becomes the user id.

    Args:
        table: passwords by user name; may be changed while in use.
    """

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = table

    def __call__(self, request: AuthenticationRequest) -> AuthenticationReply:
        """Return the verdict."""
        if request.mechanism != "PLAIN" or len(request.credentials) != 2:
            return _refused("only PLAIN is accepted")
        user, given = request.credentials
        name = user.decode("utf-8", "replace")
        known = self._table.get(name)
        # Compared in constant time, and for unknown users as well: an answer's delay tells nothing.
        is_right = hmac.compare_digest(given, (known or "").encode())
        if known is None or not is_right:
            return _refused("wrong user or password")
        return AuthenticationReply(200, "OK", user_id=name)


class CertificateDirectory:
    """Lets in whose public key lies in a directory (CURVE), as czmq certificate files. Z85 is the user id.

    The directory is looked at for every peer and read again when something in it changed.

    Args:
        path: of the directory; every file in it that is a certificate counts.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._stamp: frozenset[tuple[str, int, int]] = frozenset()
        self._keys: frozenset[bytes] = frozenset()
        self._lock = asyncio.Lock()

    async def __call__(self, request: AuthenticationRequest) -> AuthenticationReply:
        """Return the verdict."""
        if request.mechanism not in ("CURVE", "NOISE") or len(request.credentials) != 1:
            return _refused("only public keys are accepted")
        async with self._lock:
            await asyncio.to_thread(self._refresh)
        (key,) = request.credentials
        if key not in self._keys:
            return _refused("unknown key")
        return AuthenticationReply(200, "OK", user_id=encode_z85(key))

    def _refresh(self) -> None:
        files = self._files()
        stamp = frozenset((entry.name, status.st_mtime_ns, status.st_size) for entry, status in files)
        if stamp == self._stamp:
            return
        keys = set()
        for entry, _ in files:
            try:
                keys.add(load_public_key(entry.path))
            except KeyFileError as error:
                _log.warning("a file among the certificates is none: %s", error)
        self._keys = frozenset(keys)
        self._stamp = stamp

    def _files(self) -> list[tuple[os.DirEntry[str], os.stat_result]]:
        try:
            with os.scandir(self._path) as entries:
                files = [(entry, entry.stat()) for entry in entries if entry.is_file()]
        except OSError as error:
            _log.warning("the directory of certificates cannot be read: %s", error)
            return []
        return files[:_MAX_CERTIFICATES]


class Asking:
    """Lets in whom a function accepts; it is given the request, and may be a coroutine function.

    Args:
        function: returns True, False, or the user id of who is let in.
    """

    def __init__(
        self, function: Callable[[AuthenticationRequest], bool | str | Awaitable[bool | str]]
    ) -> None:
        self._function = function

    async def __call__(self, request: AuthenticationRequest) -> AuthenticationReply:
        """Return the verdict."""
        answer = self._function(request)
        verdict = await answer if isawaitable(answer) else answer
        if verdict is False:
            return _refused("refused")
        return AuthenticationReply(200, "OK", user_id=verdict if isinstance(verdict, str) else "")
