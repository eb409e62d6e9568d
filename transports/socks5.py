"""Asking a SOCKS5 proxy for a TCP connection (RFC 1928, user and password by RFC 1929).

::

    greeting   05 methods(1) method...          answer  05 method
    password   01 ulen user plen password       answer  01 status
    request    05 01 00 type address port(2)    answer  05 reply 00 type address port(2)
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket

__all__ = ["ProxyRefused", "connect_through"]

_VERSION, _CONNECT = 5, 1
_NO_AUTHENTICATION, _PASSWORD = 0, 2
_IPV4, _NAME, _IPV6 = 1, 3, 4
_LONGEST = 255
_REASONS = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "time to live expired",
    7: "command not supported",
    8: "address type not supported",
}


class ProxyRefused(OSError):
    """The proxy did not make the connection; the text says why."""


async def connect_through(
    sock: socket.socket, host: str, port: int, *, username: str = "", password: str = ""
) -> None:
    """Have the proxy at the other end of a connected socket connect on to a host, by name or address.

    Raises:
        ProxyRefused: it cannot or does not want to.
        OSError: the connection to it broke.
    """
    method = _PASSWORD if username else _NO_AUTHENTICATION
    await _send(sock, bytes((_VERSION, 1, method)))
    version, chosen = await _receive(sock, 2)
    if version != _VERSION or chosen != method:
        other = "does not speak SOCKS5" if version != _VERSION else "wants another way of authentication"
        raise ProxyRefused(f"the proxy {other}")
    if method == _PASSWORD:
        user, word = username.encode(), password.encode()
        if max(len(user), len(word)) > _LONGEST:
            raise ProxyRefused(f"user and password for a proxy have at most {_LONGEST} octets each")
        await _send(sock, bytes((1, len(user))) + user + bytes((len(word),)) + word)
        if (await _receive(sock, 2))[1] != 0:
            raise ProxyRefused("the proxy refused user and password")
    await _send(sock, bytes((_VERSION, _CONNECT, 0)) + _destination(host) + port.to_bytes(2))
    await _receive_reply(sock)


def _destination(host: str) -> bytes:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        try:
            name = host.encode("idna")
        except UnicodeError:
            raise ProxyRefused(f"{host!r} is no host name") from None
        return bytes((_NAME, len(name))) + name
    return bytes((_IPV4 if address.version == 4 else _IPV6,)) + address.packed


async def _receive_reply(sock: socket.socket) -> None:
    version, reply, _, kind = await _receive(sock, 4)
    if version != _VERSION:
        raise ProxyRefused("the proxy does not speak SOCKS5")
    if reply != 0:
        raise ProxyRefused(f"the proxy could not connect: {_REASONS.get(reply, f'reply {reply}')}")
    if kind not in (_IPV4, _NAME, _IPV6):
        raise ProxyRefused(f"the proxy's answer has an address of type {kind}")
    size = (await _receive(sock, 1))[0] if kind == _NAME else {_IPV4: 4, _IPV6: 16}[kind]
    await _receive(sock, size + 2)


async def _send(sock: socket.socket, data: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(sock, data)


async def _receive(sock: socket.socket, count: int) -> bytes:
    """Read exactly so many octets: what follows them is the peer's and stays in the kernel."""
    data = b""
    while len(data) < count:
        more = await asyncio.get_running_loop().sock_recv(sock, count - len(data))
        if not more:
            raise ProxyRefused("the proxy closed the connection")
        data += more
    return data
