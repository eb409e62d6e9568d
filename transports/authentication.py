"""Asking an authenticator about a peer, on behalf of a link."""

from __future__ import annotations

import asyncio
import copy
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast

from covey.security.mechanism import AuthenticationReply, AuthenticationRequest, Authenticator, Security
from covey.values import replace

from .link import LinkSettings

__all__ = ["Spawner", "ask", "with_authenticator", "without_port"]

Spawner = Callable[[Coroutine[Any, Any, None], str], None]
"""Runs a coroutine under a name as long as its owner lives."""

_log = logging.getLogger(__name__)


def with_authenticator(security: Security, authenticator: Authenticator) -> Security:
    """Return a copy of `security` that asks `authenticator`."""
    changed = copy.copy(security)
    cast("Any", changed).authenticator = authenticator
    return changed


def ask(
    settings: LinkSettings,
    request: AuthenticationRequest,
    address: str,
    spawn: Spawner,
    decided: Callable[[AuthenticationReply], None],
) -> None:
    """Have the socket's authenticator decide, and call `decided` at once or later.

    An authenticator that raises lets nobody in, nor does it take the socket down: the peer is refused with
    status 500.

    Args:
        settings: of the link.
        request: as the mechanism made it.
        address: of the peer.
        spawn: runs an authenticator that wants to wait.
        decided: takes the verdict.
    """
    authenticator = settings.security.authenticator
    if authenticator is None:
        decided(AuthenticationReply(500, "there is nobody to ask"))
        return
    full = replace(
        request, domain=settings.zap_domain, address=without_port(address), identity=settings.routing_id
    )
    try:
        reply = authenticator(full)
    except Exception:
        decided(_failed(address))
        return
    if isinstance(reply, AuthenticationReply):
        decided(reply)
    else:
        patience = settings.connection.handshake_timeout
        spawn(_await(reply, patience, address, decided), f"authenticate {address}")


async def _await(
    reply: Awaitable[AuthenticationReply],
    patience: float,
    address: str,
    decided: Callable[[AuthenticationReply], None],
) -> None:
    """Wait for a verdict, but not longer than the peer may take for its handshake."""
    try:
        async with asyncio.timeout(patience or None):
            verdict = await reply
    except TimeoutError:
        verdict = AuthenticationReply(500, "the authenticator did not answer")
    except Exception:
        verdict = _failed(address)
    decided(verdict)


def _failed(address: str) -> AuthenticationReply:
    _log.exception("the authenticator failed; %s is refused", address)
    return AuthenticationReply(500, "the authenticator failed")


def without_port(address: str) -> str:
    """Return a tcp address's host; addresses of other families (localhost:UID:GID:PID) stay whole."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address
