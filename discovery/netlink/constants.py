"""Numbers of rtnetlink (linux/netlink.h, linux/rtnetlink.h, linux/if_addr.h, linux/if_link.h)."""

from __future__ import annotations

__all__ = [
    "AF_INET",
    "AF_INET6",
    "AF_UNSPEC",
    "ATTRIBUTE_TYPE_MASK",
    "GROUPS",
    "IFA_ADDRESS",
    "IFA_LOCAL",
    "IFLA_IFNAME",
    "LONGEST_NOTIFICATION",
    "RTM_DELADDR",
    "RTM_DELLINK",
    "RTM_NEWADDR",
    "RTM_NEWLINK",
]

RTM_NEWLINK = 16
RTM_DELLINK = 17
RTM_NEWADDR = 20
RTM_DELADDR = 21

GROUPS = 0x1 | 0x10 | 0x100
"""RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR."""

IFLA_IFNAME = 3
IFA_ADDRESS = 1
IFA_LOCAL = 2
ATTRIBUTE_TYPE_MASK = 0x3FFF
"""The upper two bits are flags."""

AF_UNSPEC = 0
AF_INET = 2
AF_INET6 = 10

LONGEST_NOTIFICATION = 65_536
"""Octets; the kernel's own limit for one datagram of notifications is lower."""
