"""Keeping freed memory for the next message instead of giving it back to the system.

glibc's allocator takes every block of 128 KiB and more from the system and gives it back when it is freed, and
gives back whatever lies free on top of its heap. A program that moves messages of 64 KiB, or batches of small ones,
then pays for fresh, zeroed pages each time: that halved the rate of an encrypted stream. Both limits follow the
largest such block that was ever freed, so freeing one once is enough; its pages are never touched.
"""

from __future__ import annotations

from functools import cache

__all__ = ["keep_freed_memory"]

_LARGEST_KEPT = 8 << 20


@cache
def keep_freed_memory() -> None:
    """Have the allocator keep freed blocks of up to 8 MiB, and at most 16 MiB of free memory in a heap.

    Other allocators than glibc's lose a moment by it and nothing else. Only the first call does anything.
    """
    bytes(_LARGEST_KEPT)
