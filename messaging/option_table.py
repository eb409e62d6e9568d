"""The documentation's table of options, made from the declarations: `python -m covey.messaging.option_table`."""

from __future__ import annotations

import sys
from fnmatch import fnmatchcase
from typing import Any

import covey.messaging as patterns
from covey.options import Option

from .socket import Socket
from .socket_options import SocketOptions

__all__ = ["ABSENT", "all_options", "render", "why_absent"]

ABSENT = {
    "hwm": "`sndhwm` and `rcvhwm`",
    "identity": "`routing_id` is its newer name",
    "affinity": "there are no I/O threads to choose from",
    "subscribe, unsubscribe": "methods: `subscribe()`, `unsubscribe()`",
    "rcvmore, events, fd, type, thread_safe": "a whole message is received at once; `await` replaces polling",
    "last_endpoint": "`bind()` returns it",
    "rcvtimeo, sndtimeo": "`asyncio.timeout()` bounds any call",
    "ipv4only": "the opposite of `ipv6`",
    "tcp_accept_filter": "an authenticator sees the address of every peer",
    "ipc_filter_pid, ipc_filter_uid, ipc_filter_gid": "an authenticator sees `localhost:UID:GID:PID`",
    "router_raw": "`Stream` does it",
    "mechanism, plain_*, curve_*": "`security=` takes them: `PlainServer`, `CurveClient(keys, server_key)` ...",
    "zap_enforce_domain": "only an authenticator that was given is asked, and it always is",
    "gssapi_*": "Kerberos is not spoken",
    "blocky": "`linger` says it per socket",
    "only_first_subscribe": "only messages of one frame are ever taken for subscriptions",
    "loopback_fastpath, busy_poll": "tuning of single systems",
    "in_batch_size, out_batch_size": "batches adapt by themselves",
    "vmci_*, norm_*, wss_*": "these transports are not spoken",
    "topics_count": "an attribute of publishers and subscribers, read only",
}
"""Options of libzmq that are not options here, and why."""

_HEAD = """# Options of sockets

Made from the declarations by `python -m covey.messaging.option_table`; do not edit.

Options are keyword arguments of every socket type and attributes of every socket, under ZeroMQ's names in
lower case and in ZeroMQ's units. Set them before `bind` and `connect`; `sndhwm`, `rcvhwm`, `linger` and
those of ROUTER, REQ and XPUB may change later. A name or value that cannot be is an `OptionError`, which
names the nearest right one.
"""


def all_options() -> list[tuple[Option[Any], list[str]]]:
    """Return every declaration with the types that have it, none for options of all."""
    common = {option.name for option in SocketOptions.declared_options()}
    found: dict[str, tuple[Option[Any], list[str]]] = {}
    kinds: list[type[Socket]] = [getattr(patterns, name) for name in patterns.__all__]
    for kind in kinds:
        for option in kind.declared_options():
            _, types = found.setdefault(option.name, (option, []))
            if option.name not in common:
                types.append(kind.__name__)
    return [found[name] for name in sorted(found)]


def why_absent(name: str) -> str:
    """Return why there is no option of that name though libzmq has it, empty where libzmq has none either."""
    for names, reason in ABSENT.items():
        if any(fnmatchcase(name, pattern) for pattern in names.split(", ")):
            return reason
    return ""


def _row(option: Option[Any], types: list[str]) -> str:
    default = option.default if option.default not in ("", b"", {}) else "empty"
    number = "own" if option.number is None else str(option.number)
    kind = type(option.default).__name__
    cells = (
        f"`{option.name}`",
        kind,
        str(default),
        option.unit,
        number,
        ", ".join(sorted(types)) or "all",
        option.doc,
    )
    return "| " + " | ".join(cells) + " |"


def render() -> str:
    """Return the page in Markdown."""
    lines = [
        _HEAD,
        "| option | type | default | unit | libzmq | sockets | meaning |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *[_row(option, types) for option, types in all_options()],
        "",
        "## Options of libzmq that are not here",
        "",
        "| option | why |",
        "| --- | --- |",
        *[f"| {names} | {reason} |" for names, reason in ABSENT.items()],
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(render())
