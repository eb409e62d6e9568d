"""What `covey join` and `covey authority` share: reading papers, showing certificates, finding the authority."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from covey.tools.advice import printable
from covey.tools.output import write_line

if TYPE_CHECKING:
    from covey.security.trust.certificate import Certificate
    from covey.security.trust.fingerprint import Fingerprint
    from covey.security.trust.permissions import Permissions

__all__ = [
    "authority_folder",
    "authority_option",
    "certificate_fields",
    "date",
    "fingerprint_fields",
    "permission_options",
    "permissions_of",
    "read_paper",
    "show_fields",
    "write_paper",
]

Command = Callable[..., Any]
SUFFIX = ".authority"
STANDARD_INPUT = "-"
_PERMISSIONS = {
    "publish": "topics that it may publish on",
    "subscribe": "topics that it may subscribe to",
    "group": "groups that it may be in",
    "service": "services that it may offer",
    "call": "services that it may call",
}


def read_paper(title: str, path: str) -> bytes:
    """Return what a paper holds, from a file or, for `-`, standard input.

    Raises:
        KeyFileError: it cannot be read, or is another kind of paper.
    """
    from covey.errors import KeyFileError, ProtocolError
    from covey.security.key_file import read_key_file
    from covey.security.trust.armor import dearmor

    text = sys.stdin.read() if path == STANDARD_INPUT else read_key_file(path, secret=False, limit=1 << 20)
    try:
        return dearmor(title, text)
    except ProtocolError as error:
        raise KeyFileError(path, str(error)) from error


def write_paper(title: str, data: bytes, path: str) -> None:
    """Write a paper to a file, in place of an older one, or, for `-`, to standard output."""
    from covey.security.key_file import write_key_file
    from covey.security.trust.armor import enarmor

    text = enarmor(title, data)
    if path == STANDARD_INPUT:
        write_line(text.rstrip("\n"))
    else:
        write_key_file(path, text, secret=False, overwrite=True)


def authority_option(command: Command) -> Command:
    """Add --authority, given to the command as `authority`."""
    return click.option(
        "--authority",
        metavar="DIR",
        envvar="COVEY_AUTHORITY_DIR",
        help=f"The authority's folder. Default: the one folder here whose name ends in {SUFFIX}.",
    )(command)


def authority_folder(given: str | None) -> str:
    """Return the authority's folder.

    Raises:
        click.UsageError: none was given, and there is not just one here.
    """
    if given is not None:
        return given
    here = sorted(name for name in os.listdir() if name.endswith(SUFFIX) and os.path.isdir(name))
    if len(here) == 1:
        return here[0]
    found = f"there are {', '.join(here)}" if here else "there is none here"
    raise click.UsageError(
        f"which authority? {found}; give --authority DIR (`covey authority new` makes one)"
    )


def permission_options(command: Command) -> Command:
    """Add --publish, --subscribe, --group, --service and --call, given to the command under these names."""
    for name, what in reversed(_PERMISSIONS.items()):
        text = f"Pattern of {what}; repeatable, '' for none. Default: all."
        command = click.option(f"--{name}", metavar="PATTERN", multiple=True, help=text)(command)
    return command


def permissions_of(given: dict[str, Sequence[str]]) -> Permissions:
    """Return permissions from the options; what was not given is not limited."""
    from covey.security.trust.patterns import EVERYTHING, Patterns
    from covey.security.trust.permissions import Permissions

    def patterns(name: str) -> Patterns:
        texts = given.get(name, ())
        return Patterns(tuple(text for text in texts if text)) if texts else EVERYTHING

    return Permissions(*(patterns(name) for name in _PERMISSIONS))


def certificate_fields(certificate: Certificate) -> dict[str, Any]:
    """Return a certificate as JSON can hold it."""
    from covey.security.trust.fingerprint import Fingerprint
    from covey.security.trust.permissions import Action

    permissions = {
        action.value: "everything"
        if (given := certificate.permissions.of(action).given) is None
        else list(given)
        for action in Action
    }
    return {
        "name": certificate.name,
        "mesh": certificate.mesh,
        "roles": list(certificate.roles),
        "valid_until": date(certificate.not_after),
        **fingerprint_fields(Fingerprint.of(certificate.curve_key, certificate.signing_key)),
        "permissions": permissions,
    }


def fingerprint_fields(fingerprint: Fingerprint) -> dict[str, str]:
    """Return what to compare."""
    return {"fingerprint": fingerprint.digits, "words": fingerprint.words}


def date(seconds: float) -> str:
    """Return a time in UTC."""
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
    except (OverflowError, ValueError):
        return f"{seconds} s after 1970"


def show_fields(fields: dict[str, Any], *, err: bool = False) -> None:
    """Print fields for people, a line each; lists and tables spread out."""
    for key, value in fields.items():
        if isinstance(value, dict):
            text = "; ".join(f"{name}: {_shown(one)}" for name, one in value.items() if one != "everything")
            value = text or "everything"
        text = _shown(value)
        if text and value != []:
            line = f"{key.replace('_', ' '):12} {printable(text)}"
            click.echo(line, err=True) if err else write_line(line)


def _shown(value: Any) -> str:
    return (", ".join(value) or "nothing") if isinstance(value, list) else str(value)
