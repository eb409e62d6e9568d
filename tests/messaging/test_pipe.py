"""Pipes: high-water marks, what survives a lost link, what is counted."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from covey.messaging.pipe import Pipe
from covey.transports.link import Link, Message
from covey.transports.zmtp.events import PeerProperties

PROPERTIES = PeerProperties("PULL", b"", "NULL", "", 1, {})


class FakeHost:
    def __init__(self) -> None:
        self.heard: list[str] = []
        self.lost = 0

    def pipe_ready(self, pipe: Pipe) -> None:
        self.heard.append("ready")

    def pipe_received(self, pipe: Pipe, messages: list[Message]) -> list[Any]:
        return [message for message in messages if message != b"drop"]

    def pipe_readable(self, pipe: Pipe) -> None:
        self.heard.append("readable")

    def pipe_writable(self, pipe: Pipe) -> None:
        self.heard.append("writable")

    def pipe_flushed(self, pipe: Pipe) -> None:
        self.heard.append("flushed")

    def pipe_lost(self, pipe: Pipe, error: Exception | None, lost: int) -> None:
        self.heard.append("lost")
        self.lost += lost


class FakeLink:
    """Takes as many messages as `accepts` says; what it took and did not `finish` is in flight."""

    def __init__(self, accepts: int = 1_000_000) -> None:
        self.accepts = accepts
        self.batch: list[Message] = []
        self.done: list[Message] = []
        self.reading = True
        self.begun = 0

    @property
    def in_flight(self) -> int:
        return len(self.batch)

    def transmit(self, outbox: deque[Message]) -> None:
        while outbox and self.accepts:
            self.accepts -= 1
            self.done.append(outbox.popleft())
        if outbox and not self.batch:
            self.batch = [outbox.popleft() for _ in range(min(4, len(outbox)))]

    def send_subscription(self, topic: bytes, *, subscribe: bool) -> None:
        raise AssertionError

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def close(self) -> None:
        self.accepts = 0

    def take_back(self) -> list[Message]:
        kept, self.batch = self.batch[self.begun :], []
        return kept


def ready_pipe(link: Link, limits: tuple[int, int] = (10, 10)) -> tuple[Pipe, FakeHost]:
    host = FakeHost()
    pipe = Pipe(host, "tcp://x:1", connecting=True, limits=limits)
    pipe.link_ready(link, PROPERTIES)
    return pipe, host


async def test_messages_written_before_the_link_wait_for_it() -> None:
    host = FakeHost()
    pipe = Pipe(host, "tcp://x:1", connecting=True, limits=(10, 10))
    pipe.write(b"early")
    await asyncio.sleep(0)
    assert pipe.unsent == 1
    link = FakeLink()
    pipe.link_ready(link, PROPERTIES)
    assert link.done == [b"early"]
    assert pipe.unsent == 0


async def test_all_that_is_written_in_one_turn_is_flushed_once() -> None:
    link = FakeLink()
    pipe, host = ready_pipe(link)
    host.heard.clear()
    for number in range(5):
        pipe.write(b"%d" % number)
    assert link.done == []
    await asyncio.sleep(0)
    assert link.done == [b"0", b"1", b"2", b"3", b"4"]
    assert host.heard == ["flushed"]


async def test_a_full_pipe_is_writable_again_when_half_is_free() -> None:
    link = FakeLink(accepts=0)
    pipe, host = ready_pipe(link)
    written = 0
    while not pipe.full:
        pipe.write(b"%d" % written)
        written += 1
    assert written == 10  # what is in flight counts
    link.batch.clear()
    link.accepts = 0
    pipe.flush()
    assert pipe.full
    link.batch.clear()
    link.accepts = 1
    pipe.flush()
    assert not pipe.full
    assert "writable" in host.heard


async def test_a_lost_link_keeps_what_was_not_begun_and_counts_the_rest() -> None:
    link = FakeLink(accepts=0)
    pipe, host = ready_pipe(link)
    for number in range(6):
        pipe.write(b"%d" % number)
    await asyncio.sleep(0)
    assert link.in_flight == 4
    link.begun = 1
    pipe.link_closed(link, None)
    assert host.lost == 1
    assert list(pipe.outbox) == [b"1", b"2", b"3", b"4", b"5"]
    assert pipe.room == 5


async def test_room_made_by_a_lost_link_wakes_who_waits() -> None:
    link = FakeLink(accepts=0)
    pipe, host = ready_pipe(link, (4, 4))
    for number in range(4):
        pipe.write(b"%d" % number)
    assert pipe.full
    link.begun = 4
    pipe.link_closed(link, None)
    assert not pipe.full
    assert host.heard[-2:] == ["writable", "lost"]


async def test_raising_the_mark_makes_room() -> None:
    link = FakeLink(accepts=0)
    pipe, _ = ready_pipe(link, (4, 4))
    for number in range(4):
        pipe.write(b"%d" % number)
    assert pipe.full
    pipe.set_limits(100, 100)
    assert not pipe.full


async def test_the_host_hears_once_that_an_empty_inbox_has_something() -> None:
    link = FakeLink()
    pipe, host = ready_pipe(link)
    host.heard.clear()
    pipe.link_messages(link, [b"drop"])
    pipe.link_messages(link, [b"a"])
    pipe.link_messages(link, [b"b"])
    assert host.heard == ["readable"]
    assert pipe.link_room() == 8
    assert pipe.received == 3


async def test_reading_resumes_when_half_of_the_inbox_is_free() -> None:
    link = FakeLink()
    pipe, _ = ready_pipe(link)
    pipe.link_messages(link, [b"x"] * 10)
    link.pause_reading()
    pipe.inbox.popleft()
    pipe.taken()
    assert not link.reading
    for _ in range(4):
        pipe.inbox.popleft()
    pipe.taken()
    assert link.reading
