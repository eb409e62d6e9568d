"""The initiator's part of the NOISE handshake (`docs/wire/noise.md`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from covey.errors import HandshakeFailed

from ..commands import HELLO, INITIATE, READY, RETRY, WELCOME, make_command
from ..metadata import decode_metadata, encode_metadata
from .cipherstate import CipherState
from .constants import COOKIE_SIZE, VERSION
from .gate import gate_key, gate_tag
from .handshakestate import HandshakeKeys, HandshakeState, StaticKey
from .mechanism import NoiseMechanism, RandomBytes, prologue
from .patterns import Pattern
from .suites import Suite

__all__ = ["ClientPlan", "KeyCheck", "NoiseClientMechanism"]

KeyCheck = Callable[[bytes], bool]
"""Whether a server with this public key, 32 bytes, is to be talked to."""


@dataclass(slots=True, frozen=True, repr=False)
class ClientPlan:
    """What all connections of one NoiseClient have in common."""

    pattern: Pattern
    suite: Suite
    static: StaticKey
    """Our lasting key pair."""
    server_key: bytes | None
    """The one server key that is accepted, if that is known."""
    psk: bytes
    """The pre-shared key; empty if the pattern has none."""
    is_trusted: KeyCheck | None
    """Has a say on the server's key."""


class NoiseClientMechanism(NoiseMechanism):
    """Begins the handshake, and shows its own key only to a server that it accepts.

    Args:
        plan: pattern, suite, keys.
        metadata: what to say of itself, sealed.
        random: source of the fresh key.
    """

    __slots__ = ("_hello", "_metadata", "_noise", "_plan")

    def __init__(self, plan: ClientPlan, metadata: Mapping[str, bytes], *, random: RandomBytes) -> None:
        super().__init__(random)
        self._plan = plan
        self._metadata = encode_metadata(metadata)
        header = bytes((VERSION, plan.pattern.code)) + plan.suite.codes
        known = plan.server_key if plan.pattern.knows_responder else None
        self._noise = HandshakeState(
            plan.pattern,
            plan.suite,
            HandshakeKeys(plan.static, known, plan.psk),
            initiator=True,
            prologue=prologue(header),
            random=random,
        )
        self._hello = header + self._noise.write_message()
        self._say_hello()

    def _say_hello(self, cookie: bytes = b"") -> None:
        known = self._plan.server_key if self._plan.pattern.knows_responder else None
        said = self._hello + cookie
        self._send(make_command(HELLO, said + gate_tag(gate_key(self._plan.psk, known or b""), said)))
        self._expect(WELCOME, self._receive_welcome)

    def _dispatch(self, name: bytes, data: bytes) -> None:
        if name == RETRY and self._hello and len(data) == COOKIE_SIZE:
            self._say_hello(data)
            self._hello = b""  # once: a server that goes on asking is none
            return
        super()._dispatch(name, data)

    def _receive_welcome(self, data: bytes) -> None:
        self._hello = b""
        if self._noise.read_message(data):
            raise HandshakeFailed("NOISE: WELCOME says more than it should")
        self._check_server(self._noise.remote_static or b"")
        if self._noise.is_over:  # IK: the first sealed word proves that this HELLO was no recording
            sending, receiving = self._noise.split()
            initiate = sending.encrypt(b"", self._metadata)
        else:
            initiate = self._noise.write_message(self._metadata)
            sending, receiving = self._noise.split()
        self._send(make_command(INITIATE, initiate))
        self._expect(READY, lambda ready: self._receive_ready(ready, sending, receiving))

    def _receive_ready(self, data: bytes, sending: CipherState, receiving: CipherState) -> None:
        self._learn(decode_metadata(receiving.decrypt(b"", data)))
        self.remote_key = self._noise.remote_static or b""
        self.handshake_hash = self._noise.handshake_hash
        self._begin_traffic(sending, receiving)

    def _check_server(self, key: bytes) -> None:
        plan = self._plan
        if plan.server_key is not None and key != plan.server_key:
            raise HandshakeFailed("NOISE: another server than the one whose key is known")
        if plan.is_trusted is not None and not plan.is_trusted(key):
            raise HandshakeFailed("NOISE: a server whose key is not trusted")

    def _accepted(self) -> None:
        raise AssertionError("a NOISE client asks nobody")  # pragma: no cover
