"""A listening end that speaks several mechanisms, octet by octet."""

from __future__ import annotations

import pytest

from covey.security.choice import ClientChoice, ServerChoice
from covey.security.curve.client import CurveClient
from covey.security.curve.keys import CurveKeys
from covey.security.curve.server import CurveServer
from covey.security.mechanism import Security
from covey.security.noise.client import NoiseClient
from covey.security.noise.server import NoiseServer
from covey.security.null import Null
from covey.transports.zmtp.greeting import Greeting
from tests.transports.zmtp.wire_pair import End, WirePair, config

SERVER, CLIENT = CurveKeys.generate(), CurveKeys.generate()
NOISE, CURVE = NoiseClient(CLIENT, SERVER.public), CurveClient(CLIENT, SERVER.public)
VERSION_END = 12


def listening() -> End:
    return End(config("ROUTER"), ServerChoice(NoiseServer(SERVER), CurveServer(SERVER)))


@pytest.mark.parametrize("pieces", [None, 1, 11])
@pytest.mark.parametrize("client", [NOISE, CURVE], ids=["NOISE", "CURVE"])
def test_the_client_chooses(client: Security, pieces: int | None) -> None:
    one, two = End(config(), client), listening()
    WirePair(one, two).run(pieces=pieces)
    assert (one.error, two.error) == (None, None)
    assert one.peer is not None
    assert two.peer is not None
    assert one.peer.mechanism == two.peer.mechanism == client.mechanism
    for source, target in ((one, two), (two, one)):
        target.take(b"".join(source.core.encode([b"hello", [b"a", bytes(70_000)]])))
        assert target.received == [b"hello", [b"a", bytes(70_000)]]


def test_nothing_of_the_choice_shows_before_the_clients_greeting() -> None:
    server = listening()
    begun = server.drain()
    assert begun == Greeting("NOISE").encode()[:VERSION_END]
    client = Greeting("CURVE").encode()
    server.take(client[:31])
    assert server.drain() == b""
    server.take(client[31:32])
    assert begun + server.drain() == client
    assert server.error is None


@pytest.mark.parametrize("wanted", [Null(), CurveClient(CLIENT, CurveKeys.generate().public)])
def test_who_may_not_come_in_does_not(wanted: Security) -> None:
    one, two = End(config(), wanted), listening()
    WirePair(one, two).run()
    assert two.error is not None
    assert one.peer is two.peer is None


def test_old_versions_are_refused() -> None:
    server = listening()
    server.take(b"\xff" + bytes(8) + b"\x7f\x01\x05" + bytes(2))
    assert server.error is not None


def test_a_client_comes_back_with_what_the_server_speaks() -> None:
    choice = ClientChoice(NOISE, CURVE)
    for is_last in (False, True):
        one, two = End(config(), choice), End(config("ROUTER"), CurveServer(SERVER))
        WirePair(one, two).run()
        assert (one.peer is not None) is is_last
