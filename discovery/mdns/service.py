"""A service as DNS-SD describes it, and what may happen to it."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping

from covey.errors import OptionError
from covey.values import field, frozen

__all__ = ["Service", "ServiceEvent", "ServiceEventKind", "full_type", "short_name", "short_type"]

_LONGEST_INSTANCE = 63
"""Octets of an instance's name (RFC 6763, section 4.1.1)."""
_LONGEST_PROPERTY = 255
"""Octets of one property: key, equals sign and value."""
_DOMAIN = "local."
_TYPE = re.compile(r"_(?=[A-Za-z0-9-]*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9-]{0,13}[A-Za-z0-9])?\._(?:tcp|udp)")


@frozen
class Service:
    """One instance of a service.

    Raises:
        OptionError: a name, type, port or property that DNS-SD cannot carry.
    """

    name: str
    """For people to read: any text of up to 63 octets."""
    type: str
    """`_http._tcp`."""
    port: int
    host: str = ""
    """Host name with its domain, `box.local.`; empty to have one made."""
    addresses: tuple[str, ...] = ()
    """Numeric, of both families; link-local ones with their zone where it is known."""
    properties: Mapping[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        full_type(self.type)
        if not 0 < len(self.name.encode()) <= _LONGEST_INSTANCE or any(letter < " " for letter in self.name):
            raise OptionError("name", f"has 1 to {_LONGEST_INSTANCE} octets and no control characters")
        if not 0 <= self.port <= 65535:
            raise OptionError("port", "is within 0 to 65535")
        for key, value in self.properties.items():
            if not key or "=" in key or not key.isascii() or len(key) + 1 + len(value) > _LONGEST_PROPERTY:
                raise OptionError(
                    f"property {key!r}", f"has at most {_LONGEST_PROPERTY} octets, its key no '='"
                )


class ServiceEventKind(enum.Enum):
    """What happened to a service."""

    FOUND = "found"
    CHANGED = "changed"
    LOST = "lost"
    """It said goodbye, or was not heard until its records ran out."""


@frozen
class ServiceEvent:
    """One thing that happened."""

    kind: ServiceEventKind
    service: Service
    """As it is now; as it was last, when lost."""


def full_type(service_type: str) -> str:
    """Return `_http._tcp.local.` for `_http._tcp`, `_http._tcp.` or itself.

    Raises:
        OptionError: it is no service type.
    """
    short = service_type.removesuffix(".").removesuffix(".local")
    if not _TYPE.fullmatch(short):
        raise OptionError("service type", f"{service_type!r} is not like _http._tcp")
    return f"{short}.{_DOMAIN}"


def short_type(full: str) -> str:
    """Return `_http._tcp` for `_http._tcp.local.`."""
    return full.removesuffix(f".{_DOMAIN}")


def short_name(instance: str, full: str) -> str:
    """Return `Living room` for `Living room._http._tcp.local.`."""
    return instance.removesuffix(f".{full}")
