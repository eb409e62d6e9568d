from __future__ import annotations

import pytest

from covey.errors import AuthenticationFailed, HandshakeFailed, OptionError
from covey.security.curve.client import CurveClient
from covey.security.curve.keys import CurveKeys
from covey.security.curve.server import CurveServer
from covey.security.mechanism import (
    AuthenticationReply,
    AuthenticationRequest,
    HandshakeState,
    Mechanism,
    Security,
)
from covey.security.mesh_trust import MAX_ADMITTED, PROOF_PROPERTY, MeshTrust
from covey.security.secret import Secret
from tests.security.helpers import are_ready, converse, drain

SECRET = Secret.generate()
DEALER = {"Socket-Type": b"DEALER", "Identity": b"\x01" + bytes(16)}
ROUTER = {"Socket-Type": b"ROUTER"}


def member(mesh: str = "lab", secret: Secret = SECRET) -> MeshTrust:
    return MeshTrust(secret, mesh)


def speaking(security: Security, name: str, metadata: dict[str, bytes]) -> Mechanism:
    """Return the mechanism `name` of a security; a client with a choice may need a second connection."""
    chosen = security.new_mechanism(metadata).for_peer(name) or security.new_mechanism(metadata).for_peer(
        name
    )
    assert chosen is not None
    return chosen


def meet(client: Security, server: Security, name: str = "CURVE") -> tuple[Mechanism, Mechanism]:
    """Let a client and a server shake hands; the server's own authenticator decides."""

    def verdict(request: AuthenticationRequest) -> AuthenticationReply:
        assert server.authenticator is not None
        reply = server.authenticator(request)
        assert isinstance(reply, AuthenticationReply)
        return reply

    one, two = speaking(client, name, DEALER), speaking(server, name, ROUTER)
    converse(one, two, verdict)
    return one, two


@pytest.mark.parametrize("name", ["NOISE", "CURVE"])
def test_members_meet_without_having_heard_of_each_other(name: str) -> None:
    alice, bob = member(), member()
    one, two = meet(alice.client_security(bob.keys.public_bytes), bob.server_security(), name)
    assert are_ready(one, two)
    assert one.name == two.name == name
    assert two.user_id == alice.keys.public
    assert {name: two.peer_metadata[name] for name in DEALER} == DEALER


@pytest.mark.parametrize("name", ["NOISE", "CURVE"])
@pytest.mark.parametrize("stranger", [member("lab2"), member(secret=Secret.generate())])
def test_other_meshes_and_secrets_are_kept_out(stranger: MeshTrust, name: str) -> None:
    bob = member()
    refused = AuthenticationFailed if name == "CURVE" else HandshakeFailed
    with pytest.raises(refused):
        meet(stranger.client_security(bob.keys.public_bytes), bob.server_security(), name)
    with pytest.raises(refused):
        meet(bob.client_security(stranger.keys.public_bytes), stranger.server_security(), name)


def test_nodes_prefer_noise() -> None:
    alice, bob = member(), member()
    client, server = alice.client_security(bob.keys.public_bytes), bob.server_security()
    assert client.new_mechanism(DEALER).names == ("NOISE",)
    assert server.new_mechanism(ROUTER).names == ("NOISE", "CURVE")


def test_a_stranger_that_knows_the_public_key_is_kept_out() -> None:
    bob = member()
    with pytest.raises(AuthenticationFailed):
        meet(CurveClient(CurveKeys.generate(), bob.keys.public), bob.server_security())


def test_an_admitted_key_needs_no_proof_until_it_is_dismissed() -> None:
    bob, keys = member(), CurveKeys.generate()
    bob.admit(keys.public_bytes)
    assert are_ready(*meet(CurveClient(keys, bob.keys.public), bob.server_security()))
    bob.dismiss(keys.public_bytes)
    bob.dismiss(keys.public_bytes)
    with pytest.raises(AuthenticationFailed):
        meet(CurveClient(keys, bob.keys.public), bob.server_security())


def test_a_server_that_does_not_know_the_secret_is_dropped() -> None:
    alice, mallory = member(), CurveKeys.generate()
    with pytest.raises(HandshakeFailed, match="prove"):
        meet(
            alice.client_security(mallory.public_bytes),
            CurveServer(mallory, lambda _: AuthenticationReply(200)),
        )


def test_an_admitted_server_needs_no_proof() -> None:
    alice, keys = member(), CurveKeys.generate()
    alice.admit(keys.public_bytes)
    server = CurveServer(keys, lambda _: AuthenticationReply(200))
    assert are_ready(*meet(alice.client_security(keys.public_bytes), server))


def test_a_proof_names_both_ends_and_the_part() -> None:
    alice, bob, carol = member(), member(), member()
    proof = {PROOF_PROPERTY: alice.proof_for(bob.keys.public_bytes, by_server=False)}
    assert bob.is_proven(alice.keys.public_bytes, proof, by_server=False)
    assert not bob.is_proven(alice.keys.public_bytes, proof, by_server=True)
    assert not bob.is_proven(carol.keys.public_bytes, proof, by_server=False)
    assert not carol.is_proven(alice.keys.public_bytes, proof, by_server=False)
    assert not alice.is_proven(bob.keys.public_bytes, proof, by_server=True)
    assert not bob.is_proven(alice.keys.public_bytes, {}, by_server=False)


def test_a_false_server_cannot_pass_a_members_proof_on() -> None:
    alice, bob, mallory = member(), member(), CurveKeys.generate()
    seen: list[bytes] = []

    def note(request: AuthenticationRequest) -> AuthenticationReply:
        seen.append(request.metadata[PROOF_PROPERTY])
        return AuthenticationReply(200)

    with pytest.raises(HandshakeFailed):
        meet(alice.client_security(mallory.public_bytes), CurveServer(mallory, note))
    replayed = CurveClient(mallory, bob.keys.public).new_mechanism({**DEALER, PROOF_PROPERTY: seen[0]})
    server = speaking(bob.server_security(), "CURVE", ROUTER)
    with pytest.raises(AuthenticationFailed):
        converse(replayed, server, bob)
    assert server.state is HandshakeState.FAILED
    assert PROOF_PROPERTY.encode() not in b"".join(drain(server))


def test_noise_takes_no_other_server_than_the_one_meant() -> None:
    alice, bob, carol = member(), member(), member()
    with pytest.raises(HandshakeFailed, match="another server"):
        meet(alice.client_security(carol.keys.public_bytes), bob.server_security(), "NOISE")


def test_what_is_remembered_is_bounded_and_the_oldest_gives_way() -> None:
    trust = member()
    keys = [number.to_bytes(32, "big") for number in range(MAX_ADMITTED + 2)]
    for key in keys[:-2]:
        trust.admit(key)
    trust.admit(keys[0])
    for key in keys[-2:]:
        trust.admit(key)
    assert len(trust._admitted) == MAX_ADMITTED
    assert trust.is_admitted(keys[0])
    assert not trust.is_admitted(keys[1])
    assert not trust.is_admitted(keys[2])
    assert trust.is_admitted(keys[3])


def test_only_keys_are_admitted_and_connected_to() -> None:
    with pytest.raises(OptionError):
        member().admit(b"short")
    with pytest.raises(OptionError):
        member().client_security(bytes(32))


def test_hides_its_secrets() -> None:
    trust = member()
    for thing in (trust, trust.server_security(), trust.client_security(trust.keys.public_bytes)):
        assert trust.keys.secret not in repr(thing)
