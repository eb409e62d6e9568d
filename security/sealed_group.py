"""SealedGroup: what a user hands to RADIO and DISH as `security=` so that their multicast is sealed.

::

    group = covey.SealedGroup("weather")
    radio = covey.Radio(security=group)
    dish = covey.Dish(security=group)

Who may read is said by `welcome` and `dismiss`; what they and `take` return is to be carried to the members over
channels that are encrypted and prove who speaks. `covey.Node.sealed_group` does all of it by itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import ClassVar, NoReturn

from covey.errors import OptionError, ProtocolError

from .group.hand_over import Have, Key, Want, decode, encode
from .group.receiver import GroupCounts, GroupReceiver
from .group.sender import GroupSender
from .mechanism import Mechanism

__all__ = ["HandOver", "SealedGroup"]

HandOver = tuple[str, bytes]
"""A member, and what it is to be told."""

_LONGEST = 255
_CIPHERS = {"ChaChaPoly": 1, "AESGCM": 2}


class SealedGroup:
    """The keys of one process in one group: its own as a sender, and those of the senders that it hears.

    Args:
        name: of the group of members; nothing of it is seen on the wire.
        sign: whether what this process sends is signed, so that other members cannot pose as it.
        cipher: ChaChaPoly or AESGCM; the one this machine is faster at if not given.

    Raises:
        OptionError: a name that is empty or longer than 255 octets, or an unknown cipher.
    """

    mechanism: ClassVar[str] = "GROUP"
    as_server: ClassVar[bool] = False
    authenticator: ClassVar[None] = None

    def __init__(self, name: str, *, sign: bool = False, cipher: str | None = None) -> None:
        # The encryption library is loaded here, not when the first message is sent.
        from .group import signing
        from .noise.hardware import fast_cipher

        octets = name.encode()
        if not 0 < len(octets) <= _LONGEST:
            raise OptionError("name", f"has 1 to {_LONGEST} octets, not {len(octets)}")
        chosen = cipher or fast_cipher()
        if chosen not in _CIPHERS:
            raise OptionError("cipher", f"{chosen!r} is none of {', '.join(_CIPHERS)}")
        self.name = name
        self._octets = octets
        self.sender = GroupSender(
            octets, _CIPHERS[chosen], os.urandom, signing.Ed25519Signer() if sign else None
        )
        self.receiver = GroupReceiver(octets, signing.verify)
        self._watchers: list[Callable[[], None]] = []

    # -- members

    @property
    def members(self) -> tuple[str, ...]:
        """Who may read what we send."""
        return self.sender.members

    @property
    def senders(self) -> tuple[str, ...]:
        """Whose messages we can read."""
        return self.receiver.senders

    def welcome(self, member: str) -> list[HandOver]:
        """Let a member read what we send from now on; return what is to be told to whom."""
        self.sender.welcome(member)
        return self.outgoing()

    def dismiss(self, member: str, now: float) -> list[HandOver]:
        """Let a member read nothing that is sent later than a second from now, and take nothing more from it.

        Args:
            member: as it was welcomed.
            now: the loop's time, in seconds.
        """
        self.sender.dismiss(member, now)
        self.receiver.forget(member)
        return self.outgoing()

    def take(self, member: str, message: bytes) -> list[HandOver]:
        """Take what a member tells us of its keys; return what is to be told to whom.

        A member gets keys only if it was welcomed; asking does not make one.

        Raises:
            ProtocolError: it cannot be read, or is about another group.
        """
        group, said = decode(message)
        if group != self._octets:
            raise ProtocolError("a hand-over about another group")
        replies: list[HandOver] = []
        if isinstance(said, Key):
            key_id = self.receiver.take_key(member, said)
            replies.append((member, encode(group, Have(key_id))))
            for watcher in self._watchers:
                watcher()
        elif isinstance(said, Have):
            self.sender.has_keys(member, said.key_id)
        elif member in self.sender.members:
            self.sender.welcome(member)
        return [*replies, *self.outgoing()]

    def asking(self) -> bytes:
        """Return what asks a member for its keys."""
        return encode(self._octets, Want())

    def outgoing(self) -> list[HandOver]:
        """Return what is to be told to whom, new epochs among it; each once."""
        told: list[HandOver] = []
        while (one := self.sender.next_message()) is not None:
            told.append(one)
        return told

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Have `changed` called whenever keys came; return what ends that."""
        self._watchers.append(changed)
        return lambda: self._watchers.remove(changed)

    def counts(self) -> GroupCounts:
        """Return what became of the records that came."""
        return self.receiver.counts()

    # -- Security

    def new_mechanism(self, metadata: Mapping[str, bytes]) -> Mechanism:
        """Refuse: connections are sealed by NOISE or CURVE.

        Raises:
            OptionError: always.
        """
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise OptionError(
            "security",
            "a sealed group protects multicast (udp, epgm, pgm, tipc groups); connections want NOISE",
        )

    def __repr__(self) -> str:
        return f"SealedGroup({self.name!r}, members={len(self.members)}, senders={len(self.senders)})"
