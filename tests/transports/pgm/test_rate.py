from __future__ import annotations

import pytest

from covey.transports.pgm.rate import TokenBucket


def test_a_rate_is_kept_over_time() -> None:
    bucket = TokenBucket(1_000_000, 0.0, burst=2000)
    now, sent = 0.0, 0
    while now < 1.0:
        if bucket.allows(now):
            bucket.spend(1500)
            sent += 1500
        else:
            now = bucket.ready_at()
    assert sent == pytest.approx(1_000_000, rel=0.01)


def test_no_rate_never_waits() -> None:
    bucket = TokenBucket(None, 0.0)
    bucket.spend(10**9)
    assert bucket.allows(0.0)
    assert bucket.ready_at() == 0.0


def test_waiting_until_it_is_ready_is_enough() -> None:
    bucket = TokenBucket(1000, 0.0, burst=100)
    bucket.allows(0.0)
    bucket.spend(5000)
    ready = bucket.ready_at()
    assert not bucket.allows(ready - 0.1)
    assert bucket.allows(ready + 1e-6)
