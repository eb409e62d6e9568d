"""The plainest command lines of `covey agent`, read without click, which takes longer to import than a node to start.

Plain is what programs and habit write: each option by its full name, with its value behind it, and nothing from the
environment. All else, from help to mistakes, is for click, which knows what there is and explains it; what is read
here means the same there.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from covey.values import frozen

from .options import DEFAULT_MESH, MeshOptions, default_name
from .trust_options import TrustOptions

__all__ = ["VARIABLES", "AgentCall", "read_agent", "run_directly"]

_VERB = "agent"
_ONE = frozenset({"--mesh", "--name", "--secret-file"})
_SEVERAL = frozenset({"--group", "--interface"})
_FLAG = "--json"
VARIABLES = (
    *("COVEY_AUTHORITY", "COVEY_DISCOVER", "COVEY_ETCD", "COVEY_GOSSIP_BIND", "COVEY_GOSSIP_CONNECT"),
    *("COVEY_INTERFACE", "COVEY_KEYS", "COVEY_MESH", "COVEY_PASSPHRASE_FILE", "COVEY_PINNED"),
    *("COVEY_SECRET_FILE", "COVEY_SEED", "COVEY_TRUST", "_COVEY_COMPLETE"),
)
"""Variables of the environment that options have, and the one by which a shell asks for completions."""


@frozen
class AgentCall:
    """What `run_agent` takes."""

    options: MeshOptions
    groups: tuple[str, ...]
    as_json: bool


def read_agent(arguments: Sequence[str], environment: Mapping[str, str]) -> AgentCall | None:
    """Return what a plain command line behind `covey` says, None when it is for click to read."""
    if not arguments or arguments[0] != _VERB or any(name in environment for name in VARIABLES):
        return None
    one: dict[str, str] = {}
    several: dict[str, list[str]] = {name: [] for name in _SEVERAL}
    as_json = False
    words = iter(arguments[1:])
    for word in words:
        if word == _FLAG:
            as_json = True
            continue
        value = next(words, "")
        if not value or value.startswith("-"):
            return None
        if word in _SEVERAL:
            several[word].append(value)
        elif word in _ONE and word not in one:
            one[word] = value
        else:
            return None
    options = MeshOptions(
        one.get("--name") or default_name(),
        one.get("--mesh", DEFAULT_MESH),
        TrustOptions(secret_file=one.get("--secret-file")),
        tuple(several["--interface"]),
        name_is_given="--name" in one,
        mesh_is_given="--mesh" in one,
    )
    return AgentCall(options, tuple(several["--group"]), as_json)


def run_directly(call: AgentCall) -> int:
    """Run it and return its exit status, errors told as for every verb."""
    from .agent import run_agent

    try:
        logging.basicConfig(level=logging.WARNING, format="covey: %(message)s")
        return run_agent(call.options, call.groups, as_json=call.as_json)
    except BaseException as error:
        from .main import status_of

        return status_of(error)
