"""Whole conversations on a simulated network: seeded, so that every failure can be seen again."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.transports.pgm import constants as c
from covey.transports.pgm.events import Departure, Lost, SourceJoined, SourceLeft
from covey.transports.pgm.framing import Message
from covey.transports.pgm.settings import ParitySettings, ReceiverSettings, SenderSettings
from tests.transports.pgm.simnet import ReceiverHost, SenderHost, SimNet, Weather

SIZES = (0, 3, 32, 250, 254, 1400, 3000)


def make_messages(seed: int, count: int) -> list[Message]:
    draw = random.Random(seed)
    result: list[Message] = []
    for number in range(count):
        body = b"%d:" % number + bytes([number % 256]) * draw.choice(SIZES)
        result.append([b"topic", body, b""] if draw.random() < 0.2 else body)
    return result


def send_paced(net: SimNet, host: SenderHost, messages: list[Message], seed: int) -> None:
    draw = random.Random(seed)
    at, index = 0.0, 0
    while index < len(messages):
        burst = draw.choice((1, 1, 2, 10, 60))
        net.at(at, lambda batch=messages[index : index + burst]: host.sender.put(batch))  # type: ignore[misc]
        index += burst
        at += draw.random() * 0.004


def all_delivered(receivers: list[ReceiverHost], count: int) -> bool:
    return all(len(each.messages()) >= count for each in receivers)


def talk(
    seed: int,
    weather: Weather,
    sender: SenderSettings | None = None,
    receivers: int = 1,
    *,
    count: int = 60,
    first: int = 0,
) -> SimNet:
    """Send messages to receivers that were there from the start; all must arrive, in order, and once."""
    net = SimNet(seed, weather)
    host = net.add_sender("10.0.0.1", sender, first=first)
    hosts = [net.add_receiver(f"10.0.0.{number + 2}") for number in range(receivers)]
    net.run(1.0, lambda: all(each.events for each in hosts))
    messages = make_messages(seed, count)
    send_paced(net, host, messages, seed)
    net.run(30.0, lambda: all_delivered(hosts, count))
    for each in hosts:
        assert each.messages() == messages
        assert each.lost() == 0
    return net


STORM = Weather(loss=0.1, duplication=0.1, reordering=0.2, jitter=0.001)


@pytest.mark.parametrize("block", range(20))
def test_everything_arrives_in_order_in_any_weather(block: int) -> None:
    for seed in range(block * 100, block * 100 + 100):
        draw = random.Random(seed)
        weather = Weather(
            loss=draw.choice((0, 0.01, 0.05, 0.1, 0.2)),
            duplication=draw.choice((0, 0.1)),
            reordering=draw.choice((0, 0, 0.2)),
            delay=draw.choice((0.00005, 0.001)),
            jitter=draw.choice((0, 0.0005)),
        )
        talk(seed, weather, count=40, first=draw.choice((0, 0, 2**32 - 10, 2**31 - 10, 12345)))


@pytest.mark.parametrize("seed", range(8))
def test_parity_repairs_what_several_receivers_lost(seed: int) -> None:
    parity = ParitySettings((4, 8, 16, 64)[seed % 4], proactive=seed % 3, on_demand=seed % 8 != 5)
    net = talk(seed, STORM, SenderSettings(parity=parity), 3, count=150)
    assert net.senders[0].sender.statistics().parity > 0


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32),
    loss=st.floats(0, 0.3),
    duplication=st.floats(0, 0.3),
    reordering=st.floats(0, 0.5),
    jitter=st.floats(0, 0.005),
    receivers=st.integers(1, 3),
    group=st.sampled_from([None, 2, 8, 32]),
    first=st.integers(0, 2**32 - 1),
)
def test_no_weather_breaks_the_order(
    seed: int,
    loss: float,
    duplication: float,
    reordering: float,
    jitter: float,
    receivers: int,
    group: int | None,
    first: int,
) -> None:
    parity = ParitySettings(group, proactive=1) if group else None
    weather = Weather(loss, duplication, reordering, jitter=jitter)
    talk(seed, weather, SenderSettings(parity=parity), receivers, count=25, first=first)


def test_several_senders_do_not_disturb_each_other() -> None:
    net = SimNet(3, STORM)
    senders = [net.add_sender(f"10.0.0.{number}") for number in (1, 2, 3)]
    hosts = [net.add_receiver(f"10.0.1.{number}") for number in (1, 2)]
    net.run(0.2)
    plans = {each.address: make_messages(index, 80) for index, each in enumerate(senders)}
    for index, each in enumerate(senders):
        send_paced(net, each, plans[each.address], index)
    net.run(30.0, lambda: all_delivered(hosts, 240))
    for host in hosts:
        for each in senders:
            assert host.messages(each.id) == plans[each.address]


def test_a_late_joiner_starts_at_a_message_boundary_and_misses_nothing_after() -> None:
    for seed in range(30):
        net = SimNet(seed, Weather(loss=0.05))
        host = net.add_sender("10.0.0.1")
        messages = make_messages(seed, 80)
        send_paced(net, host, messages, seed)
        net.run(0.03)
        late = net.add_receiver("10.0.0.2")
        net.run(1.0)
        marker: list[Message] = [b"marker", b"end"]
        host.sender.put(marker)
        net.run(5.0, lambda late=late: b"end" in late.messages())  # type: ignore[misc]
        got = late.messages()
        assert got == [*messages, *marker][-len(got) :]
        assert late.lost() == 0


def test_a_late_joiner_may_ask_for_history() -> None:
    net = SimNet(1)
    host = net.add_sender("10.0.0.1", SenderSettings(join_offer=True))
    messages = make_messages(1, 40)
    host.sender.put(messages)
    net.run(0.5)
    late = net.add_receiver("10.0.0.2", ReceiverSettings(join_history=True))
    net.run(9.0, lambda: len(late.messages()) == 40)
    assert late.messages() == messages


def test_a_restarted_sender_is_another_source() -> None:
    net = SimNet(2, Weather(loss=0.05))
    first = net.add_sender("10.0.0.1")
    listener = net.add_receiver("10.0.0.2")
    net.run(0.1)
    first.sender.put([b"one"])
    net.run(1.0, lambda: len(listener.messages()) == 1)
    net.senders.remove(first)
    second = net.add_sender("10.0.0.1")
    net.run(0.1)
    second.sender.put([b"two"])
    net.run(1.0, lambda: len(listener.messages()) == 2)
    assert listener.messages(second.id) == [b"two"]
    assert [type(each) for each in listener.events if not hasattr(each, "messages")] == [SourceJoined] * 2


def test_a_closing_sender_says_so_and_goes_on_repairing() -> None:
    for seed in range(20):
        net = SimNet(seed, Weather(loss=0.3))
        host = net.add_sender("10.0.0.1")
        listener = net.add_receiver("10.0.0.2")
        net.run(0.2)
        messages = make_messages(seed, 10)
        host.sender.put(messages)
        host.sender.close(net.now)
        net.run(5.0, lambda host=host: host.sender.is_done)  # type: ignore[misc]
        assert listener.messages() == messages
        assert SourceLeft(host.id, Departure.FIN) in listener.events
        assert host.sender.next_timer() is None


def test_a_packet_that_cannot_be_repaired_is_reported_and_the_stream_goes_on() -> None:
    net = SimNet(4)
    host = net.add_sender("10.0.0.1", SenderSettings(window_octets=4000, flow=False))
    listener = net.add_receiver("10.0.0.2")
    net.run(0.1)
    net.filter = lambda packet, _: not (packet[4] in (c.ODATA, c.RDATA) and packet[16:20] == b"\0\0\0\3")
    messages: list[Message] = [b"%d" % number + bytes(900) for number in range(30)]
    for index, message in enumerate(messages):
        net.at(index * 0.001, lambda message=message: host.sender.put([message]))  # type: ignore[misc]
    net.run(1.0)
    assert listener.messages() == messages[:3] + messages[4:]
    assert [each for each in listener.events if isinstance(each, Lost)] == [Lost(host.id, 3, 1)]
    assert listener.receiver.statistics().sources[0].lost == 1


def test_the_end_of_a_burst_is_repaired_by_heartbeats() -> None:
    net = SimNet(5)
    host = net.add_sender("10.0.0.1")
    listener = net.add_receiver("10.0.0.2")
    net.run(0.1)
    dropped: list[bytes] = []

    def lose_last(packet: bytes, _: str) -> bool:
        if packet[4] == c.ODATA and packet[16:20] == b"\0\0\0\2" and not dropped:
            dropped.append(packet)
            return False
        return True

    net.filter = lose_last
    for number in range(3):
        net.at(number * 0.001, lambda number=number: host.sender.put([b"%d" % number]))  # type: ignore[misc]
    net.run(0.1, lambda: len(listener.messages()) == 3)
    assert listener.messages() == [b"0", b"1", b"2"]
    assert net.now < 1000.2


@pytest.mark.parametrize("kind", [c.NAK, c.NCF, c.SPM, c.RDATA])
def test_losing_one_kind_of_packet_only_delays(kind: int) -> None:
    net = SimNet(6, Weather(loss=0.05))
    draw = random.Random(6)
    net.filter = lambda packet, _: packet[4] != kind or draw.random() > 0.5
    host = net.add_sender("10.0.0.1")
    listener = net.add_receiver("10.0.0.2")
    net.run(0.5)
    messages = make_messages(6, 200)
    send_paced(net, host, messages, 6)
    net.run(60.0, lambda: all_delivered([listener], 200))
    assert listener.messages() == messages


def test_a_lost_packet_is_asked_for_by_one_receiver_only() -> None:
    net = SimNet(7)
    host = net.add_sender("10.0.0.1")
    hosts = [net.add_receiver(f"10.0.0.{number + 2}") for number in range(20)]
    net.run(0.1)
    net.filter = lambda packet, _: not (packet[4] == c.ODATA and packet[19] % 4 == 3)
    for number in range(40):
        net.at(number * 0.01, lambda number=number: host.sender.put([b"%d" % number]))  # type: ignore[misc]
    net.run(10.0, lambda: all_delivered(hosts, 40))
    assert all_delivered(hosts, 40)
    sent = host.sender.statistics()
    assert sent.repairs <= 12
    assert sent.naks < 5 * 10


def test_a_flat_out_sender_waits_for_its_slowest_receiver() -> None:
    net = SimNet(8, Weather(delay=0.0005))
    host = net.add_sender("10.0.0.1")
    slow = net.add_receiver("10.0.0.2", ReceiverSettings(flow_packets=64))
    net.run(0.1)
    most = 0

    def watch() -> bool:
        nonlocal most
        in_flight = len([each for each in net._queue if each[4][4] == c.ODATA])
        most = max(most, in_flight)
        return len(slow.messages()) == 5000

    host.sender.put([bytes(1000)] * 5000)
    net.run(10.0, watch)
    assert len(slow.messages()) == 5000
    assert most <= 64 + 1


def test_a_dead_receiver_does_not_stop_the_sender_for_long() -> None:
    net = SimNet(9)
    host = net.add_sender("10.0.0.1")
    dead = net.add_receiver("10.0.0.2", ReceiverSettings(flow_packets=64))
    net.run(0.1)
    net.receivers.remove(dead)
    alive = net.add_receiver("10.0.0.3")
    net.run(0.1)
    host.sender.put([bytes(1000)] * 1000)
    net.run(3.0, lambda: len(alive.messages()) == 1000)
    assert len(alive.messages()) == 1000
    assert host.sender.statistics().receivers_given_up == 1


def test_a_receiver_that_closes_is_not_waited_for() -> None:
    net = SimNet(10)
    host = net.add_sender("10.0.0.1")
    listener = net.add_receiver("10.0.0.2")
    net.run(0.1)
    assert host.sender.statistics().receivers == 1
    listener.receiver.close()
    net.pump()
    net.run(0.01)
    assert host.sender.statistics().receivers == 0


def test_a_rate_is_kept() -> None:
    net = SimNet(11)
    host = net.add_sender("10.0.0.1", SenderSettings(rate=1_000_000.0))
    listener = net.add_receiver("10.0.0.2")
    net.run(0.1)
    host.sender.put([bytes(1000)] * 1000)
    before = net.now
    net.run(10.0, lambda: len(listener.messages()) == 1000)
    assert 0.8 < net.now - before < 1.2
