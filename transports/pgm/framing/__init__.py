"""What libzmq puts into TSDUs: an endless stream of ZMTP 1.0 frames, cut anywhere.

::

    TSDU:   | u16 offset | stream octets ... |
    frame:  | u8 n < 255 | flags | n - 1 octets |     or     | 0xff | u64 n | flags | n - 1 octets |

`offset` says where in the stream octets of this TSDU the first *message* starts: a receiver that joins late
or lost something takes up the stream there. It is 0xffff when no message starts here; it equals the number of
stream octets when the TSDU ends with a message and is not full. Bit 0 of flags says that more frames of the
same message follow.
"""

from __future__ import annotations

from .packer import Buffer, Message, Packer, Stretch
from .unpacker import Unpacker

__all__ = ["Buffer", "Message", "Packer", "Stretch", "Unpacker"]
