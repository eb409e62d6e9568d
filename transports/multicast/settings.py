"""From a socket's options to the settings of PGM."""

from __future__ import annotations

from typing import Final

from covey.errors import OptionError
from covey.transports.pgm.constants import (
    DATA_RESERVE,
    IPV4_HEADER,
    IPV6_HEADER,
    UDP_HEADER,
)
from covey.transports.pgm.settings import ParitySettings, ReceiverSettings, SenderSettings
from covey.values import frozen

from .sockets import SocketOptions

__all__ = ["MulticastOptions", "receiver_settings", "sender_settings"]

_LARGEST_CALL: Final = 65_507
_LEAST_TSDU: Final = 16
_LARGEST_PACKET: Final = 65_535
_MOST_SEGMENTS: Final = 64
_MAX_MESSAGE: Final = 2**31 - 1
_LEAST_WINDOW: Final = 1 << 20
_MOST_WINDOW: Final = 64 << 20
_UNLIMITED_WINDOW: Final = 32 << 20
_DATAGRAM_COST: Final = 2400
"""What one full datagram takes of a socket's receive buffer, the kernel's own bookkeeping included."""
_BUFFER_SHARE: Final = 0.75


@frozen
class MulticastOptions:
    """What a user may set, with ZeroMQ's names and units."""

    rate: int = -1
    """Original data, kbit/s; -1 for no limit (receivers that report slow the sender down)."""
    recovery_ivl: int = 10_000
    """How long repairs are possible, milliseconds."""
    multicast_hops: int = 1
    multicast_loop: bool = True
    multicast_maxtpdu: int = 1500
    """The path's MTU."""
    sndbuf: int = -1
    rcvbuf: int = -1
    tos: int = 0
    maxmsgsize: int = -1
    parity: ParitySettings | None = None
    join_history: bool = False
    """A sender offers, and a receiver asks for, what was sent before it joined."""

    def socket_options(self) -> SocketOptions:
        """Return what concerns the kernel's sockets."""
        return SocketOptions(self.multicast_hops, self.multicast_loop, self.sndbuf, self.rcvbuf, self.tos)


def sender_settings(options: MulticastOptions, *, is_ipv6: bool, raw: bool) -> SenderSettings:
    """Return the settings of a sender: TSDUs as large as libzmq makes them.

    Raises:
        OptionError: packets of `multicast_maxtpdu` octets have no room for data, or cannot be sent.
    """
    headers = (IPV6_HEADER if is_ipv6 else IPV4_HEADER) + (0 if raw else UDP_HEADER)
    tsdu = options.multicast_maxtpdu - headers - DATA_RESERVE
    if tsdu < _LEAST_TSDU or options.multicast_maxtpdu > _LARGEST_PACKET:
        least = headers + DATA_RESERVE + _LEAST_TSDU
        given = options.multicast_maxtpdu
        raise OptionError("multicast_maxtpdu", f"is from {least} to {_LARGEST_PACKET} here, not {given}")
    rate = options.rate * 125.0 if options.rate > 0 else None
    seconds = options.recovery_ivl / 1000
    window = min(max(int(rate * seconds), _LEAST_WINDOW), _MOST_WINDOW) if rate else _UNLIMITED_WINDOW
    packet = tsdu + DATA_RESERVE
    segments = 1 if raw or options.parity else max(1, min(_MOST_SEGMENTS, _LARGEST_CALL // packet))
    return SenderSettings(
        tsdu=tsdu,
        segments=segments,
        rate=rate,
        window_octets=window,
        window_seconds=seconds,
        parity=options.parity,
        join_offer=options.join_history,
    )


def receiver_settings(options: MulticastOptions, receive_buffer: int) -> ReceiverSettings:
    """Return the settings of a receiver whose socket has `receive_buffer` octets."""
    return ReceiverSettings(
        max_message=options.maxmsgsize if options.maxmsgsize >= 0 else _MAX_MESSAGE,
        give_up=options.recovery_ivl / 1000,
        join_history=options.join_history,
        flow_packets=max(int(receive_buffer * _BUFFER_SHARE / _DATAGRAM_COST), 16),
    )
