"""What a receiver says to a source: NAKs, SPM requests, poll responses and reports."""

from __future__ import annotations

from collections.abc import Sequence

from .constants import (
    ACK,
    MAX_NAK_LIST,
    NAK,
    OPT_FIN,
    OPTIONS_NETWORK,
    OPTIONS_PARITY,
    POLR,
    SEQUENCE_MASK,
    SPMR,
)
from .events import SourceId
from .wire import Header, Nak, Option, Polr, Spmr, encode_packet
from .wire.ack import Ack
from .wire.nla import pack_address, unpack_address
from .wire.option_types import FlowReport, NakList, ParitySeen

__all__ = ["Upstream", "UpstreamWriter"]


class Upstream:
    """One packet and where it goes: an address without port, or None for the group (with a TTL of 1)."""

    __slots__ = ("data", "destination", "route")

    def __init__(self, data: bytes, destination: str | None, route: int = 0) -> None:
        self.data = data
        self.destination = destination
        self.route = route
        """Which of our ports to send from, cyclically; another one is tried when nobody answers.

        Several libzmq sockets on one host share their port, and the kernel picks the one that gets a NAK by
        the port it comes from: the wrong one would get it for ever.
        """


class UpstreamWriter:
    """Writes the packets for one source."""

    __slots__ = ("_destination", "_group", "_is_heard", "_nla", "_port", "_route", "_source")

    def __init__(self, source: SourceId, destination_port: int, group: bytes) -> None:
        self._source = source
        self._port = destination_port
        self._group = group
        self._destination = source.address
        self._nla = pack_address(source.address)
        self._route = 0
        self._is_heard = True

    def learn(self, nla: bytes) -> None:
        """Send to `nla` from now on; a link-local address keeps the scope that packets came with.

        One of another family is not believed: it could not be reached from where packets come from.
        """
        if nla != self._nla and len(nla) == len(self._nla):
            self._nla = nla
            self._destination = unpack_address(nla)

    def heard(self) -> None:
        """Take note that the source confirmed a request."""
        self._is_heard = True

    def repeat(self) -> None:
        """Take note that a request must be repeated: by another route, unless others were confirmed since."""
        if not self._is_heard:
            self._route += 1

    def _header(self, kind: int, flags: int = 0) -> Header:
        return Header(self._port, self._source.port, kind, self._source.gsi, flags)

    def naks(self, sequences: Sequence[int], seen: Sequence[int] = (), tag: int = 0) -> list[Upstream]:
        """Return as few NAKs as ask for all `sequences`.

        They are parity NAKs when `seen` says of each group how many parity packets are accounted for; `tag` is
        ours.
        """
        self._is_heard = self._is_heard and not sequences
        result: list[Upstream] = []
        for begin in range(0, len(sequences), MAX_NAK_LIST + 1):
            end = begin + MAX_NAK_LIST + 1
            first, *others = [each & SEQUENCE_MASK for each in sequences[begin:end]]
            options = [NakList(tuple(others)).to_option()] if others else []
            if seen:
                options.append(ParitySeen(tag, tuple(seen[begin:end])).to_option())
            flags = (OPTIONS_NETWORK if others else 0) | (OPTIONS_PARITY if seen else 0)
            nak = Nak(first, self._nla, self._group, tuple(options))
            packet = encode_packet(self._header(NAK, flags), nak)
            result.append(Upstream(packet, self._destination, self._route))
        return result

    def spmr(self) -> list[Upstream]:
        """Return the request for an SPM: to the group, which silences others, and to the source."""
        packet = encode_packet(self._header(SPMR), Spmr())
        return [Upstream(packet, None), Upstream(packet, self._destination)]

    def polr(self, sequence: int, turn: int, nla: bytes) -> Upstream:
        """Return the answer to a POLL."""
        packet = encode_packet(self._header(POLR), Polr(sequence, turn))
        same = nla == self._nla or len(nla) != len(self._nla)
        return Upstream(packet, self._destination if same else unpack_address(nla))

    def report(self, lead: int, expected: int, window: int, *, leaving: bool = False) -> Upstream:
        """Return a report of how far we are; a leaving receiver is not to be waited for."""
        options = [FlowReport(expected & SEQUENCE_MASK, window).to_option()]
        if leaving:
            options.append(Option(OPT_FIN))
        ack = Ack(lead & SEQUENCE_MASK, 1, tuple(options))
        return Upstream(encode_packet(self._header(ACK), ack), self._destination)
