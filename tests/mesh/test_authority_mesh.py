"""Nodes that trust whom an authority certified."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from covey.errors import CallRefused, KeyFileError, NoService, OptionError, PermissionDenied, ProviderGone
from covey.mesh import Call, Entered, Exited, Joined, Node, Offence, Offered, Refused, Whisper
from covey.mesh.bulletins import WORD
from covey.mesh.directory_watch import DirectoryWatch
from covey.security.trust.armor import enarmor
from covey.security.trust.authority import MEMBERSHIP_FILE, REVOCATIONS_FILE, Authority
from covey.security.trust.issuer import REVOCATIONS_TITLE
from covey.security.trust.patterns import NOTHING, Patterns
from covey.security.trust.permissions import Permissions
from tests.mesh.key_helpers import Club
from tests.mesh.test_node import take, until

Factory = Callable[..., Any]
SENSOR = Permissions(Patterns(("temp/**",)), Patterns(("temp/*", "alarm")), Patterns(("sensors",)))


@pytest.fixture
def club(tmp_path: Path) -> Club:
    return Club(tmp_path)


@pytest.fixture
async def enter(loopback: str) -> AsyncIterator[Factory]:
    """Enter nodes on loopback; their name is that of their folder."""
    async with AsyncExitStack() as stack:

        async def enter_one(member: Authority, **options: Any) -> Node:
            options = {"interface": loopback, "discover": "beacon"} | options
            name = member.papers.membership.certificate.name
            return await stack.enter_async_context(Node(name, trust=member, **options))

        yield enter_one


async def meet(*nodes: Node) -> None:
    await asyncio.gather(*(node.wait_for_peers(len(nodes) - 1, timeout=5) for node in nodes))


async def test_certified_members_meet_and_talk(club: Club, enter: Factory) -> None:
    a, b = await enter(club.member("a")), await enter(club.member("b"))
    await meet(a, b)
    assert a.mesh == "lab"
    async with a.subscribe("") as everything:
        await b.wait_subscribed("t", timeout=5)
        await b.publish("t", b"1")
        assert (await take(everything))[0].sender.name == "b"


async def test_members_of_another_authority_do_not_even_see_each_other(
    club: Club, enter: Factory, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Club(tmp_path / "other")
    a, b, c = await enter(club.member("a")), await enter(other.member("b")), await enter(club.member("c"))
    await meet(a, c)
    assert b.peers() == ()
    assert b.directory() == ()
    assert a.statistics().offences["handshake"] == 0


async def test_a_revocation_put_into_one_folder_reaches_all_and_cuts_off(club: Club, enter: Factory) -> None:
    members = {name: club.member(name) for name in ("a", "b", "c", "bad")}
    a, b, c, bad = [await enter(member) for member in members.values()]
    await meet(a, b, c, bad)
    events = [node.events() for node in (a, b, c)]
    async with bad.subscribe("") as overheard, a.subscribe("") as heard:
        await a.wait_subscribed("t", 1, timeout=5)
        text = enarmor(REVOCATIONS_TITLE, club.revoke(members["bad"]))
        (club.folder / "b" / REVOCATIONS_FILE).write_text(text)
        for stream in events:
            gone = await until(stream, Exited, reason="revoked")
            assert gone.peer.name == "bad"
        assert await a.publish("t", b"secret") == 0
        await bad.publish("t", b"lies")  # to nobody, or to those whose hanging up it has yet to notice
        for queue in (overheard, heard):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await anext(queue)
    assert {peer.name for peer in c.peers()} == {"a", "b"}
    kept = asyncio.Event()
    async with DirectoryWatch(str(club.folder / "c"), kept.set), asyncio.timeout(5):
        while not (club.folder / "c" / REVOCATIONS_FILE).exists():
            await kept.wait()
            kept.clear()


async def test_a_member_that_was_away_learns_whom_to_refuse(club: Club, enter: Factory) -> None:
    members = {name: club.member(name) for name in ("a", "away", "bad")}
    a = await enter(members["a"])
    text = enarmor(REVOCATIONS_TITLE, club.revoke(members["bad"]))
    (club.folder / "a" / REVOCATIONS_FILE).write_text(text)
    events = a.events()
    away = await enter(members["away"])
    await enter(members["bad"])
    refused = await until(events, Refused, offence=Offence.REVOKED)
    assert "a revoked key" in refused.reason
    away_events = away.events()
    if any(peer.name == "bad" for peer in away.peers()):
        await until(away_events, Exited, reason="revoked")
    await away.wait_for_peers(1, timeout=5)
    assert [peer.name for peer in away.peers()] == ["a"]


async def test_forged_and_old_lists_change_nothing_and_are_told(
    club: Club, enter: Factory, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = Club(tmp_path / "other")
    members = {name: club.member(name) for name in "ab"}
    a, b = [await enter(member) for member in members.values()]
    await meet(a, b)
    events = a.events()
    await b.whisper("a", [WORD, other.revoke(members["b"])])
    await b.whisper("a", [WORD, b"noise"])
    for _ in range(2):
        refused = await until(events, Refused)
        assert (refused.offence, refused.who) == (Offence.REVOCATIONS, "b")
    await b.whisper("a", [WORD, club.issuer.revocations().encode()])
    await b.whisper("a", b"and on")
    assert (await until(events, Whisper)).data == b"and on"
    assert a.statistics().offences["revocations"] == 2


async def test_certificates_run_out_while_nodes_are_up(club: Club, enter: Factory) -> None:
    a, b = await enter(club.member("a")), await enter(club.member("b", seconds=2))
    await meet(a, b)
    async with a.sealed_group("weather") as first, b.sealed_group("weather"):
        await first.wait_members(timeout=5)
        gone = await until(a.events(), Exited)
        assert (gone.reason, gone.peer.name) == ("certificate expired", "b")
        assert first.keys.members == first.keys.senders == ()
        assert not first.keys.sender.is_renewing


async def test_a_renewed_certificate_is_taken_from_the_folder(club: Club, enter: Factory) -> None:
    a, b = await enter(club.member("a")), await enter(club.member("b", seconds=2))
    await meet(a, b)
    events = a.events()
    assert (await until(events, Exited)).reason == "certificate expired"
    refused = await until(events, Refused, offence=Offence.EXPIRED)
    assert "an expired certificate of b" in refused.reason
    club.certify("b")
    assert (await until(events, Entered)).peer.name == "b"


async def test_what_a_certificate_does_not_permit_is_refused_at_home(club: Club, enter: Factory) -> None:
    sensor = await enter(club.member("sensor", SENSOR))
    with pytest.raises(PermissionDenied, match=r"publish on temp/\*\*, not 'alarm'"):
        await sensor.publish("alarm", b"")
    with pytest.raises(PermissionDenied, match="subscribe"):
        sensor.subscribe("secret/")
    for call in (sensor.join, lambda group: sensor.shout(group, b"")):
        with pytest.raises(PermissionDenied, match="groups"):
            await call("admins")
    await sensor.join("sensors")
    await sensor.publish("temp/kitchen", b"21.5")
    assert sensor.statistics().offences["permission"] == 4


async def test_and_by_everybody_else(club: Club, enter: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    a = await enter(club.member("a"))
    cheat = await enter(club.member("cheat", SENSOR))
    await meet(a, cheat)
    # A member that does not hold itself back: its own checks are taken away.
    monkeypatch.setattr(cheat, "_demand", lambda action, subject: cheat._engine)
    events = a.events()
    await a.join("admins")
    async with a.subscribe("") as heard:
        await cheat.wait_subscribed("t", timeout=5)
        await cheat.publish("alarm", b"false")
        refused = await until(events, Refused)
        assert (refused.offence, refused.who) == (Offence.PERMISSION, "cheat")
        assert refused.reason == "may not publish on 'alarm'"
        await cheat.publish("temp/kitchen", b"true")
        assert (await take(heard))[0].topic == "temp/kitchen"
    await cheat.join("admins")
    assert "admins" in (await until(events, Refused)).reason
    await cheat.join("sensors")
    assert (await until(events, Joined)).group == "sensors"
    await cheat.shout("admins", b"obey")
    await cheat.whisper("a", b"end")
    assert (await until(events, Whisper)).data == b"end"
    assert a.peers()[0].groups == {"sensors"}


async def test_subscribers_get_what_they_may_hear(
    club: Club, enter: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = await enter(club.member("a"))
    cheat = await enter(club.member("cheat", SENSOR))
    await meet(a, cheat)
    monkeypatch.setattr(cheat, "_demand", lambda action, subject: cheat._engine)
    monkeypatch.setattr(cheat._engine.connections.topics, "may_hear", None)
    events = a.events()
    async with cheat.subscribe("") as everything, cheat.subscribe("secret/"):
        await a.wait_subscribed("temp/x", timeout=5)
        assert "may not subscribe to 'secret/'" in (await until(events, Refused)).reason
        assert await a.publish("secret/plan", b"") == 0
        assert await a.publish("temp/x/y", b"") == 0
        assert await a.publish("alarm", b"") == 1
        assert await a.publish("temp/x", b"") == 1
        assert [one.topic for one in await take(everything, 2)] == ["alarm", "temp/x"]


async def test_a_receiver_holds_itself_back_too(club: Club, enter: Factory) -> None:
    quiet = Permissions(subscribe=Patterns(("temp/*",)))
    a, listener = await enter(club.member("a")), await enter(club.member("listener", quiet))
    await meet(a, listener)
    a._engine.connections.mailroom.publisher.permitted_to = None
    async with listener.subscribe("") as everything:
        await a.wait_subscribed("temp/x", timeout=5)
        await a.publish("secret", b"")
        await a.publish("temp/x", b"")
        assert [one.topic for one in await take(everything)] == ["temp/x"]


async def test_members_without_any_permission_are_members_still(club: Club, enter: Factory) -> None:
    a = await enter(club.member("a"))
    guest = await enter(club.member("guest", Permissions(NOTHING, NOTHING, NOTHING)))
    await meet(a, guest)
    events = guest.events()
    await a.whisper("guest", b"hello")
    assert (await until(events, Whisper)).data == b"hello"
    with pytest.raises(PermissionDenied, match="nothing"):
        await guest.publish("t", b"")


def test_folders_that_are_not_ready_are_told(club: Club, tmp_path: Path) -> None:
    member = club.member("a")
    with pytest.raises(OptionError, match="membership of 'lab', not 'home'"):
        Node("a", mesh="home", trust=member)
    other = club.member("b")
    (tmp_path / "a" / MEMBERSHIP_FILE).write_text((tmp_path / "b" / MEMBERSHIP_FILE).read_text())
    with pytest.raises(OptionError, match="other keys"):
        Authority(tmp_path / "a")
    (tmp_path / "b" / MEMBERSHIP_FILE).unlink()
    with pytest.raises(KeyFileError, match="approve"):
        Authority(tmp_path / "b")
    expired = club.member("c", seconds=-5)
    with pytest.raises(OptionError, match="expired"):
        Node("c", trust=expired)
    for keys in (member.keys, other.keys):
        assert keys.secret not in repr(member) + repr(other)


async def test_who_may_not_be_in_a_sealed_group_is_neither_given_keys_nor_heard(
    club: Club, enter: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = await enter(club.member("a")), await enter(club.member("b"))
    cheat = await enter(club.member("cheat", SENSOR))
    await meet(a, b, cheat)
    events = a.events()
    with pytest.raises(PermissionDenied, match="sealed/weather"):
        async with cheat.sealed_group("weather"):
            pass
    monkeypatch.setattr(cheat, "_demand", lambda action, subject: cheat._engine)
    async with a.sealed_group("weather") as first, b.sealed_group("weather"), asyncio.timeout(20):
        await first.wait_members()
        async with cheat.sealed_group("weather") as theirs:
            while not first.refused:
                await first.wait_change()
            assert first.keys.members == first.keys.senders == (str(b.uuid),)
            assert theirs.keys.senders == ()
    refused = await until(events, Refused, who="cheat")
    assert refused.reason == "may not be in groups 'sealed/weather'"


COOK = Permissions(offer=Patterns(("oven/*",)), call=Patterns(("fridge",)))


async def test_services_that_a_certificate_does_not_permit_are_refused_at_home(
    club: Club, enter: Factory
) -> None:
    a, cook = await enter(club.member("a")), await enter(club.member("cook", COOK))
    await meet(a, cook)
    with pytest.raises(PermissionDenied, match=r"offer services oven/\*, not 'safe'"):
        cook.serve("safe", bytes_of)
    with pytest.raises(PermissionDenied, match="call services fridge, not 'safe'"):
        await cook.call("safe")
    events = cook.events()
    told = [(await until(events, Refused)).reason for _ in range(2)]
    assert told == ["offer services 'safe'", "call services 'safe'"]
    assert cook.statistics().offences["permission"] == 2
    async with cook.serve("oven/1", bytes_of), a.serve("fridge", bytes_of):
        assert await a.call("oven/1", b"1") == b"1"
        assert await cook.call("fridge", b"2") == b"2"
    assert cook.statistics().calls == 1


async def test_services_that_a_certificate_does_not_permit_are_refused_by_everybody_else(
    club: Club, enter: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, cook = await enter(club.member("a")), await enter(club.member("cook", COOK))
    await meet(a, cook)
    # A member that does not hold itself back: its own checks are taken away.
    monkeypatch.setattr(cook, "_demand", lambda action, subject: cook._engine)
    called: list[Call] = []
    events = a.events()
    async with a.serve("safe", called.append):
        with pytest.raises(CallRefused, match="does not permit"):
            await cook.call("safe", b"open", peer="a")
        refused = await until(events, Refused)
        assert (refused.offence, refused.who) == (Offence.PERMISSION, "cook")
        assert refused.reason == "may not call services 'safe'"
    async with cook.serve("safe", bytes_of), cook.serve("oven/1", bytes_of):
        assert (await until(events, Refused)).reason == "may not offer services 'safe'"
        await a.wait_for_service("oven/1", timeout=5)
        assert list(a.services()) == ["oven/1"]
        with pytest.raises(NoService, match="nobody"):
            await a.call("safe")
        with pytest.raises(CallRefused, match="may not offer it"):
            await a.call("safe", peer="cook")
    assert called == []
    counters = a.statistics()
    assert counters.served_refused == 1
    assert counters.offences["permission"] >= 2
    assert cook.statistics().served == 0


async def test_a_revoked_member_is_neither_called_nor_answered(club: Club, enter: Factory) -> None:
    members = {name: club.member(name) for name in ("a", "bad")}
    a, bad = [await enter(member) for member in members.values()]
    await meet(a, bad)
    started = asyncio.Event()

    async def waits(_call: Call) -> bytes:
        started.set()
        await asyncio.Event().wait()
        return b""

    async with a.serve("ours", waits), bad.serve("theirs", waits):
        await asyncio.gather(a.wait_for_service("theirs"), bad.wait_for_service("ours"))
        calls = [asyncio.create_task(a.call("theirs")), asyncio.create_task(bad.call("ours"))]
        async with asyncio.timeout(5):
            await started.wait()
        text = enarmor(REVOCATIONS_TITLE, club.revoke(members["bad"]))
        (club.folder / "a" / REVOCATIONS_FILE).write_text(text)
        with pytest.raises(ProviderGone):
            await calls[0]
        assert a.services() == {}
        calls[1].cancel()
        await asyncio.gather(calls[1], return_exceptions=True)


def bytes_of(call: Call) -> bytes:
    return call.data


async def test_members_know_each_other_without_a_connection(club: Club, enter: Factory) -> None:
    kitchen = Permissions(groups=Patterns(("sensors",)))
    members = [club.member("a"), club.member("b"), club.member("c", kitchen)]
    a, b, c = [await enter(member) for member in members]
    await meet(a, b, c)
    events = a.events()
    await c.join("sensors")
    assert (await until(events, Joined)).peer.name == "c"
    async with b.serve("oven", bytes_of):
        assert (await until(events, Offered)).peer.name == "b"
        for node in (a, b, c):
            assert node._engine.connections.core.peers() == ()
            assert {peer.via for peer in node.peers()} == {"beacon"}
            assert node._engine.connections.mailroom.router.statistics().connections == ()
        assert await a.call("oven", b"1") == b"1"
    assert [peer.name for peer in a._engine.connections.core.peers()] == ["b"]
    assert {peer.name for peer in a.peers()} == {"b", "c"}
    assert await a.shout("sensors", b"hello") == 1


async def test_groups_that_are_announced_count_as_far_as_they_are_permitted(
    club: Club, enter: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, cheat = await enter(club.member("a")), await enter(club.member("cheat", SENSOR))
    await meet(a, cheat)
    monkeypatch.setattr(cheat, "_demand", lambda action, subject: cheat._engine)
    events = a.events()
    await cheat.join("admins")
    refused = await until(events, Refused)
    assert (refused.who, refused.reason) == ("cheat", "may not be in groups 'admins'")
    await cheat.join("sensors")
    assert (await until(events, Joined)).group == "sensors"
    assert await a.shout("admins", b"secret") == 0
    await a.whisper("cheat", b"connects")
    await until(cheat.events(), Whisper)
    await cheat.whisper("a", b"and says HELLO with all its groups")
    await until(events, Whisper)
    assert a.peers()[0].groups == {"sensors"}
    assert await a.shout("admins", b"secret") == 0


async def test_who_has_a_certificate_too_large_to_announce_is_met_by_connecting(
    club: Club, enter: Factory
) -> None:
    much = Permissions(Patterns(tuple(f"a/topic/of/many/{number}" for number in range(64))))
    a, large = await enter(club.member("a")), await enter(club.member("large", much))
    await meet(a, large)
    assert large.uuid.version == 4
    assert [peer.name for peer in a._engine.connections.core.peers()] == ["large"]
    await a.whisper("large", b"hello")
    assert (await until(large.events(), Whisper)).data == b"hello"
