"""The responder's part of the NOISE handshake (`docs/wire/noise.md`)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from covey.errors import HandshakeFailed

from ..commands import HELLO, INITIATE, READY, RETRY, WELCOME, make_command
from ..metadata import decode_metadata, encode_metadata
from .cipherstate import CipherState
from .constants import COOKIE_SIZE, GATE_SIZE, HEADER_SIZE, VERSION
from .gate import gate_key, passes_gate
from .handshakestate import HandshakeKeys, HandshakeState, StaticKey
from .mechanism import NoiseMechanism, RandomBytes, prologue
from .overdue import Overdue
from .patterns import PATTERNS, Pattern
from .suites import Suite, suite_by_codes

__all__ = ["NoiseServerMechanism", "ServerPlan"]


@dataclass(slots=True, frozen=True, repr=False)
class ServerPlan:
    """What all connections of one NoiseServer have in common."""

    static: StaticKey
    """Our lasting key pair."""
    psk: bytes
    """The pre-shared key; empty if there is none, and then patterns without one are spoken."""
    overdue: Overdue = field(default_factory=Overdue)
    """What handshakes came to nothing."""


class NoiseServerMechanism(NoiseMechanism):
    """Answers a handshake; the client counts once its last word proves that it is no recording.

    Args:
        plan: keys.
        metadata: what to say of itself, sealed.
        asks: whether somebody decides on the client's key.
        random: source of the fresh key.
    """

    __slots__ = ("_asks", "_ciphers", "_cookie", "_metadata", "_noise", "_plan")

    def __init__(
        self, plan: ServerPlan, metadata: Mapping[str, bytes], *, asks: bool, random: RandomBytes
    ) -> None:
        super().__init__(random)
        self._plan = plan
        self._metadata = encode_metadata(metadata)
        self._asks = asks
        self._cookie = b""
        self._noise: HandshakeState | None = None
        self._ciphers: tuple[CipherState, CipherState] | None = None
        self._expect(HELLO, self._receive_hello)

    def _receive_hello(self, data: bytes) -> None:
        if len(data) < HEADER_SIZE + GATE_SIZE or data[0] != VERSION:
            raise HandshakeFailed("NOISE: a malformed HELLO, or another version")
        pattern, suite = self._choice(data)
        known = self._plan.static.public if pattern.knows_responder else b""
        if not passes_gate(gate_key(self._plan.psk, known), data):
            raise HandshakeFailed("NOISE: a HELLO from somebody who does not know what members know")
        message = self._fresh_message(data[HEADER_SIZE:-GATE_SIZE])
        if message is None:
            return
        self._noise = noise = HandshakeState(
            pattern,
            suite,
            HandshakeKeys(self._plan.static, psk=self._plan.psk),
            initiator=False,
            prologue=prologue(data[:HEADER_SIZE]),
            random=self._random,
        )
        if noise.read_message(message):
            raise HandshakeFailed("NOISE: HELLO says more than it should")
        self._send(make_command(WELCOME, noise.write_message()))
        self._plan.overdue.welcomed()
        self._expect(INITIATE, lambda initiate: self._receive_initiate(initiate, noise))

    def _fresh_message(self, message: bytes) -> bytes | None:
        """Return Noise's first message, or None where its sender must show first that it is no recording."""
        if self._cookie:
            if not hmac.compare_digest(message[-COOKIE_SIZE:], self._cookie):
                raise HandshakeFailed("NOISE: a HELLO that does not answer RETRY")
            return message[:-COOKIE_SIZE]
        if not self._plan.overdue.is_many:
            return message
        self._cookie = self._random(COOKIE_SIZE)
        self._send(make_command(RETRY, self._cookie))
        self._expect(HELLO, self._receive_hello)
        return None

    def _choice(self, data: bytes) -> tuple[Pattern, Suite]:
        pattern, suite = PATTERNS.get(data[1]), suite_by_codes(data[2:HEADER_SIZE])
        if pattern is None or suite is None:
            raise HandshakeFailed("NOISE: a pattern, cipher or hash that is not known here")
        if pattern.has_psk != bool(self._plan.psk):
            raise HandshakeFailed(f"NOISE: {pattern.name} is not spoken here")
        return pattern, suite

    def _receive_initiate(self, data: bytes, noise: HandshakeState) -> None:
        if noise.is_over:
            receiving, sending = noise.split()
            said = receiving.decrypt(b"", data)
        else:
            said = noise.read_message(data)
            receiving, sending = noise.split()
        self._plan.overdue.initiated()
        self._ciphers = receiving, sending
        self.remote_key = noise.remote_static or b""
        self.handshake_hash = noise.handshake_hash
        self._learn(decode_metadata(said))
        if self._asks:
            self._ask((self.remote_key,))
        else:
            self._accepted()

    def _accepted(self) -> None:
        if self._ciphers is None:
            raise AssertionError("a verdict before INITIATE")  # pragma: no cover
        receiving, sending = self._ciphers
        self._send(make_command(READY, sending.encrypt(b"", self._metadata)))
        self._begin_traffic(sending, receiving)
