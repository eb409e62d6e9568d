"""covey's own sockets, as any program would open them."""

from __future__ import annotations

from typing import Any

import covey

from . import Keys

__all__ = ["CoveySockets", "make"]


class CoveySockets:
    """Opens covey's sockets."""

    def new_keys(self) -> Keys:
        """Return a fresh CURVE key pair."""
        keys = covey.CurveKeys.generate()
        return keys.public, keys.secret

    def open(self, kind: str, **options: Any) -> Any:
        """Open a socket of a kind in lower case, with its default options."""
        return getattr(covey, CLASSES[kind])(linger=0, **options)

    def open_unlimited(self, kind: str) -> Any:
        """Open a socket without high-water marks."""
        return self.open(kind, sndhwm=0, rcvhwm=0)

    def open_curve_server(self, kind: str, keys: Keys) -> Any:
        """Open a socket that accepts CURVE connections only."""
        return self.open(kind, security=covey.CurveServer(covey.CurveKeys(*keys)))

    def open_curve_client(self, kind: str, keys: Keys, server_key: str) -> Any:
        """Open a socket that connects by CURVE."""
        return self.open(kind, security=covey.CurveClient(covey.CurveKeys(*keys), server_key))

    def open_noise_server(self, kind: str, keys: Keys) -> Any:
        """Open a socket that accepts NOISE connections only."""
        return self.open(kind, security=covey.NoiseServer(covey.CurveKeys(*keys)))

    def open_noise_client(self, kind: str, keys: Keys, server_key: str) -> Any:
        """Open a socket that connects by NOISE."""
        return self.open(kind, security=covey.NoiseClient(covey.CurveKeys(*keys), server_key))

    def new_group(self) -> Any:
        """Return fresh keys of a sealed group."""
        return covey.SealedGroup("bench")

    def open_group(self, kind: str, keys: Any, **options: Any) -> Any:
        """Open a socket for multicast, sealed where there are keys."""
        return self.open(kind, security=keys, **options)

    def subscribe(self, sock: Any, prefix: bytes) -> None:
        """Subscribe a SUB socket."""
        sock.subscribe(prefix)

    async def bind(self, sock: Any, endpoint: str) -> str:
        """Bind and return the endpoint as resolved."""
        resolved: str = await sock.bind(endpoint)
        return resolved

    async def connect(self, sock: Any, endpoint: str) -> None:
        """Begin to connect."""
        await sock.connect(endpoint)


CLASSES = {
    "push": "Push",
    "pull": "Pull",
    "pub": "Pub",
    "sub": "Sub",
    "xpub": "XPub",
    "req": "Req",
    "rep": "Rep",
    "dealer": "Dealer",
    "router": "Router",
    "pair": "Pair",
    "radio": "Radio",
    "dish": "Dish",
}


def make() -> CoveySockets:
    """Return the adapter."""
    return CoveySockets()
