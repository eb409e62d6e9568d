"""Conversations with parity on a simulated network: wrap, late join, restart, duplication, several receivers."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covey.transports.pgm import constants as c
from covey.transports.pgm.framing import Message
from covey.transports.pgm.settings import ParitySettings, SenderSettings
from tests.transports.pgm.simnet import SimNet, Weather
from tests.transports.pgm.test_schedules import all_delivered, make_messages, send_paced, talk


def draw_parity(draw: random.Random) -> ParitySettings:
    proactive = draw.choice((0, 0, 1, 2))
    on_demand = proactive == 0 or draw.random() < 0.7
    return ParitySettings(draw.choice((2, 4, 8, 16, 32)), proactive=proactive, on_demand=on_demand)


def draw_weather(draw: random.Random) -> Weather:
    return Weather(
        loss=draw.choice((0, 0.02, 0.1, 0.2)),
        duplication=draw.choice((0, 0.1)),
        reordering=draw.choice((0, 0, 0.2)),
        delay=draw.choice((0.00005, 0.001, 0.02)),
        jitter=draw.choice((0, 0.0005, 0.005)),
    )


@pytest.mark.parametrize("block", range(10))
def test_everything_arrives_in_order_in_any_weather(block: int) -> None:
    for seed in range(block * 60, block * 60 + 60):
        draw = random.Random(seed)
        sender = SenderSettings(parity=draw_parity(draw), segments=draw.choice((1, 45)))
        first = draw.choice((0, 5, 2**32 - 10, 2**32 - 33, 2**31 - 10, 12345))
        talk(seed, draw_weather(draw), sender, draw.choice((1, 1, 2, 4)), count=40, first=first)


@settings(max_examples=30)
@given(
    seed=st.integers(0, 2**32),
    group=st.sampled_from([2, 8, 64, 128]),
    proactive=st.integers(0, 3),
    loss=st.floats(0, 0.3),
    jitter=st.floats(0, 0.02),
    duplication=st.floats(0, 0.3),
    first=st.integers(0, 2**32 - 1),
)
def test_no_weather_breaks_the_order(
    seed: int, group: int, proactive: int, loss: float, jitter: float, duplication: float, first: int
) -> None:
    parity = ParitySettings(group, proactive=proactive)
    talk(
        seed,
        Weather(loss, duplication, jitter=jitter),
        SenderSettings(parity=parity),
        2,
        count=30,
        first=first,
    )


@pytest.mark.parametrize("first", [0, 2**32 - 40])
def test_a_late_joiner_misses_nothing_after_its_first_message(first: int) -> None:
    for seed in range(25):
        draw = random.Random(seed)
        net = SimNet(seed, Weather(loss=0.1, jitter=0.001))
        host = net.add_sender("10.0.0.1", SenderSettings(parity=draw_parity(draw)), first=first)
        messages = make_messages(seed, 80)
        send_paced(net, host, messages, seed)
        net.run(draw.random() * 0.06)
        late = net.add_receiver("10.0.0.2")
        net.run(1.5)
        marker: list[Message] = [b"marker", b"end"]
        host.sender.put(marker)
        net.run(8.0, lambda late=late: b"end" in late.messages())  # type: ignore[misc]
        got = late.messages()
        assert got == [*messages, *marker][-len(got) :]
        assert late.lost() == 0


def test_a_restarted_sender_is_received_from_its_first_message_whatever_was_left_of_the_old_one() -> None:
    for seed in range(25):
        draw = random.Random(seed)
        net = SimNet(seed, Weather(loss=0.1, duplication=0.1, jitter=0.001))
        old = net.add_sender("10.0.0.1", SenderSettings(parity=draw_parity(draw)))
        hosts = [net.add_receiver(f"10.0.0.{number}") for number in (2, 3)]
        net.run(0.2)
        send_paced(net, old, make_messages(seed, 40), seed)
        net.run(draw.random() * 0.05)
        net.senders.remove(old)
        new = net.add_sender("10.0.0.1", SenderSettings(parity=draw_parity(draw)))
        net.run(
            1.0,
            lambda new=new, hosts=hosts: all(  # type: ignore[misc]
                any(getattr(event, "source", None) == new.id for event in host.events) for host in hosts
            ),
        )
        messages = make_messages(seed + 1, 40)
        send_paced(net, new, messages, seed)
        net.run(
            20.0,
            lambda new=new, hosts=hosts: all(  # type: ignore[misc]
                len(host.messages(new.id)) == 40 for host in hosts
            ),
        )
        for host in hosts:
            assert host.messages(new.id) == messages
            assert host.messages(old.id) == make_messages(seed, 40)[: len(host.messages(old.id))]


@pytest.mark.parametrize("kind", [c.NAK, c.NCF, c.RDATA, c.SPM])
def test_losing_one_kind_of_packet_only_delays(kind: int) -> None:
    net = SimNet(6, Weather(loss=0.05))
    draw = random.Random(6)
    net.filter = lambda packet, _: packet[4] != kind or draw.random() > 0.5
    host = net.add_sender("10.0.0.1", SenderSettings(parity=ParitySettings(16)))
    hosts = [net.add_receiver(f"10.0.0.{number}") for number in (2, 3, 4)]
    net.run(0.5)
    messages = make_messages(6, 200)
    send_paced(net, host, messages, 6)
    net.run(60.0, lambda: all_delivered(hosts, 200))
    assert all(each.messages() == messages for each in hosts)


def test_more_loss_than_a_group_has_parity_packets_is_repaired_too() -> None:
    net = SimNet(3, Weather(loss=0.6))
    host = net.add_sender("10.0.0.1", SenderSettings(parity=ParitySettings(128)))
    listener = net.add_receiver("10.0.0.2")
    net.run(1.0)
    messages: list[Message] = [bytes([number % 256]) * 1400 for number in range(256)]
    host.sender.put(messages)
    net.run(60.0, lambda: all_delivered([listener], 256))
    assert listener.messages() == messages
