from __future__ import annotations

import asyncio
import itertools
import socket
import sys
from collections import deque
from collections.abc import Callable

import pytest

from covey.errors import ResourceError
from covey.transports.link import Link, Message
from covey.transports.multicast import pgm_receiver
from covey.transports.multicast.factory import open_receiver, open_sender
from covey.transports.multicast.settings import MulticastOptions
from covey.transports.pgm.events import Departure, Event, SourceJoined, SourceLeft
from covey.transports.pgm.upstream import Upstream
from covey.transports.zmtp.events import PeerProperties
from tests.conftest import LanFactory

_ports = itertools.count(20_000)


@pytest.fixture
def endpoint() -> str:
    return f"epgm://lo;239.192.1.1:{next(_ports)}"


class Owner:
    """The queues of one link."""

    def __init__(self, room: int = 1 << 30) -> None:
        self.inbox: list[Message] = []
        self.outbox: deque[Message] = deque()
        self.room = room
        self.drained = 0
        self.ready: list[str] = []
        self._changed = asyncio.Event()

    def link_ready(self, link: Link, properties: PeerProperties) -> None:
        self.ready.append(properties.address)

    def link_messages(self, link: Link, messages: list[Message]) -> None:
        self.inbox += messages
        self._changed.set()

    def link_room(self) -> int:
        return self.room - len(self.inbox)

    def link_drained(self, link: Link) -> None:
        self.drained += 1
        link.transmit(self.outbox)

    def link_closed(self, link: Link, error: Exception | None) -> None:
        raise AssertionError("a multicast link closes only on request")

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


async def test_a_link_with_nothing_to_send_leaves_the_loop_alone(endpoint: str) -> None:
    owner = Owner()
    sender = open_sender(endpoint, MulticastOptions(), owner)
    sender.transmit(owner.outbox)
    owner.outbox.extend([b"one", b"two"])
    sender.transmit(owner.outbox)
    for _ in range(100):
        await asyncio.sleep(0)
    assert sender.in_flight == 0
    assert owner.drained == 1
    sender.close()


async def test_messages_arrive_in_order(endpoint: str) -> None:
    owner, listener = Owner(), Owner()
    receiver = open_receiver(endpoint, MulticastOptions(), listener)
    sender = open_sender(endpoint, MulticastOptions(), owner)
    sent: list[Message] = [
        b"one",
        [b"two", b"parts"],
        bytes(100_000),
        *(b"%d" % number for number in range(500)),
    ]
    owner.outbox.extend(sent)
    sender.transmit(owner.outbox)
    assert not owner.outbox
    await listener.until(lambda: len(listener.inbox) == len(sent))
    assert listener.inbox == sent
    assert owner.ready == [endpoint.partition("://")[2]]
    sender.close()
    receiver.close()


async def test_small_messages_of_one_turn_share_a_packet(endpoint: str) -> None:
    owner, listener = Owner(), Owner()
    receiver = open_receiver(endpoint, MulticastOptions(), listener)
    sender = open_sender(endpoint, MulticastOptions(), owner)
    for number in range(20):
        sender.transmit(deque([b"%d" % number]))
    await listener.until(lambda: len(listener.inbox) == 20)
    assert sender.statistics().packets == 1
    sender.close()
    receiver.close()


async def test_a_flood_comes_back_to_the_owner_in_portions(endpoint: str) -> None:
    owner, listener = Owner(), Owner()
    receiver = open_receiver(endpoint, MulticastOptions(), listener)
    sender = open_sender(endpoint, MulticastOptions(), owner)
    owner.outbox.extend([bytes(10_000)] * 500)
    sender.transmit(owner.outbox)
    assert len(owner.outbox) > 100
    assert sender.in_flight > 0
    await listener.until(lambda: len(listener.inbox) == 500)
    assert owner.drained >= 1
    assert sender.in_flight == 0
    sender.close()
    receiver.close()


async def test_what_receivers_say_is_heard_while_a_large_queue_goes_out(endpoint: str) -> None:
    owner = Owner()
    sender = open_sender(endpoint, MulticastOptions(), owner)
    await asyncio.sleep(0.06)  # nobody has reported: nobody is waited for any more
    owner.outbox.extend([bytes(65_536)] * 500)
    sender.transmit(owner.outbox)
    assert len(owner.outbox) > 400
    sender.close()


async def test_a_full_owner_holds_the_sender_up(endpoint: str) -> None:
    owner, listener = Owner(), Owner(room=50)
    receiver = open_receiver(endpoint, MulticastOptions(rcvbuf=200_000), listener)
    sender = open_sender(endpoint, MulticastOptions(), owner)
    await asyncio.sleep(0.02)
    sent: list[Message] = [b"%d" % number + bytes(1300) for number in range(2000)]
    owner.outbox.extend(sent)
    sender.transmit(owner.outbox)
    await listener.until(lambda: len(listener.inbox) >= 50)
    await asyncio.sleep(0.02)
    assert len(listener.inbox) < 2000
    listener.room = 1 << 30
    receiver.resume_reading()
    await listener.until(lambda: len(listener.inbox) == 2000)
    assert listener.inbox == sent
    sender.close()
    receiver.close()


