"""What applications give a node, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from covey.errors import OptionError

from .headers import MAX_STRING
from .timings import Timings

if TYPE_CHECKING:
    from covey.security.secret import Secret

    from .trust import Trust, TrustChoice

__all__ = ["DEFAULT_MESH", "checked_group", "chosen_mode", "fits", "frames", "timings"]

DEFAULT_MESH = "covey"


def chosen_mode(
    mesh: str | None, secret: Secret | None, trust: TrustChoice | None
) -> tuple[str, Trust | None]:
    """Return the mesh's name and the mode of trust at work, None in an open mesh.

    Raises:
        OptionError: two modes at once, or one for another mesh.
    """
    if secret is not None and trust is not None:
        raise OptionError("trust", "stands in place of secret; give one of them")
    choice = secret if trust is None else trust
    if choice is None:
        return mesh if mesh is not None else DEFAULT_MESH, None
    from .trust import trust_of

    name = mesh if mesh is not None else getattr(choice, "mesh", DEFAULT_MESH)
    return name, trust_of(choice, name)


def timings(evasive: float, expired: float) -> Timings:
    """Return what these make.

    Raises:
        OptionError: they are out of order.
    """
    try:
        return Timings(evasive=evasive, expired=expired)
    except ValueError as error:
        raise OptionError("evasive", str(error)) from None


def fits(text: str) -> bool:
    """Whether ZRE and announcements can carry a name."""
    try:
        return len(text.encode()) <= MAX_STRING
    except UnicodeEncodeError:
        return False


def checked_group(group: str) -> str:
    """Return a group's name.

    Raises:
        OptionError: ZRE cannot carry it.
    """
    if not group or not fits(group):
        raise OptionError("group", f"has 1 to 255 bytes of UTF-8: {group[:40]!r}")
    return group


def frames(data: bytes | Sequence[bytes]) -> list[bytes]:
    """Return the frames of a message.

    Raises:
        TypeError: it is neither bytes nor a sequence of them.
    """
    parts = [data] if isinstance(data, (bytes, bytearray, memoryview)) else list(data)
    if not parts or not all(isinstance(part, (bytes, bytearray, memoryview)) for part in parts):
        raise TypeError("takes bytes, or a sequence of at least one of them")
    return [bytes(part) for part in parts]
