"""One sender and twenty receivers that each lose packets of their own: what repairs and requests cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from covey.transports.pgm.settings import ParitySettings, ReceiverSettings, SenderSettings
from covey.transports.pgm.statistics import SenderStatistics
from tests.transports.pgm.lines import lines_of
from tests.transports.pgm.simnet import ReceiverHost, SimNet, Weather

SIZE = 1024
TICK = 0.01
LOSS = 0.02


@dataclass
class Stream:
    """What is sent, and over what network."""

    receivers: int = 20
    rate: float = 2e6
    """Octets a second."""
    seconds: float = 0.4
    group: int = 32
    proactive: int = 0
    delay: float = 0.0002
    jitter: float = 0.0002

    def start(self) -> SimNet:
        net = SimNet(1, Weather(loss=LOSS, delay=self.delay, jitter=self.jitter))
        parity = ParitySettings(self.group, proactive=self.proactive)
        net.add_sender("10.0.0.1", SenderSettings(segments=1, parity=parity))
        for number in range(self.receivers):
            net.add_receiver(f"10.0.0.{number + 2}", ReceiverSettings())
        net.run(0.3)
        return net

    def run(self) -> SimNet:
        """Send, and check that everything arrived at everybody, in order."""
        net = self.start()
        burst = round(self.rate * TICK / SIZE)
        total = burst * round(self.seconds / TICK)
        messages = [number.to_bytes(4, "big") * (SIZE // 4) for number in range(total)]
        sender = net.senders[0].sender
        for tick in range(total // burst):
            batch = messages[tick * burst : (tick + 1) * burst]
            net.at(tick * TICK, lambda batch=batch: sender.put(batch))  # type: ignore[misc]
        net.run(20.0, lambda: all(taken(each) >= total for each in net.receivers))
        for each in net.receivers:
            assert each.messages() == messages
            assert each.lost() == 0
        return net


def taken(host: ReceiverHost) -> int:
    return sum(len(event.messages) for event in host.events if hasattr(event, "messages"))


def share(sent: SenderStatistics) -> float:
    """Return repairs as a share of the data; octets, and all that is sent again or on top counts."""
    return sent.repair_octets / sent.octets


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(Stream(), id="2 MB/s"),
        pytest.param(Stream(rate=1e6, seconds=0.8), id="1 MB/s, a group takes 40 ms"),
        pytest.param(Stream(group=64), id="groups of 64"),
        pytest.param(Stream(proactive=1), id="one parity packet unasked"),
        pytest.param(Stream(delay=0.005, jitter=0.005), id="a round trip of 15 ms"),
        pytest.param(Stream(delay=0.05), id="a round trip of 100 ms"),
    ],
)
def test_repairs_by_parity_are_what_the_worst_off_receiver_needs(stream: Stream) -> None:
    sent = stream.run().senders[0].sender.statistics()
    # the largest of twenty binomial numbers, 2.4 of 32 in the mean, plus what gets lost of the parity itself
    assert share(sent) < 0.12


def test_without_parity_it_is_the_sum_of_what_all_lost() -> None:
    net = SimNet(1, Weather(loss=LOSS))
    net.add_sender("10.0.0.1")
    for number in range(20):
        net.add_receiver(f"10.0.0.{number + 2}")
    net.run(0.3)
    messages = [number.to_bytes(4, "big") * 350 for number in range(600)]
    for index in range(0, len(messages), 20):
        batch = messages[index : index + 20]
        net.at(index * 0.0005, lambda batch=batch: net.senders[0].sender.put(batch))  # type: ignore[misc]
    net.run(20.0, lambda: all(taken(each) >= len(messages) for each in net.receivers))
    assert all(each.messages() == messages for each in net.receivers)
    assert share(net.senders[0].sender.statistics()) > 0.25


def sender_work(receivers: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return what one stream costs the sender's core, in lines of Python."""
    stream = Stream(receivers, seconds=0.2)
    net = stream.start()
    sender = net.senders[0].sender
    spent = 0
    with monkeypatch.context() as patch:
        for name in ("put", "receive_datagram", "next_datagrams", "handle_timer"):
            work = getattr(sender, name)

            def counted(*arguments: Any, work: Callable[..., Any] = work) -> Any:
                nonlocal spent
                result: list[Any] = []
                spent += lines_of(lambda: result.append(work(*arguments)))
                return result[0]

            patch.setattr(sender, name, counted)
        patch.setattr(stream, "start", lambda: net)
        stream.run()
    return spent


def test_the_senders_work_grows_less_than_half_as_fast_as_the_receivers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, five, twenty = (sender_work(receivers, monkeypatch) for receivers in (1, 5, 20))
    assert five < 2.5 * one
    assert twenty < 10 * one
