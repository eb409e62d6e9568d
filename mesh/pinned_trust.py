"""Trust in the keys of a directory, at work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from covey.errors import OptionError
from covey.security.trust.permissions import UNRESTRICTED, Permissions
from covey.security.trust.pinned import Pin, PinKeys, Pinned, pinned_psk
from covey.security.z85 import encode_z85

from .directory_watch import DirectoryWatch
from .key_trust import KeyTrust
from .sealing import Sealing, SignedSealing
from .trust import Expel

__all__ = ["PinnedTrust"]

_log = logging.getLogger(__name__)


class PinnedTrust(KeyTrust):
    """Lets in whose certificates lie in a directory."""

    def __init__(self, pinned: Pinned, mesh: str) -> None:
        self._pinned = pinned
        self._pin_keys = PinKeys(pinned.keys, mesh)
        super().__init__(pinned, mesh, self._pin_keys)
        self._pins: dict[bytes, Pin] = {}
        self._faults: list[str] = []
        self._use(pinned.pins, pinned.faults)

    def admits(self, public_key: bytes) -> bool:
        """Whether a key is pinned; our own is."""
        return public_key in self._pins or public_key == self.keys.public_bytes

    def verdict(self, public_key: bytes, metadata: Mapping[str, bytes]) -> str:
        """Return why the proven holder of a key is refused."""
        return "" if self.admits(public_key) else f"an unknown key, {encode_z85(public_key)}"

    def refusal_of(self, public_key: bytes, certificate: bytes | None) -> str:
        """Return why who announces itself is not listened to."""
        return self.verdict(public_key, {})

    def psk_of(self, server_key: bytes) -> bytes:
        """Return what is made of the server's public key, which those know who pinned it."""
        return pinned_psk(server_key, self._mesh)

    def shown(self) -> Mapping[str, bytes]:
        """Return nothing: the key says it all."""
        return {}

    def sealing(self) -> Sealing:
        """Return seals of our own key, which those open who pinned it."""
        return SignedSealing(self._sealer, self._mesh, None, self)

    def permissions_of(self, public_key: bytes | None) -> Permissions:
        """Return that everything is permitted: a pin says no more than who belongs."""
        return UNRESTRICTED

    def name_of(self, public_key: bytes) -> str:
        """Return the name in a pinned certificate; empty for a stranger."""
        pin = self._pins.get(public_key)
        return pin.name if pin is not None else ""

    async def watch(self, expel: Expel) -> None:
        """Follow the directory."""
        changed = asyncio.Event()
        async with DirectoryWatch(self._pinned.directory, changed.set):
            changed.set()  # whatever happened since the node was made
            while True:
                await changed.wait()
                changed.clear()
                await self._reread(expel)

    async def _reread(self, expel: Expel) -> None:
        try:
            pins, faults = await asyncio.to_thread(self._pinned.read)
        except OptionError as error:
            # An unreadable directory pins nobody: what cannot be checked is not let in.
            _log.warning("%s; nobody is let in", error)
            pins, faults = {}, []
        gone = [key for key in self._pins if key not in pins and key != self.keys.public_bytes]
        has_more = not pins.keys() <= self._pins.keys()
        self._use(pins, faults)
        if has_more:
            self.added()
        for key in gone:
            expel(key, "unpinned")

    def _use(self, pins: dict[bytes, Pin], faults: list[str]) -> None:
        for fault in faults:
            if fault not in self._faults:
                _log.warning("a file among the pinned certificates is none: %s", fault)
        self._pins, self._faults = pins, faults
        self._pin_keys.use(pins)
