"""Beacons sent to be heard: by ourselves, or by a doctor at the other end.

They say goodbye for a uuid that nobody has, so no node connects anywhere because of them.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self
from uuid import UUID, uuid4

from covey.discovery.announce.place import Place
from covey.discovery.beacon.codec import MalformedBeacon, OpenBeacon, decode, encode
from covey.discovery.beacon.constants import PORT, PREFIX
from covey.discovery.beacon.routes import Mode, Route, plan_routes
from covey.discovery.beacon.switchboard import Switchboard
from covey.discovery.beacon.udp import Datagram
from covey.discovery.interface_table import Interface
from covey.errors import ProtocolError
from covey.security.beacon_seal import is_sealed
from covey.security.sealed_beacon import SealedBeacon

from .host_facts import LanFacts, Stranger

if TYPE_CHECKING:
    from covey.security.beacon_seal import BeaconSealer

__all__ = ["Ear"]

_STRANGERS = 1024
_WANTED = 1024
_PAUSE = 0.05
"""Seconds between beacons of a series."""


class Ear:
    """Listens where beacons are heard, and sends some, from `__aenter__` to `__aexit__`.

    Args:
        interfaces: those in use.
        sealer: of our secret and mesh, to know members by.
        port: UDP port.

    Raises:
        ResourceError: on entering: the port cannot be shared.
    """

    def __init__(
        self, interfaces: Sequence[Interface], sealer: BeaconSealer | None = None, *, port: int = PORT
    ) -> None:
        self.routes = plan_routes(interfaces, list(Mode))
        self.heard: Counter[UUID] = Counter()
        """How often each awaited uuid was heard."""
        self._own = {interface.address for interface in interfaces}
        self._sealer = sealer
        self._strangers: dict[tuple[str, str, str], Stranger] = {}
        self._awaited: set[UUID] = set()
        self._switchboard = Switchboard(port, self._take, lambda: None)

    async def __aenter__(self) -> Self:
        """Listen."""
        self._switchboard.use(self.routes)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self._switchboard.close()

    @property
    def strangers(self) -> tuple[Stranger, ...]:
        """Who was heard."""
        return tuple(self._strangers.values())

    def await_uuid(self, uuid: UUID) -> None:
        """Count this one from now on; at most a thousand are."""
        if len(self._awaited) < _WANTED:
            self._awaited.add(uuid)

    async def send(self, uuids: dict[Mode, UUID], count: int) -> int:
        """Send a series by each mode on every interface; return how many the kernel took."""
        taken = 0
        for _ in range(count):
            for route in self.routes:
                if (uuid := uuids.get(route.mode)) is not None:
                    taken += self._switchboard.send(encode(OpenBeacon(uuid, 0)), route)
            await asyncio.sleep(_PAUSE)
        return taken

    async def listen(self, seconds: float, series: int = 3) -> LanFacts:
        """Send a series on each route, listen, and return what came back and what others said."""
        uuids = {route: uuid4() for route in self.routes}
        for uuid in uuids.values():
            self.await_uuid(uuid)
        taken: Counter[Route] = Counter()
        deadline = asyncio.get_running_loop().time() + seconds
        for _ in range(series):
            for route, uuid in uuids.items():
                taken[route] += self._switchboard.send(encode(OpenBeacon(uuid, 0)), route)
            await asyncio.sleep(_PAUSE)
        await asyncio.sleep(max(0.0, deadline - asyncio.get_running_loop().time()))
        names = {route: (route.interface.name, route.mode.value) for route in self.routes}
        return LanFacts(
            sent={names[route]: taken[route] for route in self.routes if taken[route]},
            refused={names[route]: "the kernel refuses it" for route in self.routes if not taken[route]},
            echoed={names[route]: self.heard[uuid] for route, uuid in uuids.items()},
            strangers=self.strangers,
            listened=seconds,
        )

    def _take(self, datagram: Datagram, place: Place) -> None:
        interface = place.interface
        uuid, kind, ahead = self._read(datagram.data)
        if uuid in self._awaited:
            self.heard[uuid] += 1
        elif kind and datagram.source not in self._own:
            key = (datagram.source, kind, interface)
            if key in self._strangers or len(self._strangers) < _STRANGERS:
                self._strangers[key] = Stranger(datagram.source, kind, interface, ahead)

    def _read(self, data: bytes) -> tuple[UUID | None, str, float]:
        """Return whose beacon it is, of what kind, and how far its clock is ahead of ours. Seconds."""
        if is_sealed(data):
            content = self._sealer.open(data) if self._sealer is not None else None
            if content is None:
                return None, "sealed", 0.0
            try:
                beacon = SealedBeacon.decode(content)
            except ProtocolError:
                return None, "", 0.0
            return beacon.uuid, "ours", beacon.sequence / 1e6 - time.time()
        if not data.startswith(PREFIX):
            return None, "", 0.0
        try:
            found = decode(data)
        except MalformedBeacon:
            return None, "", 0.0
        return found.uuid, "open" if found.port else "", 0.0
