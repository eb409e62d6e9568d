"""Peers that are known by their announcements alone."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from covey.discovery.announce.place import Place
from covey.discovery.announce.wire import Card
from covey.discovery.liveness import Evidence
from covey.mesh.acquaintances import Acquaintances
from covey.mesh.peers import Liveness
from covey.values import replace

CARD = Card("peer", 7000, 7001, interval=1.0)
PLACE = Place("10.0.0.1", 40000, "eth0", 2)
ONE, TWO = UUID(int=1), UUID(int=2)


class Watch:
    """A table with a clock, and peers that answer or do not."""

    def __init__(self, *, evasive: float = 5.0, interval: float = 1.0) -> None:
        self.now = 100.0
        self.table = Acquaintances("lab", (evasive, 30.0), lambda: interval, lambda key: key.hex())
        self.asked = 0
        self.machine: tuple[Evidence, float] | None = None
        """What comes of a knock, and after how long."""
        self.knocks: list[float] = []
        self.knocked: list[float] = []
        self.witnesses: list[UUID] = []
        self.happened: list[tuple[float, str]] = []
        self.beats: dict[UUID, float] = {}

    def meet(self, uuid: UUID, card: Card = CARD) -> None:
        self.table.met(uuid, card, Place(f"10.0.0.{uuid.int}", 40000, "eth0", 2), self.now)
        self.drain()

    def drain(self) -> None:
        while self.table.events:
            event = self.table.events.popleft()
            detail = getattr(event, "group", getattr(event, "reason", ""))
            self.happened.append((self.now, f"{type(event).__name__} {detail}".strip()))
        while self.table.inquiries:
            inquiry = self.table.inquiries.popleft()
            if inquiry.knock:
                self.knocked.append(self.now)
                if self.machine is not None:
                    self.knocks.append(self.now + min(self.machine[1], inquiry.knock))
                self.witnesses += inquiry.witnesses
            else:
                self.asked += 1

    def pass_time(self, seconds: float, answers: Callable[[], bool] = lambda: False) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now += 0.01
            if self.machine is not None and self.knocks and self.now >= self.knocks[0]:
                self.knocks.pop(0)
                self.table.evidence(ONE, self.machine[0], self.now)
            for uuid, interval in self.beats.items():
                known = self.table.get(uuid)
                if known is not None and self.now - known.heard_at >= interval:
                    self.table.heard(uuid, None, self.now)
            if self.now >= self.table.wake_at:
                before = self.asked
                self.table.handle_timeout(self.now)
                self.drain()
                if self.asked > before and answers():
                    self.table.heard(ONE, None, self.now)
            self.drain()

    def names(self) -> list[str]:
        return [name for _, name in self.happened]


def test_a_peer_is_what_its_card_says_where_it_was_heard() -> None:
    watch = Watch()
    watch.meet(ONE, replace(CARD, groups=("g",), headers={"h": "v"}, public_key=b"k" * 32))
    peer = watch.table.value(ONE)
    assert peer is not None
    assert (peer.name, peer.endpoint, peer.via) == ("peer", "tcp://10.0.0.1:7000", "beacon")
    assert peer.headers == {
        "h": "v",
        "X-COVEY-MESH": "lab",
        "X-COVEY-TOPICS": "tcp://10.0.0.1:7001",
        "X-PUBLICKEY": (b"k" * 32).hex(),
    }
    assert watch.names() == ["Entered", "Joined g"]
    assert watch.table.is_in(ONE, "g")


def test_groups_follow_the_card_when_its_status_changed() -> None:
    watch = Watch()
    watch.meet(ONE, replace(CARD, groups=("a", "b"), status=2))
    watch.table.heard(ONE, replace(CARD, groups=("b", "c"), status=4), watch.now)
    watch.drain()
    assert watch.names()[-2:] == ["Left a", "Joined c"]
    watch.table.heard(ONE, replace(CARD, groups=(), status=4), watch.now)
    watch.drain()
    assert watch.names()[-1] == "Joined c"


def test_a_peer_that_keeps_announcing_itself_is_left_alone() -> None:
    watch = Watch()
    watch.meet(ONE)
    watch.beats[ONE] = 1.0
    watch.pass_time(60.0)
    assert (watch.asked, watch.names()) == (0, ["Entered"])


def test_a_killed_peer_is_evasive_and_gone_within_three_intervals() -> None:
    watch = Watch()
    watch.meet(ONE)
    watch.pass_time(1.9)
    assert watch.names() == ["Entered", "Evasive"]
    assert watch.asked >= 10
    assert len(watch.knocked) == 1
    watch.table.evidence(ONE, Evidence.REFUSED, watch.now)
    watch.drain()
    assert watch.names()[-1] == "Exited link lost"
    assert watch.now - 100.0 < 3.0


def test_a_machine_that_is_gone_is_found_out_in_little_more_than_three_intervals() -> None:
    watch = Watch()
    watch.meet(ONE)
    watch.machine = (Evidence.SILENT, 9.0)
    watch.pass_time(3.5)
    assert watch.names() == ["Entered", "Evasive"]
    watch.pass_time(0.2)
    assert watch.names() == ["Entered", "Evasive", "Exited expired"]
    assert (len(watch.knocked), watch.asked > 24) == (3, True)


def test_knocks_in_vain_do_not_decide_before_enough_was_asked() -> None:
    watch = Watch()
    watch.meet(ONE)
    watch.machine = (Evidence.SILENT, 0.01)
    watch.pass_time(2.2)
    assert watch.names() == ["Entered", "Evasive"]
    watch.pass_time(0.5)
    assert watch.names()[-1] == "Exited expired"


def test_without_any_evidence_a_verdict_takes_its_time() -> None:
    watch = Watch()
    watch.meet(ONE)
    watch.pass_time(31.0)
    assert watch.names() == ["Entered", "Evasive"]
    watch.pass_time(1.0)
    assert watch.names()[-1] == "Exited expired"


def test_a_stopped_peer_has_time_and_comes_back() -> None:
    watch = Watch()
    watch.meet(ONE)
    watch.machine = (Evidence.ACCEPTS, 0.01)
    watch.pass_time(50.0)
    assert watch.names() == ["Entered", "Evasive"]
    assert len(watch.knocked) == 1
    watch.table.heard(ONE, None, watch.now)
    watch.beats[ONE] = 1.0
    watch.pass_time(60.0)
    peer = watch.table.value(ONE)
    assert peer is not None
    assert peer.liveness is Liveness.ALIVE
    assert watch.names() == ["Entered", "Evasive"]


def test_a_stopped_peer_whose_machine_goes_is_found_out() -> None:
    watch = Watch()
    watch.meet(ONE)
    watch.machine = (Evidence.ACCEPTS, 0.01)
    watch.pass_time(10.0)
    watch.machine = (Evidence.SILENT, 9.0)
    watch.table.evidence(ONE, Evidence.SILENT, watch.now)
    watch.pass_time(1.4)
    assert watch.names()[-1] == "Exited expired"


def test_a_peer_that_greets_is_kept_and_knocked_at_again_however_little_is_heard() -> None:
    watch = Watch()
    watch.meet(ONE)
    watch.machine = (Evidence.GREETS, 0.01)
    watch.pass_time(200.0)
    assert watch.names() == ["Entered", "Evasive"]
    assert 60 < len(watch.knocked) < 110
    watch.machine = (Evidence.SILENT, 9.0)
    watch.pass_time(4.0)
    assert watch.names()[-1] == "Exited expired"


def test_who_heard_it_no_later_than_we_did_vouches_for_nobody() -> None:
    watch = Watch()
    watch.meet(ONE)
    heard_at = watch.now
    watch.machine = (Evidence.SILENT, 9.0)
    watch.pass_time(2.0)
    watch.table.vouched(ONE, heard_at + 0.05)
    watch.pass_time(1.7)
    assert watch.names()[-1] == "Exited expired"


def test_a_peer_that_only_others_hear_is_kept_as_long_as_they_do_within_bounds() -> None:
    watch = Watch()
    watch.meet(ONE)
    watch.machine = (Evidence.SILENT, 9.0)
    for _ in range(50):
        watch.pass_time(1.0)
        watch.table.vouched(ONE, watch.now - 0.1)
    assert watch.names() == ["Entered", "Evasive"]
    watch.pass_time(2.0)
    assert watch.names()[-1] == "Exited expired"
    watch = Watch()
    watch.meet(ONE)
    watch.machine = (Evidence.SILENT, 9.0)
    for _ in range(62):
        watch.pass_time(1.0)
        watch.table.vouched(ONE, watch.now - 0.1)
    assert watch.names()[-1] == "Exited expired"


@pytest.mark.parametrize("late", [0.2, 0.7, 3.0])
def test_a_judge_that_is_always_late_is_no_more_severe(late: float) -> None:
    watch = Watch()
    watch.meet(ONE)
    for _ in range(9):
        watch.now += late
        watch.table.handle_timeout(watch.now)
        watch.drain()
        watch.table.evidence(ONE, Evidence.SILENT, watch.now)
        watch.drain()
    assert "Exited expired" not in watch.names()


def test_lost_announcements_are_asked_for() -> None:
    watch = Watch()
    watch.meet(ONE)
    luck = iter(([False] * 6 + [True]) * 100)
    watch.pass_time(30.0, lambda: next(luck))
    assert watch.names() == ["Entered"]


@pytest.mark.parametrize("sleep", [1.0, 10.0, 36000.0])
def test_a_time_in_which_we_stood_still_is_nobodys_silence(sleep: float) -> None:
    watch = Watch()
    watch.meet(ONE)
    watch.now += sleep
    watch.table.handle_timeout(watch.now)
    watch.drain()
    assert (watch.asked <= 1, watch.names()) == (True, ["Entered"])
    watch.pass_time(0.3, lambda: True)
    assert watch.names() == ["Entered"]


@pytest.mark.parametrize("sleep", [5.0, 36000.0])
def test_who_was_doubted_before_we_stood_still_is_not_given_up_for_it(sleep: float) -> None:
    watch = Watch()
    watch.meet(ONE)
    watch.pass_time(1.9)
    watch.now += sleep
    watch.table.handle_timeout(watch.now)
    watch.drain()
    watch.pass_time(0.3, lambda: True)
    peer = watch.table.value(ONE)
    assert peer is not None
    assert peer.liveness is Liveness.ALIVE
    assert watch.names() == ["Entered", "Evasive"]


def test_a_tenth_of_the_interval_finds_a_dead_peer_in_a_tenth_of_the_time() -> None:
    watch = Watch(evasive=0.175)
    watch.meet(ONE)
    watch.machine = (Evidence.REFUSED, 0.01)
    watch.pass_time(0.3)
    assert watch.names() == ["Entered", "Evasive", "Exited link lost"]


def test_the_slower_of_two_rhythms_counts() -> None:
    watch = Watch(interval=4.0)
    watch.meet(ONE)
    watch.pass_time(4.5)
    assert watch.asked == 0
    watch.pass_time(3.0)
    assert watch.names() == ["Entered", "Evasive"]


def test_impatience_is_heeded() -> None:
    watch = Watch(evasive=0.5)
    watch.meet(ONE)
    watch.pass_time(0.55)
    assert watch.names() == ["Entered", "Evasive"]


def test_others_are_asked_before_a_verdict() -> None:
    watch = Watch()
    for uuid in (ONE, TWO):
        watch.meet(uuid)
    watch.beats[TWO] = 1.0
    watch.pass_time(1.9)
    assert watch.witnesses == [TWO]
    assert watch.table.last_heard(ONE) is None
    assert watch.table.last_heard(TWO) is not None


def test_who_takes_a_peers_place_replaces_it() -> None:
    watch = Watch()
    for uuid in (ONE, TWO):
        watch.table.met(uuid, CARD, PLACE, watch.now)
    watch.drain()
    assert watch.names() == ["Entered", "Exited replaced", "Entered"]
    assert TWO in watch.table


def test_a_peer_that_moved_is_found_there() -> None:
    watch = Watch()
    watch.meet(ONE)
    watch.table.moved(ONE, CARD, Place("10.0.0.9", 40000, "eth0", 2))
    peer = watch.table.value(ONE)
    assert peer is not None
    assert (peer.endpoint, peer.headers["X-COVEY-TOPICS"]) == ("tcp://10.0.0.9:7000", "tcp://10.0.0.9:7001")
    watch.table.gone(ONE, "goodbye")
    watch.drain()
    assert watch.names() == ["Entered", "Exited goodbye"]


def test_many_peers_are_looked_at_together() -> None:
    watch = Watch(interval=8.0)
    for number in range(1, 201):
        watch.meet(UUID(int=number), replace(CARD, interval=8.0))
        watch.beats[UUID(int=number)] = 8.0
        watch.pass_time(0.04)
    looks, look = 0, watch.table.handle_timeout

    def counted(now: float) -> None:
        nonlocal looks
        looks += 1
        look(now)

    watch.table.handle_timeout = counted  # type: ignore[method-assign]
    watch.pass_time(16.0)
    assert 8 <= looks <= 41
    assert watch.asked == 0


def test_a_forged_goodbye_does_not_remove_a_peer_that_answers() -> None:
    watch = Watch()
    watch.meet(ONE)
    watch.beats[ONE] = 1.0
    watch.pass_time(5.5)
    for _ in range(20):
        watch.table.said_goodbye(ONE, watch.now)
        watch.table.said_goodbye(ONE, watch.now)
        watch.pass_time(0.5, lambda: True)
    assert watch.names() == ["Entered"]
    assert len(watch.knocked) == 20


def test_who_said_goodbye_is_gone_when_its_port_is_closed() -> None:
    watch = Watch()
    watch.meet(ONE)
    watch.machine = (Evidence.REFUSED, 0.02)
    watch.table.said_goodbye(ONE, watch.now)
    watch.pass_time(0.05)
    assert watch.names() == ["Entered", "Exited goodbye"]


def test_who_said_goodbye_and_is_not_heard_of_any_more_is_gone() -> None:
    watch = Watch()
    watch.meet(ONE)
    watch.machine = (Evidence.SILENT, 9.0)
    watch.table.said_goodbye(ONE, watch.now)
    watch.pass_time(0.35)
    assert watch.names() == ["Entered", "Exited goodbye"]


def test_a_mailbox_that_is_just_closing_is_knocked_at_again() -> None:
    watch = Watch()
    watch.meet(ONE)
    watch.machine = (Evidence.GREETS, 0.01)
    watch.table.said_goodbye(ONE, watch.now)
    watch.pass_time(0.25)
    watch.machine = (Evidence.REFUSED, 0.01)
    watch.pass_time(0.15)
    assert watch.names() == ["Entered", "Exited goodbye"]
    assert len(watch.knocked) > 2


def test_a_forged_goodbye_does_not_remove_a_stopped_peer() -> None:
    watch = Watch()
    watch.meet(ONE)
    watch.pass_time(3.0)
    watch.machine = (Evidence.ACCEPTS, 0.01)
    watch.table.said_goodbye(ONE, watch.now)
    watch.pass_time(10.0)
    assert watch.names() == ["Entered", "Evasive"]
