"""mDNS and DNS-SD (RFC 6762, RFC 6763): what Avahi and Apple's tools see, and what they show us."""

from __future__ import annotations

from .advertise import Advertisement, advertise
from .browse import Browser, browse, service_types
from .service import Service, ServiceEvent, ServiceEventKind
from .source import MdnsSource, MdnsStatistics
from .text import MdnsCodec, OpenText, SealedText

__all__ = [
    "Advertisement",
    "Browser",
    "MdnsCodec",
    "MdnsSource",
    "MdnsStatistics",
    "OpenText",
    "SealedText",
    "Service",
    "ServiceEvent",
    "ServiceEventKind",
    "advertise",
    "browse",
    "service_types",
]
