"""Where a late joiner may start (RFC 3208 section 9.3)."""

from __future__ import annotations

from .constants import OPT_JOIN
from .sequence import unwrap
from .wire import Spm
from .wire.option_types import Join
from .wire.options import find_option

__all__ = ["oldest_offered"]


def oldest_offered(spm: Spm, lead: int) -> int:
    """Return the oldest sequence that an SPM lets late joiners ask for; what follows `lead` when it offers nothing.

    Raises:
        PgmError: OPT_JOIN of the wrong size.
    """
    option = find_option(spm.options, OPT_JOIN)
    if option is None:
        return lead + 1
    return max(unwrap(Join.from_option(option).minimum, lead), unwrap(spm.trail, lead))
