"""A deterministic network of PGM senders and receivers: one clock, one seed, no sockets."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import count

from covey.transports.pgm.events import Delivered, Event, Lost, SourceId
from covey.transports.pgm.framing import Message
from covey.transports.pgm.receiver import Receiver
from covey.transports.pgm.sender import Sender
from covey.transports.pgm.session import Session
from covey.transports.pgm.settings import ReceiverSettings, SenderSettings

PORT = 5555
GROUP = bytes((239, 192, 1, 1))

Filter = Callable[[bytes, str], bool]
"""Says whether a packet to a host gets through."""


@dataclass
class Weather:
    """What the network does to packets."""

    loss: float = 0.0
    duplication: float = 0.0
    reordering: float = 0.0
    delay: float = 0.0001
    jitter: float = 0.0
    late: float = 0.002
    """How long a reordered packet is held."""


@dataclass
class ReceiverHost:
    address: str
    receiver: Receiver
    events: list[Event] = field(default_factory=list)

    def messages(self, source: SourceId | None = None) -> list[Message]:
        return [
            message
            for event in self.events
            if isinstance(event, Delivered) and source in (None, event.source)
            for message in event.messages
        ]

    def lost(self) -> int:
        return sum(event.count for event in self.events if isinstance(event, Lost))


@dataclass
class SenderHost:
    address: str
    sender: Sender

    @property
    def id(self) -> SourceId:
        return SourceId(self.address, self.sender.session.gsi, self.sender.session.source_port)


class SimNet:
    """Hosts on one segment; `run` jumps the clock from event to event."""

    def __init__(self, seed: int, weather: Weather | None = None) -> None:
        self.random = random.Random(seed)
        self.weather = weather or Weather()
        self.now = 1000.0
        self.senders: list[SenderHost] = []
        self.receivers: list[ReceiverHost] = []
        self.filter: Filter | None = None
        self.sent: list[tuple[str, bytes]] = []
        """Every packet put on the wire, with its sender's address."""
        self._queue: list[tuple[float, int, str, str, bytes]] = []
        self._serial = count()
        self._calls: list[tuple[float, int, Callable[[], None]]] = []

    def add_sender(
        self, address: str, settings: SenderSettings | None = None, *, first: int = 0
    ) -> SenderHost:
        nla = ip_address(address).packed
        session = Session.generate(PORT, nla, GROUP, self.random.randbytes)
        host = SenderHost(address, Sender(session, settings or SenderSettings(), self.now, first=first))
        self.senders.append(host)
        return host

    def add_receiver(self, address: str, settings: ReceiverSettings | None = None) -> ReceiverHost:
        receiver = Receiver(PORT, GROUP, settings or ReceiverSettings(), self.random.randbytes)
        host = ReceiverHost(address, receiver)
        self.receivers.append(host)
        return host

    def at(self, delay: float, call: Callable[[], None]) -> None:
        """Do something later."""
        heapq.heappush(self._calls, (self.now + delay, next(self._serial), call))

    def _send(self, origin: str, target: str, packet: bytes) -> None:
        weather, draw = self.weather, self.random.random
        if self.filter is not None and not self.filter(packet, target):
            return
        if draw() < weather.loss:
            return
        copies = 2 if draw() < weather.duplication else 1
        for _ in range(copies):
            delay = weather.delay + weather.jitter * draw()
            if draw() < weather.reordering:
                delay += weather.late * draw()
            heapq.heappush(self._queue, (self.now + delay, next(self._serial), origin, target, packet))

    def _to_group(self, origin: str, packet: bytes) -> None:
        self.sent.append((origin, packet))
        for host in self.receivers:
            if host.address != origin:
                self._send(origin, host.address, packet)

    def pump(self) -> None:
        """Let every host send what it has."""
        for sender in self.senders:
            while (out := sender.sender.next_datagrams(self.now)) is not None:
                for start in range(0, len(out.data), out.segment):
                    self._to_group(sender.address, out.data[start : start + out.segment])
        for receiver in self.receivers:
            for upstream in receiver.receiver.datagrams_to_send():
                if upstream.destination is None:
                    self._to_group(receiver.address, upstream.data)
                else:
                    self.sent.append((receiver.address, upstream.data))
                    self._send(receiver.address, upstream.destination, upstream.data)
            while (event := receiver.receiver.next_event()) is not None:
                receiver.events.append(event)

    def _next(self, limit: float) -> float:
        times = [limit]
        if self._queue:
            times.append(self._queue[0][0])
        if self._calls:
            times.append(self._calls[0][0])
        timers = [each.sender.next_timer() for each in self.senders]
        timers += [each.receiver.next_timer() for each in self.receivers]
        times += [timer for timer in timers if timer is not None]
        return max(min(times), self.now)

    def run(self, seconds: float, until: Callable[[], bool] | None = None) -> None:
        """Let time pass, at most so much, or until a condition holds."""
        limit = self.now + seconds
        self.pump()
        idle = 0
        while self.now < limit and not (until is not None and until()):
            before = self.now
            self.now = self._next(limit)
            idle = idle + 1 if self.now == before else 0
            assert idle < 10_000, "the clock does not move"
            self._deliver()
            while self._calls and self._calls[0][0] <= self.now:
                heapq.heappop(self._calls)[2]()
            for sender in self.senders:
                timer = sender.sender.next_timer()
                if timer is not None and timer <= self.now:
                    sender.sender.handle_timer(self.now)
            for receiver in self.receivers:
                timer = receiver.receiver.next_timer()
                if timer is not None and timer <= self.now:
                    receiver.receiver.handle_timer(self.now)
            self.pump()

    def _deliver(self) -> None:
        while self._queue and self._queue[0][0] <= self.now:
            _, _, origin, target, packet = heapq.heappop(self._queue)
            for receiver in self.receivers:
                if receiver.address == target:
                    receiver.receiver.receive_datagram(packet, origin, self.now)
            for sender in self.senders:
                if sender.address == target:
                    sender.sender.receive_datagram(packet, origin, self.now)
