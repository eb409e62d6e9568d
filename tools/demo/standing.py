"""How a demo stands: what each member said last, and the summary in the end."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any

__all__ = ["MemberStanding", "Standing", "Summary"]

MILLISECONDS = 1000


@dataclass(slots=True)
class MemberStanding:
    """What one member told."""

    name: str
    uuid: str = ""
    """Empty until it is up."""
    peers: int = 0
    heard: int = 0
    """Members whose publications reach it."""
    sent: int = 0
    received: int = 0
    send_rate: float = 0.0
    receive_rate: float = 0.0
    final_sent: int | None = None
    account: dict[str, Any] | None = None
    _told_at: float = 0.0

    def take(self, words: dict[str, Any], now: float) -> None:
        """Enter what the member says; `now` is monotonic seconds."""
        match words["say"]:
            case "up":
                self.uuid = words["uuid"]
            case "progress":
                self._take_progress(words, now)
            case "sent":
                self.final_sent = self.sent = words["count"]
            case "account":
                self.account = words
                self.received = words["received"]

    def _take_progress(self, words: dict[str, Any], now: float) -> None:
        span = now - self._told_at
        if self._told_at and span > 0:
            self.send_rate = (words["sent"] - self.sent) / span
            self.receive_rate = (words["received"] - self.received) / span
        self._told_at = now
        self.peers, self.heard = words["peers"], words["heard"]
        self.sent, self.received = words["sent"], words["received"]


@dataclass(frozen=True, slots=True)
class Summary:
    """How a demo ended."""

    nodes: int
    seconds_to_full_mesh: float
    """From the start of the first process until every node knew every other."""
    sent: int
    """Readings published."""
    expected: int
    """Readings that should have arrived: each at everybody else."""
    received: int
    lost: int
    faults: int
    """Readings that came twice or in the wrong order."""
    latency_ms: float | None
    """Median time from publishing to receiving, milliseconds; None when nothing arrived."""

    @property
    def is_success(self) -> bool:
        """Whether everything that was sent arrived, once and in order."""
        return self.sent > 0 and self.received == self.expected and not self.lost and not self.faults


@dataclass(slots=True)
class Standing:
    """All members of one demo."""

    members: list[MemberStanding]
    full_mesh_after: float | None = None
    """Seconds; None while somebody does not know everybody."""
    phase: str = field(default="starting")

    @property
    def others(self) -> int:
        """How many peers each member should have."""
        return len(self.members) - 1

    def everybody_is_up(self) -> bool:
        """Whether every process has its node running."""
        return all(member.uuid for member in self.members)

    def everybody_knows_everybody(self) -> bool:
        """Whether the mesh is full."""
        return all(member.peers >= self.others for member in self.members)

    def everybody_hears_everybody(self) -> bool:
        """Whether publications reach all."""
        return all(member.heard >= self.others for member in self.members)

    def everybody_stopped(self) -> bool:
        """Whether all told how many readings they sent in the end."""
        return all(member.final_sent is not None for member in self.members)

    def everybody_accounted(self) -> bool:
        """Whether all told what they received."""
        return all(member.account is not None for member in self.members)

    def sent_by(self) -> dict[str, int]:
        """Return the final count of readings of each member, by uuid."""
        return {member.uuid: member.final_sent or 0 for member in self.members}

    def summary(self) -> Summary:
        """Add up what the members told; all have accounted."""
        accounts = [member.account for member in self.members if member.account is not None]
        sent = sum(self.sent_by().values())
        latencies = [latency for account in accounts for latency in account["latencies"]]
        return Summary(
            nodes=len(self.members),
            seconds_to_full_mesh=self.full_mesh_after or 0.0,
            sent=sent,
            expected=sent * self.others,
            received=sum(account["received"] for account in accounts),
            lost=sum(sum(account["missing"].values()) for account in accounts),
            faults=sum(account["faults"] for account in accounts),
            latency_ms=statistics.median(latencies) * MILLISECONDS if latencies else None,
        )
