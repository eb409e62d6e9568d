"""Our own PGM links in a process of their own, on a host of a LAN."""

from __future__ import annotations

import itertools
import sys
from typing import Any

from tests.lan import Host

from .driver import PEERS, Driver

__all__ = ["PgmProcess"]


class PgmProcess:
    """A process with any number of PGM links."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._names = itertools.count(1)

    @classmethod
    async def launch(cls, host: Host) -> PgmProcess:
        """Start one."""
        return cls(await Driver.launch([sys.executable, str(PEERS / "pgm_peer.py")], host))

    async def sender(self, endpoint: str, **options: Any) -> str:
        """Open a sender and return its name."""
        name = f"sender-{next(self._names)}"
        await self._driver.ask("sender", link=name, endpoint=endpoint, options=options)
        return name

    async def receiver(self, endpoint: str, **options: Any) -> str:
        """Open a receiver and return its name."""
        name = f"receiver-{next(self._names)}"
        await self._driver.ask("receiver", link=name, endpoint=endpoint, options=options)
        return name

    async def send_pattern(
        self,
        link: str,
        size: int,
        *,
        count: int = 1,
        frames: int = 1,
        seed: int = 0,
        prefix: tuple[bytes, ...] = (),
        pause: float = 0.0,
    ) -> None:
        """Send messages, `pause` seconds apart."""
        await self._driver.ask(
            "send_pattern",
            patience=90.0,
            link=link,
            size=size,
            count=count,
            frames=frames,
            seed=seed,
            prefix=[frame.decode("latin-1") for frame in prefix],
            pause=pause,
        )

    async def digest(self, link: str, count: int = 1, timeout: float = 20.0) -> list[dict[str, Any]]:
        """Return sizes and hashes of the next messages."""
        answer: list[dict[str, Any]] = await self._driver.ask(
            "digest", patience=timeout + 5, link=link, count=count, timeout=timeout
        )
        return answer

    async def events(self, link: str) -> list[str]:
        """Return the names of the events so far."""
        answer: list[str] = await self._driver.ask("events", link=link)
        return answer

    async def statistics(self, link: str) -> dict[str, Any]:
        """Return a link's counters."""
        answer: dict[str, Any] = await self._driver.ask("statistics", link=link)
        return answer

    async def finish(self, link: str) -> None:
        """Say goodbye and repair for a while."""
        await self._driver.ask("finish", link=link)

    async def close(self) -> None:
        """End the process."""
        await self._driver.close()
