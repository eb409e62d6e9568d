"""A sink of sightings that tests can wait on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

from covey.discovery.sighting import Sighting

__all__ = ["Ear"]

_PATIENCE = 15.0
"""Seconds; only a fault takes so long."""


class Ear:
    """Remembers everything that it is told."""

    def __init__(self) -> None:
        self.heard: list[Sighting] = []
        self.news = asyncio.Event()

    def __call__(self, sighting: Sighting) -> None:
        """Take a sighting."""
        self.heard.append(sighting)
        self.news.set()

    async def until(self, condition: Callable[[Sighting], bool]) -> Sighting:
        """Return the first sighting of that kind."""
        async with asyncio.timeout(_PATIENCE):
            while True:
                for sighting in self.heard:
                    if condition(sighting):
                        return sighting
                self.news.clear()
                await self.news.wait()

    async def about(self, uuid: UUID) -> Sighting:
        """Return the first sighting of a node."""
        return await self.until(lambda sighting: sighting.uuid == uuid)

    async def meets(self, uuid: UUID) -> Sighting:
        """Return the first sighting that says where a node is."""
        return await self.until(lambda sighting: sighting.uuid == uuid and not sighting.is_departure)

    async def loses(self, uuid: UUID) -> Sighting:
        """Return the first sighting that says that a node left."""
        return await self.until(lambda sighting: sighting.uuid == uuid and sighting.is_departure)