async def test_finishing_says_goodbye_and_waits_for_late_requests(endpoint: str) -> None:
    owner, listener, events = Owner(), Owner(), list[Event]()
    receiver = open_receiver(endpoint, MulticastOptions(), listener, events.append)
    sender = open_sender(endpoint, MulticastOptions(), owner)
    sender.transmit(deque([b"last"]))
    await sender.finish()
    await sender.finish()
    assert listener.inbox == [b"last"]
    assert [type(event) for event in events] == [SourceJoined, SourceLeft]
    assert isinstance(events[1], SourceLeft)
    assert events[1].reason is Departure.FIN
    await receiver.finish()
    receiver.close()
    sender.close()


async def test_cancelling_the_goodbye_closes_at_once(endpoint: str) -> None:
    sender = open_sender(endpoint, MulticastOptions(), Owner())
    sender.transmit(deque([b"last"]))
    task = asyncio.create_task(sender.finish())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    sender.close()


async def test_other_groups_on_the_port_are_not_heard() -> None:
    port = next(_ports)
    owner, listener, other = Owner(), Owner(), Owner()
    right = open_receiver(f"epgm://lo;239.192.1.1:{port}", MulticastOptions(), listener)
    wrong = open_receiver(f"epgm://lo;239.192.1.2:{port}", MulticastOptions(), other)
    sender = open_sender(f"epgm://lo;239.192.1.1:{port}", MulticastOptions(), owner)
    sender.transmit(deque([b"x"]))
    await listener.until(lambda: len(listener.inbox) == 1)
    assert wrong.statistics().datagrams == 0
    for link in (right, wrong, sender):
        link.close()


async def test_one_receiver_hears_several_groups() -> None:
    port = next(_ports)
    listener = Owner()
    receiver = open_receiver(f"epgm://lo;239.192.1.1,239.192.1.2:{port}", MulticastOptions(), listener)
    senders = [open_sender(f"epgm://lo;239.192.1.{n}:{port}", MulticastOptions(), Owner()) for n in (1, 2)]
    for number, sender in enumerate(senders):
        sender.transmit(deque([b"%d" % number]))
    await listener.until(lambda: len(listener.inbox) == 2)
    assert sorted(map(bytes, listener.inbox)) == [b"0", b"1"]  # type: ignore[arg-type]
    receiver.close()
    for sender in senders:
        sender.close()


async def test_a_link_ignores_what_only_streams_need(endpoint: str) -> None:
    receiver = open_receiver(endpoint, MulticastOptions(), Owner())
    sender = open_sender(endpoint, MulticastOptions(), Owner())
    for link in (receiver, sender):
        link.send_subscription(b"topic", subscribe=True)
        link.pause_reading()
        link.pause_reading()
        link.resume_reading()
        assert link.take_back() == []
    outbox: deque[Message] = deque([b"nobody reads this"])
    receiver.transmit(outbox)
    assert not outbox
    assert receiver.in_flight == 0
    receiver.close()
    sender.close()


async def test_noise_on_the_sockets_is_counted(endpoint: str) -> None:
    listener = Owner()
    receiver = open_receiver(endpoint, MulticastOptions(), listener)
    sender = open_sender(endpoint, MulticastOptions(), Owner())
    port = int(endpoint.rpartition(":")[2])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
        noise.sendto(b"noise", ("127.0.0.1", port))
        noise.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
        noise.sendto(b"noise", ("239.192.1.1", port))
    sender.transmit(deque([b"x"]))
    await listener.until(lambda: len(listener.inbox) == 1)
    assert receiver.statistics().malformed == 1
    assert sender.statistics().malformed == 1
    receiver.close()
    sender.close()


async def test_a_port_held_by_another_program_is_refused() -> None:
    port = next(_ports)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", port))
        with pytest.raises(ResourceError, match="in use"):
            open_sender(f"epgm://lo;239.192.1.1:{port}", MulticastOptions(), Owner())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("239.192.1.1", port))
        with pytest.raises(ResourceError, match="in use"):
            open_receiver(f"epgm://lo;239.192.1.1:{port}", MulticastOptions(), Owner())


@pytest.mark.lan
async def test_raw_ip_without_privilege_is_explained(lan: LanFactory) -> None:
    (host,) = lan(hosts=1).hosts
    script = (
        "import asyncio\n"
        "from covey.errors import ResourceError\n"
        "from covey.transports.multicast.factory import open_sender\n"
        "from covey.transports.multicast.settings import MulticastOptions\n"
        "async def main():\n"
        "    try:\n"
        "        open_sender('pgm://eth0;239.192.1.1:5555', MulticastOptions(), None)\n"
        "    except ResourceError as error:\n"
        "        print(error)\n"
        "asyncio.run(main())\n"
    )
    unprivileged = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"]
    done = await host.run([*unprivileged, sys.executable, "-c", script])
    assert "CAP_NET_RAW" in done.output
    assert "epgm://" in done.output


async def test_requests_go_by_the_ports_there_are_when_no_further_one_can_be_had(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_options: object) -> socket.socket:
        raise ResourceError(endpoint, "too many open files", 24)

    receiver = open_receiver(endpoint, MulticastOptions(), Owner())
    monkeypatch.setattr(pgm_receiver, "open_upstream_socket", refuse)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", receiver.endpoint.address.port))
        sender.setblocking(False)
        request = Upstream(b"again", "127.0.0.1", 3)
        monkeypatch.setattr(receiver._core, "datagrams_to_send", lambda: [request, request])
        receiver._send_upstream()
        assert [sender.recv(100) for _ in range(2)] == [b"again"] * 2
    receiver.close()
