"""The options of sockets, under ZeroMQ's names and units, one declaration each."""

from __future__ import annotations

import sys
from typing import Any

from covey.errors import EndpointError, OptionError
from covey.options import Option, OptionHolder
from covey.security.metadata import encode_metadata
from covey.transports.registry import stream_transport
from covey.transports.stream_transport import StreamOptions

__all__ = ["SocketOptions"]


class SocketOptions(OptionHolder):
    """Options that every socket type has. Set them before `bind` or `connect`, unless noted."""

    sndhwm = Option(
        1000,
        "Messages that wait for one peer before sending stops; 0 for no limit.",
        unit="messages",
        number=23,
        low=0,
    )
    rcvhwm = Option(
        1000,
        "Messages of one peer that wait to be received; 0 for no limit.",
        unit="messages",
        number=24,
        low=0,
    )
    linger = Option(
        -1,
        "How long close() tries to send what waits; 0 not at all, -1 until it is sent.",
        unit="ms",
        number=17,
        low=-1,
    )
    immediate = Option(False, "Queue only for connections that are up.", number=39)
    routing_id = Option(
        b"", "The name by which a ROUTER at the other end knows this socket.", number=5, high=255
    )
    maxmsgsize = Option(
        -1,
        "Largest frame taken from a peer, who is disconnected otherwise; -1 for no limit.",
        unit="bytes",
        number=22,
        low=-1,
    )
    handshake_ivl = Option(30_000, "How long a handshake may take; 0 for ever.", unit="ms", number=66, low=0)
    reconnect_ivl = Option(
        100, "First delay before connecting again; -1 for never again.", unit="ms", number=18, low=-1
    )
    reconnect_ivl_max = Option(
        2_000,
        "The delay doubles up to this; 0 keeps it at reconnect_ivl (libzmq's default).",
        unit="ms",
        number=21,
        low=0,
    )
    heartbeat_ivl = Option(0, "How often a PING is sent; 0 for never.", unit="ms", number=75, low=0)
    heartbeat_timeout = Option(
        -1,
        "Silence after a PING that ends a connection; -1 for heartbeat_ivl, 0 for never.",
        unit="ms",
        number=77,
        low=-1,
    )
    heartbeat_ttl = Option(
        0, "Silence after which the peer shall give us up.", unit="ms", number=76, low=0, high=6_553_599
    )
    backlog = Option(100, "Connections that the system holds ready to be accepted.", number=19, low=1)
    sndbuf = Option(-1, "The kernel's send buffer; -1 for its default.", unit="bytes", number=11, low=-1)
    rcvbuf = Option(-1, "The kernel's receive buffer; -1 for its default.", unit="bytes", number=12, low=-1)
    ipv6 = Option(False, "Wildcards and names mean IPv6 as well.", number=42)
    connect_timeout = Option(
        0, "How long one connection attempt may take; 0 for the system's limit.", unit="ms", number=79, low=0
    )
    tcp_keepalive = Option(-1, "TCP keep-alive: 1 on, 0 off, -1 the system's.", number=34, low=-1, high=1)
    tcp_keepalive_cnt = Option(-1, "Probes before a connection is dead; -1 the system's.", number=35, low=-1)
    tcp_keepalive_idle = Option(
        -1, "Silence before the first probe; -1 the system's.", unit="s", number=36, low=-1
    )
    tcp_keepalive_intvl = Option(-1, "Time between probes; -1 the system's.", unit="s", number=37, low=-1)
    tcp_maxrt = Option(
        0, "How long sent data may stay unacknowledged; 0 the system's.", unit="ms", number=80, low=0
    )
    tos = Option(0, "Type of service (IPv4) or traffic class (IPv6).", number=57, low=0, high=255)
    bindtodevice = Option("", "Name of the only interface to use.", number=92, high=15)
    socks_proxy = Option("", "SOCKS5 proxy for tcp connections, as host:port.", number=68)
    socks_username = Option("", "User name for the proxy.", number=99, high=255)
    socks_password = Option("", "Password for the proxy.", number=100, high=255)
    use_fd = Option(
        -1, "Descriptor of a listening socket that bind() takes instead of making one.", number=89, low=-1
    )
    priority = Option(0, "Priority of packets (SO_PRIORITY); 0 the system's.", number=112, low=0)
    reconnect_stop = Option(
        0,
        "When to give a connection up: 1 refused, 2 handshake failed (added up).",
        number=109,
        low=0,
        high=7,
    )
    metadata: Option[dict[str, bytes]] = Option(
        {}, "Properties of our own, named X-..., told to every peer.", number=95
    )
    peer_info = Option(
        False, "Remember who sent each message, for recv_message(); costs a little for every one."
    )
    multicast_hops = Option(1, "Routers that a multicast packet may pass.", number=25, low=1, high=255)
    multicast_loop = Option(True, "Multicast is heard on the sending host as well.", number=96)
    multicast_maxtpdu = Option(1500, "Largest multicast packet.", unit="bytes", number=84, low=68)
    rate = Option(
        100,
        "Speed limit of PGM; -1 for as fast as receivers take it (libzmq's are not heard of that).",
        unit="kbit/s",
        number=8,
        low=-1,
    )
    recovery_ivl = Option(
        10_000, "How long multicast data can be asked for again.", unit="ms", number=9, low=0
    )
    parity_group = Option(
        0,
        "Packets over which PGM makes parity packets, a power of two; 0 for repairs one by one.",
        unit="packets",
        low=0,
        high=128,
    )
    parity_packets = Option(
        0, "Parity packets sent after every full group unasked.", unit="packets", low=0, high=127
    )
    join_history = Option(
        False, "PGM: senders offer, and receivers ask for, what was sent before a receiver came."
    )
    zap_domain = Option("", "Domain told to the authenticator.", number=55, high=255)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        foreign = [name for name in self.metadata if not name.startswith("X-")]
        if foreign:
            raise OptionError("metadata", f"names begin with X-, not {foreign[0]!r}")
        encode_metadata(self.metadata)  # what peers could not be told is better known now

    @classmethod
    def hint_for(cls, name: str) -> str:
        """Return what covey has in place of an option of libzmq, or else the nearest of its own."""
        from .option_table import why_absent  # it knows every socket type, so not at the top

        reason = why_absent(name.lower())
        return f"libzmq's is not here: {reason}" if reason else super().hint_for(name)

    def check_proxy(self) -> None:
        """Find a proxy's address wrong when it is to be used first, not in the background for ever after.

        Raises:
            OptionError: it cannot be read.
        """
        if self.socks_proxy:
            try:
                stream_transport("tcp://*").check(f"tcp://{self.socks_proxy}", for_bind=False)
            except EndpointError as error:
                reason = f"{self.socks_proxy!r} is no HOST:PORT: {error.reason}"
                raise OptionError("socks_proxy", reason) from error

    def stream_options(self) -> StreamOptions:
        """Return what concerns the operating system's socket."""
        return StreamOptions(
            backlog=self.backlog,
            sndbuf=self.sndbuf,
            rcvbuf=self.rcvbuf,
            ipv6=self.ipv6,
            connect_timeout=self.connect_timeout / 1000,
            tcp_keepalive=self.tcp_keepalive,
            tcp_keepalive_cnt=self.tcp_keepalive_cnt,
            tcp_keepalive_idle=self.tcp_keepalive_idle,
            tcp_keepalive_intvl=self.tcp_keepalive_intvl,
            tcp_maxrt=self.tcp_maxrt,
            tos=self.tos,
            bindtodevice=self.bindtodevice,
            socks_proxy=self.socks_proxy,
            socks_username=self.socks_username,
            socks_password=self.socks_password,
            use_fd=self.use_fd,
            priority=self.priority,
            maxmsgsize=self.maxmsgsize,
            multicast_hops=self.multicast_hops,
            multicast_loop=self.multicast_loop,
            multicast_maxtpdu=self.multicast_maxtpdu,
            rate=self.rate,
            recovery_ivl=self.recovery_ivl,
            parity_group=self.parity_group,
            parity_packets=self.parity_packets,
            join_history=self.join_history,
        )

    @property
    def send_limit(self) -> int:
        """`sndhwm` as a number to compare with."""
        return self.sndhwm or sys.maxsize

    @property
    def receive_limit(self) -> int:
        """`rcvhwm` as a number to compare with."""
        return self.rcvhwm or sys.maxsize
