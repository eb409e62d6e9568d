"""Multicast endpoints on asyncio: the sockets and links under `epgm://` and `pgm://`."""
