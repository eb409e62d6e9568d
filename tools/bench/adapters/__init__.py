"""How each implementation opens sockets: all that differs between them; the cases are written once.

The sockets themselves are handed out bare, so that nothing of ours stands between a case and what it
measures: `send`, `recv`, `send_multipart` and `recv_multipart` are spelt alike everywhere, with `await`
in front where the implementation is asynchronous.
"""

from __future__ import annotations

import importlib
from typing import Any, Protocol

from covey.tools.bench.spec import WorkerSpec

__all__ = ["AsyncAdapter", "BlockingAdapter", "Keys", "adapter_for"]

Socket = Any
"""Whatever the implementation calls a socket."""
Keys = tuple[str, str]
"""A CURVE key pair, public and secret, in Z85."""

MODULES = {
    "covey": "covey_sockets",
    "covey-batch": "covey_sockets",
    "zmq.asyncio": "zmq_asyncio",
    "pyzmq": "zmq_blocking",
    "noise": "covey_sockets",
    "plain": "covey_sockets",
    "sealed": "covey_sockets",
    "clear": "covey_sockets",
    "pyzmq-curve": "zmq_blocking",
}


class Adapter(Protocol):
    """What every adapter can do."""

    def new_keys(self) -> Keys:
        """Return a fresh CURVE key pair."""
        ...

    def open(self, kind: str) -> Socket:
        """Open a socket of a kind in lower case, `push` for example, with its default options."""
        ...

    def open_unlimited(self, kind: str) -> Socket:
        """Open a socket without high-water marks."""
        ...

    def open_curve_server(self, kind: str, keys: Keys) -> Socket:
        """Open a socket that accepts CURVE connections only."""
        ...

    def open_curve_client(self, kind: str, keys: Keys, server_key: str) -> Socket:
        """Open a socket that connects by CURVE."""
        ...

    def subscribe(self, sock: Socket, prefix: bytes) -> None:
        """Subscribe a SUB socket."""
        ...


class AsyncAdapter(Adapter, Protocol):
    """An implementation for asyncio."""

    async def bind(self, sock: Socket, endpoint: str) -> str:
        """Bind and return the endpoint as resolved."""
        ...

    async def connect(self, sock: Socket, endpoint: str) -> None:
        """Begin to connect."""
        ...


class BlockingAdapter(Adapter, Protocol):
    """An implementation whose calls block the thread."""

    def bind(self, sock: Socket, endpoint: str) -> str:
        """Bind and return the endpoint as resolved."""
        ...

    def connect(self, sock: Socket, endpoint: str) -> None:
        """Begin to connect."""
        ...


def adapter_for(spec: WorkerSpec) -> Any:
    """Import and return the adapter of the spec's implementation."""
    return importlib.import_module(f"{__name__}.{MODULES[spec.implementation]}").make()
