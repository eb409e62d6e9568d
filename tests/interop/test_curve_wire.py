"""NULL, PLAIN and CURVE against libzmq, both roles, by a minimal blocking ZMTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import zmq
import zmq.auth.thread
import zmq.utils.monitor

from covey.errors import AuthenticationFailed, PeerRefused
from covey.security.curve.client import CurveClient
from covey.security.curve.keys import CurveKeys
from covey.security.curve.server import CurveServer
from covey.security.mechanism import AuthenticationReply, AuthenticationRequest, Security
from covey.security.null import Null
from covey.security.plain import PlainClient, PlainServer
from tests.interop.zmtp_shim import ShimConnection, ShimListener, connect

pytestmark = pytest.mark.interop

SERVER = CurveKeys.generate()
CLIENT = CurveKeys.generate()
DEALER = {"Socket-Type": b"DEALER", "Identity": b"covey"}
SIZES = (0, 1, 200, 222, 223, 300, 70_000)


@pytest.fixture
def context() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    with zmq.Context() as context:
        yield context


@pytest.fixture
def router(context: zmq.Context[zmq.Socket[bytes]]) -> Iterator[zmq.Socket[bytes]]:
    with _socket(context, zmq.ROUTER) as socket:
        yield socket


@pytest.fixture
def dealer(context: zmq.Context[zmq.Socket[bytes]]) -> Iterator[zmq.Socket[bytes]]:
    with _socket(context, zmq.DEALER) as socket:
        socket.setsockopt(zmq.ROUTING_ID, b"libzmq")
        yield socket


@pytest.fixture
def xpub(context: zmq.Context[zmq.Socket[bytes]]) -> Iterator[zmq.Socket[bytes]]:
    with _socket(context, zmq.XPUB) as socket:
        yield socket


@pytest.fixture
def zap(context: zmq.Context[zmq.Socket[bytes]]) -> Iterator[zmq.auth.thread.ThreadAuthenticator]:
    authenticator = zmq.auth.thread.ThreadAuthenticator(context)
    authenticator.start()
    yield authenticator
    authenticator.stop()


def _socket(context: Any, kind: int) -> zmq.Socket[bytes]:
    socket: zmq.Socket[bytes] = context.socket(kind)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RCVTIMEO, 5000)
    socket.setsockopt(zmq.SNDTIMEO, 5000)
    return socket


def _as_curve_server(socket: zmq.Socket[bytes]) -> None:
    socket.setsockopt(zmq.CURVE_SERVER, 1)
    socket.setsockopt(zmq.CURVE_SECRETKEY, SERVER.secret.encode())


def _as_curve_client(socket: zmq.Socket[bytes], server_key: str = SERVER.public) -> None:
    socket.setsockopt(zmq.CURVE_SERVERKEY, server_key.encode())
    socket.setsockopt(zmq.CURVE_PUBLICKEY, CLIENT.public.encode())
    socket.setsockopt(zmq.CURVE_SECRETKEY, CLIENT.secret.encode())


def _talk_to_router(socket: zmq.Socket[bytes], security: Security) -> None:
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    with connect(port, security.new_mechanism(DEALER)) as connection:
        connection.shake_hands()
        assert connection.mechanism.peer_metadata["Socket-Type"] == b"ROUTER"
        for size in SIZES:
            connection.send(1, b"first")
            connection.send(0, bytes(size))
            assert socket.recv_multipart() == [b"covey", b"first", bytes(size)]
            socket.send_multipart([b"covey", bytes(size), b"last"])
            assert [connection.receive(), connection.receive()] == [(1, bytes(size)), (0, b"last")]


def _talk_to_dealer(socket: zmq.Socket[bytes], connection: ShimConnection) -> None:
    assert connection.mechanism.peer_metadata["Socket-Type"] == b"DEALER"
    assert connection.mechanism.peer_metadata["Identity"] == b"libzmq"
    for size in SIZES:
        socket.send_multipart([b"first", bytes(size)])
        assert [connection.receive(), connection.receive()] == [(1, b"first"), (0, bytes(size))]
        connection.send(1, bytes(size))
        connection.send(0, b"last")
        assert socket.recv_multipart() == [bytes(size), b"last"]


def accept(request: AuthenticationRequest) -> AuthenticationReply:
    return AuthenticationReply(200, user_id="libzmq")


def refuse(request: AuthenticationRequest) -> AuthenticationReply:
    return AuthenticationReply(400, "no")


def test_null_both_ways(router: zmq.Socket[bytes], dealer: zmq.Socket[bytes]) -> None:
    _talk_to_router(router, Null())
    with ShimListener() as listener:
        dealer.connect(f"tcp://127.0.0.1:{listener.port}")
        with listener.accept(Null(accept).new_mechanism({"Socket-Type": b"ROUTER"})) as connection:
            connection.shake_hands(accept)
            _talk_to_dealer(dealer, connection)


def test_plain_both_ways(
    router: zmq.Socket[bytes], dealer: zmq.Socket[bytes], zap: zmq.auth.thread.ThreadAuthenticator
) -> None:
    zap.configure_plain("*", {"ada": "lovelace"})
    router.setsockopt(zmq.PLAIN_SERVER, 1)
    _talk_to_router(router, PlainClient("ada", "lovelace"))
    dealer.setsockopt(zmq.PLAIN_USERNAME, b"ada")
    dealer.setsockopt(zmq.PLAIN_PASSWORD, b"lovelace")
    with ShimListener() as listener:
        dealer.connect(f"tcp://127.0.0.1:{listener.port}")
        with listener.accept(PlainServer(accept).new_mechanism({"Socket-Type": b"ROUTER"})) as connection:
            connection.shake_hands(accept)
            assert connection.requests[0].credentials == (b"ada", b"lovelace")
            _talk_to_dealer(dealer, connection)


def test_a_wrong_password_is_refused_in_libzmqs_words(
    router: zmq.Socket[bytes], zap: zmq.auth.thread.ThreadAuthenticator
) -> None:
    zap.configure_plain("*", {"ada": "lovelace"})
    router.setsockopt(zmq.PLAIN_SERVER, 1)
    port = router.bind_to_random_port("tcp://127.0.0.1")
    with connect(port, PlainClient("ada", "byron").new_mechanism(DEALER)) as connection:
        with pytest.raises(PeerRefused) as caught:
            connection.shake_hands()
        assert caught.value.reason == "400"


def test_curve_client_to_libzmq(router: zmq.Socket[bytes]) -> None:
    _as_curve_server(router)
    _talk_to_router(router, CurveClient(CLIENT, SERVER.public))


def test_curve_client_accepted_by_zap(
    router: zmq.Socket[bytes], zap: zmq.auth.thread.ThreadAuthenticator, tmp_path: Any
) -> None:
    (tmp_path / "client.key").write_text(f'metadata\ncurve\n    public-key = "{CLIENT.public}"\n')
    zap.configure_curve("*", str(tmp_path))
    _as_curve_server(router)
    _talk_to_router(router, CurveClient(CLIENT, SERVER.public))


def test_curve_client_refused_by_zap(
    router: zmq.Socket[bytes], zap: zmq.auth.thread.ThreadAuthenticator, tmp_path: Any
) -> None:
    zap.configure_curve("*", str(tmp_path))
    _as_curve_server(router)
    port = router.bind_to_random_port("tcp://127.0.0.1")
    with connect(port, CurveClient(CLIENT, SERVER.public).new_mechanism(DEALER)) as connection:
        with pytest.raises(PeerRefused) as caught:
            connection.shake_hands()
        assert caught.value.reason == "400"


def test_curve_client_with_a_wrong_server_key_is_hung_up_on(router: zmq.Socket[bytes]) -> None:
    _as_curve_server(router)
    port = router.bind_to_random_port("tcp://127.0.0.1")
    wrong = CurveClient(CLIENT, CurveKeys.generate().public)
    with connect(port, wrong.new_mechanism(DEALER)) as connection, pytest.raises(ConnectionError):
        connection.shake_hands()


def test_libzmq_to_curve_server(dealer: zmq.Socket[bytes]) -> None:
    _as_curve_client(dealer)
    with ShimListener() as listener:
        dealer.connect(f"tcp://127.0.0.1:{listener.port}")
        security = CurveServer(SERVER, accept)
        with listener.accept(security.new_mechanism({"Socket-Type": b"ROUTER"})) as connection:
            connection.shake_hands(accept)
            assert connection.requests[0].credentials == (CLIENT.public_bytes,)
            assert connection.requests[0].metadata["Identity"] == b"libzmq"
            _talk_to_dealer(dealer, connection)


def test_libzmq_is_told_that_it_is_refused(dealer: zmq.Socket[bytes]) -> None:
    _as_curve_client(dealer)
    monitor = dealer.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH)
    monitor.setsockopt(zmq.RCVTIMEO, 5000)
    with ShimListener() as listener:
        dealer.connect(f"tcp://127.0.0.1:{listener.port}")
        security = CurveServer(SERVER, refuse)
        with listener.accept(security.new_mechanism({"Socket-Type": b"ROUTER"})) as connection:
            with pytest.raises(AuthenticationFailed):
                connection.shake_hands(refuse)
            event = zmq.utils.monitor.recv_monitor_message(monitor)
    dealer.disable_monitor()
    monitor.close()
    assert event["event"] == zmq.EVENT_HANDSHAKE_FAILED_AUTH
    assert event["value"] == 400


def test_inner_command_flag_is_libzmqs(xpub: zmq.Socket[bytes]) -> None:
    _as_curve_server(xpub)
    port = xpub.bind_to_random_port("tcp://127.0.0.1")
    with connect(
        port, CurveClient(CLIENT, SERVER.public).new_mechanism({"Socket-Type": b"SUB"})
    ) as connection:
        connection.shake_hands()
        connection.send(2, b"\x09SUBSCRIBEtemp/")
        assert xpub.recv() == b"\x01temp/"
        xpub.send(b"temp/kitchen")
        assert connection.receive() == (0, b"temp/kitchen")
        connection.send(2, b"\x04PING\x00\x00")
        assert connection.receive() == (2, b"\x04PONG")
