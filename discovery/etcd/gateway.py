"""One connection to etcd's JSON gateway; aiohttp at the border, its errors made ours."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from covey.errors import AuthenticationFailed, OptionError, PeerRefused, ProtocolError, ResourceError

from .constants import AUTHENTICATE, LARGEST_ANSWER
from .store import EtcdStore
from .wire import decode_object

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession

__all__ = ["AnswerTooLong", "Gateway", "HistoryLost"]

_PATIENCE = 5.0
"""Seconds for an answer."""
_UNAUTHENTICATED = 16
_DENIED = 7
"""Codes of gRPC."""


class AnswerTooLong(ProtocolError):
    """An answer, or one line of it, that is longer than what we, or the gateway itself, take."""


class HistoryLost(PeerRefused):
    """The revision that was asked for is no longer kept."""


class Gateway:
    """Calls one member of a cluster, from `__aenter__` to `__aexit__`.

    Args:
        store: how to enter it.
        url: the member.

    Raises:
        AuthenticationFailed: on entering and in calls: user, password or certificate are not taken, or the
            token ran out.
        OptionError: on entering: a certificate file is missing or no PEM.
        ResourceError: the member cannot be reached, or its certificate is not vouched for.
        ProtocolError: it answers nonsense.
        PeerRefused: it refuses a call.
    """

    def __init__(self, store: EtcdStore, url: str) -> None:
        self.url = url
        self._store = store
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Log in."""
        context = await asyncio.to_thread(_prepare, self._store, tls=self.url.startswith("https:"))
        import aiohttp

        timeout = aiohttp.ClientTimeout(total=None, sock_connect=_PATIENCE)
        connector = aiohttp.TCPConnector(ssl=context if context is not None else True)
        self._session = aiohttp.ClientSession(self.url, timeout=timeout, connector=connector)
        try:
            if self._store.user:
                await self._authenticate()
        except BaseException:
            await self._session.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def call(self, path: str, request: Mapping[str, object]) -> dict[str, Any]:
        """Return the answer to a request, or the first line of an answer of many; log in anew if need be."""
        try:
            return await self._call(path, request)
        except AuthenticationFailed:
            if not self._store.user or path == AUTHENTICATE:
                raise
        await self._authenticate()  # tokens run out, after five minutes unless the store was told otherwise
        return await self._call(path, request)

    async def _call(self, path: str, request: Mapping[str, object]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(_PATIENCE), self.stream(path, request) as lines:
                async for line in lines:
                    return decode_object(line)
        except TimeoutError:
            raise ResourceError(self.url, f"no answer within {_PATIENCE:.0f} s") from None
        raise ProtocolError(f"etcd: no answer to {path}")

    @asynccontextmanager
    async def stream(self, path: str, request: Mapping[str, object]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Send a request and yield the lines of the answer as they come."""
        import aiohttp

        assert self._session is not None, "the gateway is entered first"
        try:
            async with self._session.post(path, json=request, allow_redirects=False) as response:
                if response.status != 200:
                    raise _refusal(await response.content.read(4096), response.status)
                async with aclosing(_lines(response)) as lines:
                    yield lines
        except aiohttp.ClientConnectorCertificateError as error:
            raise ResourceError(self.url, self._distrust(error.certificate_error)) from error
        except aiohttp.ClientError as error:
            raise ResourceError(self.url, str(error) or type(error).__name__) from error
        except OSError as error:
            if isinstance(error, TimeoutError):
                raise
            raise ResourceError(self.url, error.strerror or str(error), error.errno) from error

    def _distrust(self, error: Exception) -> str:
        """Return why the member's certificate is not taken, and what to do."""
        reason = getattr(error, "verify_message", "") or str(error)
        vouching = self._store.ca_file or "the system's certificates"
        remedy = "name its authority's (ca_file, COVEY_ETCD_CA)"
        return f"its certificate is not vouched for by {vouching} ({reason}); {remedy}"

    async def _authenticate(self) -> None:
        assert self._session is not None
        name = {"name": self._store.user, "password": self._store.password}
        self._session.headers.pop("Authorization", None)  # with one that ran out not even a login is answered
        try:
            token = (await self.call(AUTHENTICATE, name)).get("token")
        except PeerRefused as error:
            if "not enabled" in error.reason:
                return
            raise AuthenticationFailed(f"{self.url}: {error.reason}") from error
        if not isinstance(token, str) or not token.isprintable():
            raise ProtocolError("etcd: no token in the answer to a login")
        self._session.headers["Authorization"] = token


async def _lines(response: ClientResponse) -> AsyncGenerator[bytes, None]:
    """Yield whole lines, also a last one without an end; none longer than `LARGEST_ANSWER`."""
    buffer = bytearray()
    async for chunk in response.content.iter_any():
        searched = len(buffer)
        buffer += chunk
        while (end := buffer.find(b"\n", searched)) >= 0:
            line = bytes(memoryview(buffer)[:end])
            del buffer[: end + 1]
            searched = 0
            if line.strip():
                yield line
        if len(buffer) > LARGEST_ANSWER:
            raise AnswerTooLong(f"etcd: an answer of more than {LARGEST_ANSWER} octets")
    if buffer.strip():
        yield bytes(buffer)


def _refusal(body: bytes, status: int) -> PeerRefused | AuthenticationFailed | ProtocolError:
    """Return the error that an answer other than 200 tells of."""
    try:
        answer = decode_object(body)
    except ProtocolError:
        return ProtocolError(f"etcd: HTTP status {status}, not what its JSON gateway answers")
    reason = str(answer.get("message") or answer.get("error"))[:200]
    if answer.get("code") in (_UNAUTHENTICATED, _DENIED) or "user name is empty" in reason:
        return AuthenticationFailed(f"etcd: {reason}")
    if "has been compacted" in reason:
        return HistoryLost(reason)
    if "message larger than max" in reason:
        return AnswerTooLong(f"etcd: {reason}")
    return PeerRefused(reason)


def _prepare(store: EtcdStore, *, tls: bool) -> ssl.SSLContext | None:
    """Import the client and read certificates, outside of the event loop's thread."""
    import aiohttp  # noqa: F401

    if not tls:
        return None
    try:
        context = ssl.create_default_context(cafile=store.ca_file or None)
        if store.cert_file:
            context.load_cert_chain(store.cert_file, store.key_file)
    except OSError as error:
        files = store.ca_file or store.cert_file
        raise OptionError("etcd", f"{files}: {error.strerror or error}") from error
    return context
