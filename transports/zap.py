"""Asking a ZAP handler: a REP or ROUTER socket of this event loop bound to `inproc://zeromq.zap.01`.

::

    request   "" "1.0" "1" domain address identity mechanism credential...
    reply     "" "1.0" "1" status text user-id metadata

Spec: RFC 27; where libzmq differs (the request id is always 1, `identity` is the accepting socket's own
routing id) libzmq is followed.
"""

from __future__ import annotations

import asyncio
from collections import deque

from covey.errors import ProtocolError
from covey.security.mechanism import AuthenticationReply, AuthenticationRequest
from covey.security.metadata import decode_metadata
from covey.security.null import Null

from .inproc import InprocDialer, InprocTransport, is_bound
from .link import Link, LinkSettings, Message
from .stream_transport import StreamOptions
from .zmtp.connection import ConnectionConfig
from .zmtp.events import PeerProperties

__all__ = ["ZAP_ENDPOINT", "ask_handler", "handler_is_bound"]

ZAP_ENDPOINT = "inproc://zeromq.zap.01"
_VERSION, _REQUEST_ID = b"1.0", b"1"
_REPLY_FRAMES = 7
_STATUSES = {b"200": 200, b"300": 300, b"400": 400, b"500": 500}


def handler_is_bound() -> bool:
    """Return whether this event loop has a ZAP handler."""
    return is_bound(ZAP_ENDPOINT)


async def ask_handler(request: AuthenticationRequest) -> AuthenticationReply:
    """Return the handler's verdict; a malformed answer, or none because it went, is a refusal."""
    query = _Query(request)
    query.start()
    try:
        return await query.reply
    finally:
        query.stop()


class _Query:
    """One question. Implements `LinkOwner`."""

    def __init__(self, request: AuthenticationRequest) -> None:
        self.reply: asyncio.Future[AuthenticationReply] = asyncio.get_running_loop().create_future()
        self._frames = [
            b"",
            _VERSION,
            _REQUEST_ID,
            request.domain.encode(),
            request.address.encode(),
            request.identity,
            request.mechanism.encode(),
            *request.credentials,
        ]
        config = ConnectionConfig(socket_type="DEALER", peer_types=frozenset(("REP", "ROUTER")))
        settings = LinkSettings(config, Null())
        self._dialer: InprocDialer = InprocTransport().dialer(ZAP_ENDPOINT, settings, StreamOptions(), self)
        self._link: Link | None = None

    def start(self) -> None:
        """Send the question."""
        self._dialer.start()

    def stop(self) -> None:
        """Part from the handler."""
        self._dialer.stop()
        if self._link is not None:
            self._link.close()

    def link_ready(self, link: Link, properties: PeerProperties) -> None:
        """Ask."""
        self._link = link
        link.transmit(deque([self._frames]))

    def link_messages(self, link: Link, messages: list[Message]) -> None:
        """Take the answer."""
        if not self.reply.done():
            self.reply.set_result(_read_reply(messages[0]))

    def link_room(self) -> int:
        """Return room for the answer."""
        return 1

    def link_drained(self, link: Link) -> None:
        """Nothing more is sent."""

    def link_closed(self, link: Link, error: Exception | None) -> None:
        """Refuse the peer: nobody answers."""
        if not self.reply.done():
            self.reply.set_result(AuthenticationReply(500, "the ZAP handler is gone"))


def _read_reply(message: Message) -> AuthenticationReply:
    if isinstance(message, bytes) or len(message) != _REPLY_FRAMES:
        return AuthenticationReply(500, "a ZAP reply has 7 frames")
    empty, version, number, status, text, user, metadata = message
    if empty or version != _VERSION or number != _REQUEST_ID or status not in _STATUSES:
        return AuthenticationReply(500, "a malformed ZAP reply")
    try:
        properties = decode_metadata(metadata)
    except ProtocolError:
        return AuthenticationReply(500, "a ZAP reply with malformed metadata")
    return AuthenticationReply(
        _STATUSES[status], text.decode("utf-8", "replace"), user.decode("utf-8", "replace"), properties
    )
