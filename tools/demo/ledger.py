"""What one member received from each other one, held against what was sent."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Account", "Ledger"]


@dataclass(slots=True)
class Account:
    """Readings of one sender, by their numbers 0, 1, 2 ..."""

    received: int = 0
    """Different readings."""
    repeated: int = 0
    """Arrivals of a reading that was there already."""
    disordered: int = 0
    """Arrivals after a reading with a higher number."""
    _next: int = 0
    _missing: set[int] = field(default_factory=set)
    """Numbers below `_next` that did not arrive."""

    def note(self, number: int) -> None:
        """Enter one arrival."""
        if number >= self._next:
            self._missing.update(range(self._next, number))
            self._next = number + 1
            self.received += 1
        elif number in self._missing:
            self._missing.remove(number)
            self.received += 1
            self.disordered += 1
        else:
            self.repeated += 1


class Ledger:
    """One member's accounts, a row a sender."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}

    def note(self, sender: str, number: int) -> None:
        """Enter the arrival of one reading."""
        account = self.accounts.get(sender)
        if account is None:
            account = self.accounts[sender] = Account()
        account.note(number)

    @property
    def received(self) -> int:
        """Different readings of all senders."""
        return sum(account.received for account in self.accounts.values())

    @property
    def faults(self) -> int:
        """Readings that came twice or in the wrong order."""
        return sum(account.repeated + account.disordered for account in self.accounts.values())

    def missing(self, sent: dict[str, int]) -> dict[str, int]:
        """Return how many readings of each sender are missing; `sent` says how many there were."""
        lacking = {
            sender: count - (self.accounts[sender].received if sender in self.accounts else 0)
            for sender, count in sent.items()
        }
        return {sender: count for sender, count in lacking.items() if count}
