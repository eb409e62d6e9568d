"""etcd as a medium, against a real etcd."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from covey.discovery.etcd import EtcdSource, EtcdStatistics, EtcdStore, OpenRecords, SealedRecords
from covey.discovery.etcd.constants import RANGE, VERSION
from covey.discovery.etcd.gateway import Gateway
from covey.discovery.etcd.wire import put_request
from covey.discovery.sighting import Announcement
from covey.errors import AuthenticationFailed, OptionError, ResourceError
from covey.security.record_seal import RecordSealer
from covey.security.secret import Secret
from tests.discovery.ear import Ear
from tests.discovery.etcd_server import EtcdServer, make_certificates

pytestmark = pytest.mark.interop

KEY = bytes(range(32))
TTL = 2


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EtcdServer]:
    async with EtcdServer(tmp_path) as running:
        yield running


def node(url: str, ear: Ear, uuid: UUID, port: int = 4001, **options: object) -> EtcdSource:
    store = options.pop("store", None) or EtcdStore((url,), ttl=TTL)
    return EtcdSource(Announcement(uuid, port, KEY), ear, store, host="10.1.2.3", **options)  # type: ignore[arg-type]


def sealed(mesh: str, name: bytes) -> SealedRecords:
    secret = Secret(bytes(32))
    return SealedRecords(RecordSealer(secret, mesh, "etcd"), secret.derive("etcd tag", mesh)[:16], name, 1)


async def counts(source: EtcdSource, condition: Callable[[EtcdStatistics], bool]) -> None:
    async with asyncio.timeout(15):
        while not condition(source.statistics()):  # noqa: ASYNC110 - counters tell nobody that they changed
            await asyncio.sleep(0.02)


async def test_two_nodes_find_each_other_and_part(server: EtcdServer) -> None:
    first, second = Ear(), Ear()
    one, two = uuid4(), uuid4()
    async with node(server.url, first, one) as here:
        await here.wait_started()
        async with node(server.url, second, two, 4002) as there:
            seen = await first.meets(two)
            assert (seen.endpoint, seen.via, seen.public_key) == ("tcp://10.1.2.3:4002", "etcd", None)
            assert (await second.meets(one)).endpoint == "tcp://10.1.2.3:4001"
            await there.wait_started()
            assert len(await server.keys()) == 2
        await first.loses(two)
        assert await server.keys() == [f"/covey/1/open/covey/{one.hex}"]
        assert here.statistics().records == here.statistics().lost == 0
    assert await server.keys() == []


async def test_a_mesh_does_not_see_another_one(server: EtcdServer) -> None:
    ears = [Ear() for _ in range(4)]
    one, two = uuid4(), uuid4()
    async with (
        node(server.url, ears[0], one, codec=sealed("lab", b"a")),
        node(server.url, ears[1], two, 4002, codec=sealed("lab", b"b")),
        node(server.url, ears[2], uuid4(), 4003, codec=sealed("other", b"c")) as stranger,
        node(server.url, ears[3], uuid4(), 4004, codec=OpenRecords("lab")) as outsider,
    ):
        seen = await ears[0].meets(two)
        assert (seen.endpoint, seen.public_key) == ("tcp://10.1.2.3:4002", KEY)
        await ears[1].meets(one)
        await stranger.wait_started()
        await outsider.wait_started()
        printed = await server.control("get", "/", "--prefix", "-w", "json")
        stored = json.loads(printed)["kvs"]
        entries = [(base64.b64decode(each["key"]), base64.b64decode(each["value"])) for each in stored]
        lengths = [len(value) for key, value in entries if key.startswith(b"/covey/1/sealed/")]
        assert lengths == [192 + 44] * 3
        assert not any(one.hex.encode() in key + value or one.bytes in value for key, value in entries)
        assert ears[2].heard == ears[3].heard == []


async def test_a_record_moved_to_another_key_is_not_believed(server: EtcdServer) -> None:
    codec = sealed("lab", b"a")
    announcement = Announcement(uuid4(), 4001, KEY)
    value = codec.encode(announcement, "10.1.2.3")
    assert not isinstance(codec.decode(codec.key_of(announcement), value), type(None))
    assert sealed("lab", b"b").decode(codec.prefix + b"62", value).name == "FOREIGN"  # type: ignore[union-attr]


async def test_the_store_may_be_away_and_come_back(
    server: EtcdServer, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = Ear(), Ear()
    one, two, late = uuid4(), uuid4(), uuid4()
    async with node(server.url, first, one) as here, node(server.url, second, two, 4002) as there:
        await first.meets(two)
        await server.kill()
        await counts(here, lambda now: not now.is_following)
        await counts(there, lambda now: not now.is_following)
        assert not any(sighting.is_departure for sighting in first.heard)
        await server.start()
        await counts(here, lambda now: now.is_following and now.sessions == 2)
        async with node(server.url, Ear(), late, 4003):
            await first.meets(late)
            await second.meets(late)
    warnings = [each for each in caplog.records if each.levelno == logging.WARNING and "etcd" in each.name]
    assert len(warnings) <= 2


async def test_a_store_that_lost_everything_is_filled_again(server: EtcdServer, tmp_path: Path) -> None:
    one, ear = uuid4(), Ear()
    async with node(server.url, Ear(), one) as here:
        await here.wait_started()
        await server.kill()
        (tmp_path / "etcd").rename(tmp_path / "lost")
        await server.start()
        await counts(here, lambda now: now.sessions == 2)
        async with node(server.url, ear, uuid4()):
            await ear.meets(one)


async def test_the_record_of_a_node_that_died_runs_out_and_is_no_goodbye(server: EtcdServer) -> None:
    ear, dead = Ear(), uuid4()
    async with node(server.url, ear, uuid4()) as here:
        lease = (await server.control("lease", "grant", str(TTL))).split()[1]
        record = json.dumps({"uuid": dead.hex, "endpoint": "tcp://10.9.9.9:1"})
        await server.control("put", f"--lease={lease}", f"/covey/1/open/covey/{dead.hex}", record)
        await ear.meets(dead)
        await counts(here, lambda now: now.lost == 1)
        assert not any(sighting.is_departure for sighting in ear.heard)


async def test_history_that_was_compacted_meanwhile_is_made_good(server: EtcdServer) -> None:
    ear, two = Ear(), uuid4()
    source = node(server.url, ear, uuid4())
    async with (
        Gateway(EtcdStore((server.url,)), server.url) as gateway,
        node(server.url, Ear(), two) as other,
    ):
        await other.wait_started()
        for number in range(3):
            await server.control("put", f"/elsewhere/{number}", "x")
        await server.compact()
        async with asyncio.timeout(5):
            await source._watch(gateway, 1)  # returns: what is there must be asked for anew
        await source._take_all(gateway)
    await ear.meets(two)


async def test_many_records_come_in_pages(server: EtcdServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("covey.discovery.etcd.source.PAGE", 3)
    nodes = [uuid4() for _ in range(8)]
    for each in nodes:
        record = json.dumps({"uuid": each.hex, "endpoint": "tcp://10.9.9.9:1"})
        await server.control("put", f"/covey/1/open/covey/{each.hex}", record)
    ear = Ear()
    async with node(server.url, ear, uuid4()) as here:
        await here.wait_started()
        assert {sighting.uuid for sighting in ear.heard} == set(nodes)


async def put(gateway: Gateway, entries: dict[bytes, bytes]) -> None:
    puts = [{"request_put": put_request(key, value, 0)} for key, value in entries.items()]
    await gateway.call("/v3/kv/txn", {"success": puts})


def records(nodes: list[UUID], port: int = 1) -> dict[bytes, bytes]:
    codec = OpenRecords("covey")
    said = [Announcement(uuid, port) for uuid in nodes]
    return {codec.key_of(one): codec.encode(one, f"10.9.{number}.1") for number, one in enumerate(said)}


async def test_thousands_of_nodes_are_found_and_followed(server: EtcdServer) -> None:
    ear, nodes = Ear(), [uuid4() for _ in range(3000)]
    async with Gateway(EtcdStore((server.url,)), server.url) as gateway:
        for start in range(0, 3000, 120):
            await put(gateway, records(nodes[start : start + 120]))
        async with node(server.url, ear, uuid4()) as here:
            await here.wait_started()
            assert {sighting.uuid for sighting in ear.heard} == set(nodes)
            assert len(ear.heard) == here.statistics().records == 3000
            ear.heard.clear()
            await put(gateway, records(nodes[:120], port=2))
            changed = f"tcp://10.9.{119}.1:2"
            await ear.until(lambda sighting: sighting.endpoint == changed)
            assert len(ear.heard) == 120
            await server.control("del", "--prefix", "/covey/1/open/covey/0")
            await counts(here, lambda now: now.lost == sum(each.hex[0] == "0" for each in nodes))


async def test_what_is_too_long_for_one_answer_is_asked_for_in_parts(
    server: EtcdServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("covey.discovery.etcd.gateway.LARGEST_ANSWER", 1 << 20)
    ear, there = Ear(), uuid4()
    async with Gateway(EtcdStore((server.url,)), server.url) as gateway:
        for number in range(6):
            await put(gateway, {b"/covey/1/open/covey/%d" % number: bytes(200_000)})
        await put(gateway, records([there]))
    async with node(server.url, ear, uuid4()) as here:
        await here.wait_started()
        await ear.meets(there)
        assert (here.statistics().records, here.statistics().foreign) == (1, 6)
        assert here.statistics().sessions == 1


async def test_history_that_is_forgotten_between_two_pages_is_made_good(
    server: EtcdServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("covey.discovery.etcd.source.PAGE", 2)
    ear, nodes = Ear(), [uuid4() for _ in range(5)]
    pages, call = 0, Gateway.call

    async def forgetful(self: Gateway, path: str, request: dict[str, object]) -> dict[str, Any]:
        nonlocal pages
        answer = await call(self, path, request)
        if path == RANGE:
            pages += 1
            if pages == 1:
                await put(self, records(nodes[:1], port=2))
                await server.compact()
        return answer

    async with Gateway(EtcdStore((server.url,)), server.url) as gateway:
        await put(gateway, records(nodes))
    monkeypatch.setattr(Gateway, "call", forgetful)
    async with node(server.url, ear, uuid4()) as here:
        await here.wait_started()
        assert {sighting.uuid for sighting in ear.heard} == set(nodes)
        assert pages > 3
        assert here.statistics().sessions == 1


async def test_a_goodbye_is_said_though_the_token_ran_out(server: EtcdServer) -> None:
    await server.require_users()
    store = EtcdStore((server.url,), user="node", password="nodepw", ttl=60)
    ear, there = Ear(), uuid4()
    async with node(server.url, ear, uuid4(), store=store):
        async with node(server.url, Ear(), there, 4002, store=store) as leaving:
            await ear.meets(there)
            await leaving.wait_started()
            assert leaving._gateway is not None
            assert leaving._gateway._session is not None
            leaving._gateway._session.headers["Authorization"] = "ran.out"
        await ear.loses(there)
        assert len(await server.keys(user="root:rootpw")) == 1


async def test_leaving_while_the_store_is_away_needs_no_goodbye(server: EtcdServer) -> None:
    source = node(server.url, Ear(), uuid4())
    async with source as here:
        await here.wait_started()
        await server.kill()
        await counts(here, lambda now: not now.is_following and source._gateway is None)


async def test_users_are_let_in_by_password(server: EtcdServer, caplog: pytest.LogCaptureFixture) -> None:
    await server.require_users()
    ear, one, two = Ear(), uuid4(), uuid4()
    member = EtcdStore((server.url,), user="node", password="nodepw", ttl=TTL)
    wrong = EtcdStore((server.url,), user="node", password="guess", ttl=TTL)
    async with (
        node(server.url, ear, one, store=member) as here,
        node(server.url, Ear(), two, 4002, store=member),
        node(server.url, Ear(), uuid4(), 4003, store=wrong) as refused,
    ):
        await ear.meets(two)
        await here.wait_started()
        assert len(await server.keys(user="root:rootpw")) == 2
        assert not refused.statistics().is_registered
        await server.kill()  # and with it the tokens
        await server.start()
        await counts(here, lambda now: now.is_following and now.sessions == 2)
    assert any("authentication failed" in each.getMessage() for each in caplog.records)
    assert "guess" not in caplog.text
    assert "nodepw" not in caplog.text
    with pytest.raises(AuthenticationFailed):
        async with Gateway(wrong, server.url):
            pass


async def test_tls_proves_the_store(tmp_path: Path) -> None:
    files = make_certificates(tmp_path, "127.0.0.1")
    async with EtcdServer(tmp_path, tls=files) as server:
        ear, one, two = Ear(), uuid4(), uuid4()
        trusting = EtcdStore((server.url,), ca_file=str(files.ca), ttl=TTL)
        async with (
            node(server.url, ear, one, store=trusting),
            node(server.url, Ear(), two, 4002, store=trusting) as there,
            node(server.url, Ear(), uuid4(), 4003) as wary,
        ):
            await ear.meets(two)
            await there.wait_started()
            assert not wary.statistics().is_registered
        refusal = r"the system's certificates \(unable to get local issuer certificate\).*COVEY_ETCD_CA"
        async with Gateway(EtcdStore((server.url,)), server.url) as gateway:
            with pytest.raises(ResourceError, match=refusal):
                await gateway.call(VERSION, {})


async def test_a_member_that_is_down_gives_way_to_the_next(server: EtcdServer) -> None:
    store = EtcdStore(("http://127.0.0.1:1", server.url), ttl=TTL)
    async with node(server.url, Ear(), uuid4(), store=store) as here:
        async with asyncio.timeout(10):
            await here.wait_started()


async def test_whatever_is_no_etcd_is_a_refusal_in_words() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, Gateway(EtcdStore((url,)), url) as gateway:
        with pytest.raises(Exception, match="no JSON"):
            await gateway.call("/v3/kv/range", {})
    async with Gateway(EtcdStore((url,)), url) as gateway:
        with pytest.raises(ResourceError):
            await gateway.call("/v3/kv/range", {})


async def test_a_missing_certificate_is_named(tmp_path: Path) -> None:
    store = EtcdStore(("https://127.0.0.1:1",), ca_file=str(tmp_path / "none.pem"))
    with pytest.raises(OptionError, match=r"none\.pem"):
        async with Gateway(store, store.endpoints[0]):
            pass
