"""`udp://`: RADIO's datagrams and DGRAM's, unicast and multicast (RFC 48)."""
