"""Every frame that crosses a bridge of the LAN."""

from __future__ import annotations

import os
import select
import socket
import struct
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from .packets import SOL_PACKET, packet_socket

__all__ = ["Capture"]

_STATISTICS = 6
_BUFFER = 128 << 20
_LARGEST_FRAME = 1 << 17

_PCAP_HEADER = struct.Struct("=IHHiIII")
_PCAP_RECORD = struct.Struct("=IIII")


class Capture:
    """A context that records a bridge from entering to leaving.

    A frame that its receiver has got is in it. Where frames came faster than they could be recorded,
    reading fails rather than keep silent about it.
    """

    def __init__(self, pid: int, bridge: str) -> None:
        self._where = (pid, bridge)
        self._socket: socket.socket
        self._frames: list[tuple[float, bytes]] = []
        self._lock = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._stop = os.pipe()

    def __enter__(self) -> Self:
        self._socket = packet_socket(*self._where, _BUFFER)
        self._socket.setblocking(False)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._stop[1])
        self._reader.join()
        os.close(self._stop[0])
        self._drain()
        self._socket.close()

    def __contains__(self, text: bytes) -> bool:
        """Say whether any frame so far holds these bytes."""
        return any(text in frame for frame in self.frames())

    def frames(self) -> list[bytes]:
        """Return the Ethernet frames so far, the oldest first."""
        if self._socket.fileno() != -1:
            self._drain()
        return [frame for _, frame in self._frames]

    def save(self, path: Path) -> None:
        """Write the frames as a pcap file."""
        self.frames()
        with path.open("wb") as file:
            file.write(_PCAP_HEADER.pack(0xA1B2C3D4, 2, 4, 0, 0, _LARGEST_FRAME, 1))
            for when, frame in self._frames:
                file.write(_PCAP_RECORD.pack(int(when), int(when % 1 * 1e6), len(frame), len(frame)))
                file.write(frame)

    def _read(self) -> None:
        ends = [self._socket.fileno(), self._stop[0]]
        while self._stop[0] not in select.select(ends, [], [])[0]:
            self._take()

    def _take(self) -> None:
        with self._lock:
            while True:
                try:
                    self._frames.append((time.time(), self._socket.recv(_LARGEST_FRAME)))
                except BlockingIOError:
                    return

    def _drain(self) -> None:
        self._take()
        _, lost = struct.unpack("II", self._socket.getsockopt(SOL_PACKET, _STATISTICS, 8))
        assert lost == 0, f"the capture lost {lost} frames"
