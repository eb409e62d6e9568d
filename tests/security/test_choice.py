from __future__ import annotations

import pytest

from covey.errors import HandshakeFailed, OptionError
from covey.security.choice import ClientChoice, ServerChoice
from covey.security.curve.client import CurveClient
from covey.security.curve.keys import CurveKeys
from covey.security.curve.server import CurveServer
from covey.security.mechanism import Security
from covey.security.noise.client import NoiseClient
from covey.security.noise.server import NoiseServer
from tests.security.helpers import accept, drain, refuse

SERVER, CLIENT = CurveKeys.generate(), CurveKeys.generate()


def servers() -> ServerChoice:
    return ServerChoice(NoiseServer(SERVER), CurveServer(SERVER))


def clients() -> ClientChoice:
    return ClientChoice(NoiseClient(CLIENT, SERVER.public), CurveClient(CLIENT, SERVER.public))


def test_both_are_securities_that_hide_their_secrets() -> None:
    securities: list[Security] = [servers(), clients()]
    assert [(one.mechanism, one.as_server) for one in securities] == [("NOISE", True), ("NOISE", False)]
    assert all(keys.secret not in repr(one) for one in securities for keys in (SERVER, CLIENT))


def test_a_server_becomes_what_the_client_names() -> None:
    for name in ("NOISE", "CURVE"):
        chosen = servers().new_mechanism({}).for_peer(name)
        assert chosen is not None
        assert chosen.name == name
    assert servers().new_mechanism({}).for_peer("NULL") is None


def test_a_client_follows_with_its_next_connection() -> None:
    client = clients()
    assert client.new_mechanism({}).for_peer("CURVE") is None
    assert client.mechanism == "CURVE"
    for _ in range(2):
        assert client.new_mechanism({}).for_peer("CURVE") is not None
    assert client.new_mechanism({}).for_peer("NOISE") is None
    assert client.new_mechanism({}).for_peer("NOISE") is not None


def test_a_client_that_was_hung_up_on_tries_the_other_way_and_comes_back() -> None:
    client = clients()
    assert [client.new_mechanism({}).names for _ in range(4)] == [
        ("NOISE",),
        ("CURVE",),
        ("NOISE",),
        ("CURVE",),
    ]
    answered = client.new_mechanism({})
    assert answered.names == ("NOISE",)
    assert answered.for_peer("NOISE") is not None
    assert client.new_mechanism({}).names == ("NOISE",)


def test_a_client_never_follows_where_it_has_no_choice() -> None:
    client = clients()
    for name in ("NULL", "PLAIN", "", "noise"):
        assert client.new_mechanism({}).names == ("NOISE",)
        client = clients()
        assert client.new_mechanism({}).for_peer(name) is None
    assert client.mechanism == "NOISE"


def test_nothing_is_said_before_the_choice() -> None:
    mechanism = servers().new_mechanism({})
    assert drain(mechanism) == []
    with pytest.raises(HandshakeFailed):
        mechanism.receive_command(b"\x05HELLO")


def test_somebody_else_may_be_asked_without_changing_the_servers() -> None:
    first, second = NoiseServer(SERVER), CurveServer(SERVER)
    choice = ServerChoice(first, second)
    choice.authenticator = accept
    assert choice.authenticator is accept
    assert first.authenticator is second.authenticator is None


def test_what_is_no_choice_is_refused() -> None:
    noise = NoiseServer(SERVER)
    for others in (
        (NoiseServer(SERVER),),
        (CurveClient(CLIENT, SERVER.public),),
        (CurveServer(SERVER, accept),),
    ):
        with pytest.raises(OptionError):
            ServerChoice(noise, *others)
    with pytest.raises(OptionError):
        ServerChoice(NoiseServer(SERVER, accept), CurveServer(SERVER, refuse(400)))
    curve = CurveClient(CLIENT, SERVER.public)
    for other in (curve, CurveServer(SERVER)):
        with pytest.raises(OptionError):
            ClientChoice(curve, other)
