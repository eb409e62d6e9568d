"""What can be set on a sender and a receiver. Times in seconds, sizes in octets, rates in octets a second."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ParitySettings", "ReceiverSettings", "SenderSettings"]


@dataclass(slots=True, frozen=True)
class ParitySettings:
    """Reed-Solomon parity of a sender (RFC 3208 section 11)."""

    group_size: int = 64
    """k: data packets of a transmission group, a power of two from 2 to 128."""
    proactive: int = 0
    """Parity packets sent after every full group, asked or not."""
    on_demand: bool = True
    """Whether receivers may ask for parity instead of single packets."""


@dataclass(slots=True, frozen=True)
class SenderSettings:
    """One sender."""

    tsdu: int = 1428
    """Octets of a TSDU; 1428 is what libzmq takes of an MTU of 1500 over UDP and IPv4."""
    segments: int = 45
    """Datagrams handed to the socket in one call, where the kernel cuts them (UDP_SEGMENT); 1 to 64."""
    rate: float | None = None
    """Limit on original data, headers of IP and UDP included; None for no limit."""
    repair_rate: float | None = None
    """Limit on repairs."""
    window_octets: int = 32 * 1024 * 1024
    """Most that is kept for repairs."""
    window_seconds: float = 10.0
    """How long it is kept for repairs (libzmq's RECOVERY_IVL)."""
    heartbeat_min: float = 0.005
    """First SPM after data; the interval doubles from there."""
    heartbeat_max: float = 8.0
    ambient: float = 0.5
    """An SPM at least so often while data flows."""
    linger: float = 0.003
    """A packet just repaired is not repaired again for so long: the other askers will get it too."""
    flow: bool = True
    """Whether receivers that report are waited for; those that do not (libzmq's) are not."""
    flow_timeout: float = 1.0
    """A receiver that holds the sender up is given up after so long without progress."""
    flow_start: float = 0.05
    """How long a new sender holds back for first reports, after `flow_start_packets`."""
    flow_start_packets: int = 128
    parity: ParitySettings | None = None
    join_offer: bool = False
    """Whether late joiners are told that they may ask for all that the window holds (OPT_JOIN)."""
    hold: float = 1.0
    """How long a closed sender goes on repairing."""


@dataclass(slots=True, frozen=True)
class ReceiverSettings:
    """One receiver, whatever it hears."""

    max_message: int = 2**31 - 1
    """Octets of one message; a source that announces more is resynchronised."""
    max_sources: int = 256
    """Sessions remembered at a time."""
    window_packets: int = 65_536
    """Packets of one source kept behind a hole, and the width of the window."""
    window_octets: int = 64 * 1024 * 1024
    """Octets of one source kept behind a hole."""
    total_octets: int = 128 * 1024 * 1024
    """Octets of all sources together kept behind holes; the greediest give up holes first."""
    source_timeout: float = 300.0
    """A silent source is forgotten after so long (libzmq: 300)."""
    spmr_delay: float = 0.025
    """Longest wait for an SPM of its own accord before one is asked for."""
    back_off_max: float = 0.005
    """Longest random delay before a NAK; shorter once the round trip is known."""
    back_off_group: int = 10
    """Receivers for which the delay is shaped (RFC 5401)."""
    confirm_max: float = 0.2
    """Longest wait for an NCF (NAK_RPT_IVL); the round trip shortens it."""
    data_max: float = 0.2
    """Longest wait for RDATA after an NCF (NAK_RDATA_IVL); the round trip shortens it."""
    confirm_retries: int = 100
    data_retries: int = 100
    give_up: float = 10.0
    """A packet missing for so long is lost (libzmq's RECOVERY_IVL)."""
    parity_patience: float = 0.25
    """Longest wait of a hole in a growing group for the group's end, where parity can be asked for."""
    join_history: bool = False
    """Whether a late joiner asks for what the source offers by OPT_JOIN."""
    flow_packets: int = 128
    """Packets that the socket's buffer surely takes; what is reported to senders."""
