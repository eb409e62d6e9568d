"""Peers, events and messages as JSON fields and as lines for people."""

from __future__ import annotations

import enum
import re
import time
from typing import TYPE_CHECKING, Any

from .advice import printable
from .output import data_fields, data_text

if TYPE_CHECKING:
    from covey.mesh.events import Event
    from covey.mesh.peers import Peer

    from .cluster import ClusterStatus
    from .nodes import MeshNode, Message

__all__ = [
    "cluster_line",
    "event_fields",
    "event_line",
    "message_fields",
    "message_line",
    "peer_fields",
    "peer_line",
    "started_fields",
    "started_line",
]


def peer_fields(peer: Peer) -> dict[str, object]:
    """Return a peer as JSON can hold it."""
    return {
        "uuid": str(peer.uuid),
        "name": peer.name,
        "endpoint": peer.endpoint,
        "via": peer.via,
        "headers": dict(peer.headers),
        "groups": sorted(peer.groups),
        "services": sorted(peer.services),
        "liveness": peer.liveness.value,
        "last_seen": round(peer.last_seen, 3),
    }


def peer_line(peer: Peer) -> str:
    """Return a peer as fields between tabs: name, uuid, endpoint, via, groups, services."""
    lists = (",".join(sorted(one)) for one in (peer.groups, peer.services))
    cells = (peer.name, str(peer.uuid), peer.endpoint, peer.via, *lists)
    return "\t".join(printable(cell) for cell in cells)


def event_fields(event: Event, now: float) -> dict[str, object]:
    """Return an event as JSON can hold it; `now` is seconds since the Unix epoch."""
    fields: dict[str, object] = {"event": _kind(event)}
    peer: Peer | None = getattr(event, "peer", None)
    if peer is not None:
        fields |= {"uuid": str(peer.uuid), "name": peer.name, "endpoint": peer.endpoint, "via": peer.via}
        if fields["event"] == "entered":
            fields["headers"] = dict(peer.headers)
    keys = (
        "node",
        "identity",
        "link",
        "offence",
        "source",
        "who",
        "group",
        "service",
        "reason",
        "count",
        "total",
    )
    for key in keys:
        if hasattr(event, key):
            value = getattr(event, key)
            fields[key] = value.value if isinstance(value, enum.Enum) else value
    if hasattr(event, "data"):
        fields |= data_fields(event.data)
    return {**fields, "time": round(now, 6)}


def event_line(event: Event, now: float) -> str:
    """Return an event as one line; `now` is seconds since the Unix epoch."""
    words = [_clock(now), f"{_kind(event):8}"]
    peer: Peer | None = getattr(event, "peer", None)
    if peer is not None:
        words.append(printable(peer.name))
        if _kind(event) == "entered":
            words.append(f"{printable(peer.endpoint)} via {peer.via}")
    if hasattr(event, "node"):
        words.append(_machine(event.node, getattr(event, "identity", ""), getattr(event, "link", "")))
    if hasattr(event, "group"):
        words.append(f"[{printable(event.group)}]")
    if hasattr(event, "service"):
        words.append(printable(event.service))
    if _kind(event) == "refused":
        words.extend(_refused_words(event))
    elif hasattr(event, "reason"):
        words.append(f"({event.reason})")
    elif hasattr(event, "count"):
        words.append(f"{event.count} events, too many at once")
    if hasattr(event, "data"):
        words.append(data_text(event.data))
    return " ".join(words)


def _refused_words(event: Any) -> list[str]:
    who = f"{event.source} {printable(event.who)}".strip()
    times = [f"{event.count} times"] if event.count > 1 else []
    return [event.offence.value, f"{who}:", printable(event.reason), *times]


def started_fields(node: MeshNode, now: float) -> dict[str, object]:
    """Return the own node's start as JSON can hold it; `now` is seconds since the Unix epoch."""
    own = {"uuid": str(node.uuid), "name": node.name, "mesh": node.mesh, "endpoint": node.endpoint}
    return {"event": "started", **own, "time": round(now, 6)}


def started_line(node: MeshNode, now: float) -> str:
    """Return the own node's start as one line like an event's."""
    return (
        f"{_clock(now)} {'started':8} {printable(node.name)} {node.endpoint} in mesh {printable(node.mesh)}"
    )


def cluster_line(status: ClusterStatus, now: float) -> str:
    """Return what this machine has of TIPC as one line like an event's."""
    return f"{_clock(now)} {'tipc':8} {printable(status.line)}"


def message_fields(message: Message) -> dict[str, object]:
    """Return a published message as JSON can hold it."""
    sender = {"sender": message.sender.name, "uuid": str(message.sender.uuid)}
    return {"topic": message.topic, **data_fields(message.data), **sender}


def message_line(message: Message) -> str:
    """Return a published message as `topic data`."""
    return f"{printable(message.topic)} {data_text(message.data)}"


def _machine(node: str, identity: str, link: str) -> str:
    name = f"{identity} ({node})" if identity else node
    return printable(f"{name} by {link}" if link else name)


def _kind(event: Event) -> str:
    """Return the event's name in lower case, its words joined by `_`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(event).__name__).lower()


def _clock(now: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(now)) + f".{int(now * 1000) % 1000:03}"
