"""Several mechanisms where one is usual: the peer's greeting decides which of them a connection speaks.

A *server* with a choice holds its own greeting's mechanism back until it has the peer's, and then names the same.
A *client* cannot wait (two that wait would wait for each other), so it names the one that it prefers; where the
server names another of its choice, this connection fails, and the next one begins with that. So it does where
the server hangs up before it has named any, which is what libzmq does on reading a name that it does not want.

Nobody on the way gains by changing a greeting: each mechanism of a choice is one that its owner trusts, and
proves both ends as if it were the only one.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NoReturn, cast

from covey.errors import HandshakeFailed, OptionError

from .mechanism import Authenticator, HandshakeState, Mechanism, Security

__all__ = ["ClientChoice", "MechanismChoice", "ServerChoice"]


class MechanismChoice(Mechanism):
    """Stands for a mechanism until the peer's greeting has named one.

    Args:
        names: what our greeting may name.
        choose: returns the mechanism to go on with where the peer's names this, None for none.
    """

    __slots__ = ("_choose", "_names", "authentication_request", "peer_metadata", "state", "user_id")

    name: ClassVar[str] = ""

    def __init__(self, names: tuple[str, ...], choose: Callable[[str], Mechanism | None]) -> None:
        self.state = HandshakeState.EXCHANGING
        self.peer_metadata = {}
        self.user_id = ""
        self.authentication_request = None
        self._names = names
        self._choose = choose

    @property
    def names(self) -> tuple[str, ...]:
        """What our greeting may name."""
        return self._names

    def for_peer(self, name: str) -> Mechanism | None:
        """Return a fresh mechanism of that name, None where it cannot be (yet)."""
        return self._choose(name)

    def next_command(self) -> None:
        """Return None: nothing is said before the choice."""
        return

    def receive_command(self, body: bytes) -> NoReturn:
        """Refuse: nothing is said before the choice.

        Raises:
            HandshakeFailed: always.
        """
        raise HandshakeFailed("a command before the greeting")


class ServerChoice:
    """Accepts by any of several mechanisms, as the client likes.

    Args:
        first: one of them.
        others: the rest; all play the server's part and ask the same authenticator.

    Raises:
        OptionError: two of one name, a client among them, or they would not ask the same authenticator.
    """

    __slots__ = ("_by_name",)

    as_server: ClassVar[bool] = True

    def __init__(self, first: Security, *others: Security) -> None:
        self._by_name = {one.mechanism: one for one in (first, *others)}
        if len(self._by_name) <= len(others) or not all(one.as_server for one in (first, *others)):
            raise OptionError("security", "a choice is of servers, each of another mechanism")
        if any(one.authenticator is not first.authenticator for one in others):
            raise OptionError("security", "the servers of a choice ask the same authenticator")

    @property
    def mechanism(self) -> str:
        """The first one's name."""
        return next(iter(self._by_name))

    @property
    def authenticator(self) -> Authenticator | None:
        """Who decides on clients, whichever they choose."""
        return self._by_name[self.mechanism].authenticator

    @authenticator.setter
    def authenticator(self, authenticator: Authenticator | None) -> None:
        """Have copies of the servers ask somebody else."""
        self._by_name = {name: copy.copy(one) for name, one in self._by_name.items()}
        for one in self._by_name.values():
            cast("Any", one).authenticator = authenticator

    def new_mechanism(self, metadata: Mapping[str, bytes]) -> MechanismChoice:
        """Return what waits for a client's greeting and then becomes its mechanism."""
        by_name = self._by_name

        def choose(name: str) -> Mechanism | None:
            found = by_name.get(name)
            return None if found is None else found.new_mechanism(metadata)

        return MechanismChoice(tuple(by_name), choose)

    def __repr__(self) -> str:
        return f"ServerChoice({', '.join(map(repr, self._by_name.values()))})"


class ClientChoice:
    """Connects by the mechanism that it prefers, and by another where the server speaks only that.

    Args:
        preferred: tried first.
        other: tried when the server's greeting has named it.

    Raises:
        OptionError: both are of one name, or one is a server.
    """

    __slots__ = ("_is_unanswered", "_now", "_other")

    as_server: ClassVar[bool] = False
    authenticator: ClassVar[None] = None

    def __init__(self, preferred: Security, other: Security) -> None:
        if preferred.mechanism == other.mechanism or preferred.as_server or other.as_server:
            raise OptionError("security", "a choice is of two clients, each of another mechanism")
        self._now, self._other = preferred, other
        self._is_unanswered = False

    @property
    def mechanism(self) -> str:
        """The name of what is preferred, as far as is known of the server."""
        return self._now.mechanism

    def new_mechanism(self, metadata: Mapping[str, bytes]) -> MechanismChoice:
        """Return what becomes the mechanism if the server agrees."""
        tried = self._other if self._is_unanswered else self._now
        self._is_unanswered = not self._is_unanswered

        def choose(name: str) -> Mechanism | None:
            self._is_unanswered = False
            if name == tried.mechanism:
                return tried.new_mechanism(metadata)
            if name == self._other.mechanism:
                self._now, self._other = self._other, self._now
            return None

        return MechanismChoice((tried.mechanism,), choose)

    def __repr__(self) -> str:
        return f"ClientChoice({self._now!r}, {self._other!r})"
