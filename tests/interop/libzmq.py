"""libzmq as a counterpart: Debian's 4.3.4, PyPI's 4.3.5 and the one of zeromq.js, each in a process of its own.

The last one comes with Node.js' `zeromq`, which has the draft socket types as well.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from functools import cache
from typing import Any, Literal

from tests.lan import Host

from .driver import PEERS, Driver

__all__ = ["Libzmq", "LibzmqSocket", "Origin", "find_libzmq"]

Origin = Literal["debian", "pypi", "js"]

_JS_MODULES = PEERS.parents[2] / "build" / "js" / "node_modules"
_JS_PEER = PEERS / "js" / "zeromq_peer.js"
_PEER = str(PEERS / "zmq_peer.py")

_COMMANDS: dict[Origin, list[str]] = {
    "debian": ["/usr/bin/python3", _PEER],
    "pypi": [sys.executable, _PEER],
    "js": ["node", str(_JS_PEER), str(_JS_MODULES)],
}
_PROBES: dict[Origin, list[str]] = {
    "debian": ["/usr/bin/python3", "-c", "import zmq"],
    "pypi": [sys.executable, "-c", "import zmq"],
    "js": ["node", "-e", "require(process.argv[1])", str(_JS_MODULES / "zeromq")],
}


@cache
def find_libzmq(origin: Origin) -> str:
    """Return what stands in the way of using that libzmq, empty if nothing does."""
    try:
        subprocess.run(_PROBES[origin], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no libzmq from {origin}: {error}"
    return ""


class Libzmq:
    """A process with any number of libzmq sockets. Made by the `libzmq` fixture."""

    def __init__(self, origin: Origin, driver: Driver) -> None:
        self.origin = origin
        self.driver = driver
        self._names = itertools.count(1)

    @classmethod
    async def launch(cls, origin: Origin, host: Host | None = None) -> Libzmq:
        """Start one, on a host of a LAN or beside the test."""
        return cls(origin, await Driver.launch(_COMMANDS[origin], host))

    async def versions(self) -> dict[str, Any]:
        """Return the versions of `libzmq` and `pyzmq`, and what the library `has`."""
        answer: dict[str, Any] = await self.driver.ask("versions")
        return answer

    async def open(self, kind: str, **options: int | str | bytes | list[str]) -> LibzmqSocket:
        """Open a socket.

        Args:
            kind: `PUSH`, `ROUTER` ...
            options: by libzmq's names, `subscribe=""`, `rcvhwm=1`, `routing_id=b"a"`; a list sets it
                repeatedly. Linger is 0 unless given.
        """
        name = f"{kind}-{next(self._names)}"
        plain = {key: _text(value) for key, value in options.items()}
        await self.driver.ask("open", socket=name, type=kind, options=plain)
        return LibzmqSocket(self.driver, name)

    async def curve_keypair(self) -> tuple[str, str]:
        """Return a public and a secret key as Z85 text, made by libzmq."""
        public, secret = await self.driver.ask("curve_keypair")
        return public, secret

    async def authenticate(
        self, *, passwords: dict[str, str] | None = None, keys: list[str] | None = None
    ) -> None:
        """Start a ZAP handler that knows these PLAIN passwords and these CURVE keys (Z85; None: all)."""
        await self.driver.ask("authenticate", passwords=passwords, keys=keys)

    async def close(self) -> None:
        """End the process."""
        await self.driver.close()


class LibzmqSocket:
    """One libzmq socket; sockets of one process work side by side, calls on one socket in order."""

    def __init__(self, driver: Driver, name: str) -> None:
        self._driver = driver
        self._name = name

    async def _ask(self, op: str, wait: float = 10.0, **arguments: Any) -> Any:
        return await self._driver.ask(op, socket=self._name, patience=wait + 5.0, **arguments)

    async def set(self, option: str, value: int | str | bytes) -> None:
        """Set an option: `set("subscribe", "")`."""
        await self._ask("set", option=option, value=_text(value))

    async def get(self, option: str) -> Any:
        """Read an option; bytes come as latin-1 text."""
        return await self._ask("get", option=option)

    async def bind(self, endpoint: str = "tcp://127.0.0.1:*") -> str:
        """Bind and return the resolved endpoint."""
        return str(await self._ask("bind", endpoint=endpoint))

    async def unbind(self, endpoint: str) -> None:
        """Stop listening."""
        await self._ask("unbind", endpoint=endpoint)

    async def connect(self, endpoint: str) -> None:
        """Start connecting."""
        await self._ask("connect", endpoint=endpoint)

    async def disconnect(self, endpoint: str) -> None:
        """Stop being connected."""
        await self._ask("disconnect", endpoint=endpoint)

    async def send(self, *frames: bytes, repeat: int = 1, **extra: int | str) -> None:
        """Send a message, `repeat` times; zeromq.js' RADIO and SERVER want a `group` or `routingId`."""
        plain = [frame.decode("latin-1") for frame in frames]
        await self._ask("send", 30.0, frames=plain, repeat=repeat, extra=extra)

    async def send_pattern(
        self, size: int, *, count: int = 1, frames: int = 1, seed: int = 0, prefix: tuple[bytes, ...] = ()
    ) -> None:
        """Send `count` messages of `frames` equal frames, `pattern(size, seed + number)`, behind a prefix."""
        head = [frame.decode("latin-1") for frame in prefix]
        await self._ask("send_pattern", 60.0, size=size, count=count, frames=frames, seed=seed, prefix=head)

    async def recv(self, timeout: float = 10.0) -> list[bytes]:
        """Return the frames of the next message, or raise TimeoutError."""
        frames = await self._ask("recv", timeout, timeout=timeout)
        return [frame.encode("latin-1") for frame in frames]

    async def recv_many(self, count: int, timeout: float = 10.0) -> list[list[bytes]]:
        """Return the next messages."""
        messages = await self._ask("recv_many", timeout, count=count, timeout=timeout)
        return [[frame.encode("latin-1") for frame in message] for message in messages]

    async def digest(self, count: int = 1, timeout: float = 60.0) -> list[dict[str, Any]]:
        """Receive messages and return `sizes` and `sha256` of each, as `zmq_peer.digest` computes them."""
        answer: list[dict[str, Any]] = await self._ask("digest", timeout, count=count, timeout=timeout)
        return answer

    async def echo(self, count: int = 1, timeout: float = 60.0) -> int:
        """Send the next messages back as they came; return when done."""
        return int(await self._ask("echo", timeout, count=count, timeout=timeout))

    async def poll(self, timeout: float) -> bool:
        """Wait until a message is there, and say whether one is."""
        return bool(await self._ask("poll", timeout, timeout=timeout))

    async def watch(self) -> None:
        """Start the monitor; call before binding or connecting."""
        await self._ask("monitor")

    async def wait_event(self, event: str, timeout: float = 10.0) -> dict[str, Any]:
        """Return the next monitor event of that name (`HANDSHAKE_SUCCEEDED`), dropping those before it."""
        answer: dict[str, Any] = await self._ask("monitor", timeout, event=event, timeout=timeout)
        return answer

    async def close(self, linger: int = 0) -> None:
        """Close the socket; linger in milliseconds."""
        await self._ask("close", linger=linger)


def _text(value: int | str | bytes | list[str]) -> int | str | list[str]:
    return value.decode("latin-1") if isinstance(value, bytes) else value
