"""`covey join`: how a machine becomes a member of a mesh with an authority."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from covey.tools.durations import Duration
from covey.tools.options import json_option
from covey.tools.output import write_json, write_line
from covey.tools.papers import (
    STANDARD_INPUT,
    authority_folder,
    authority_option,
    certificate_fields,
    fingerprint_fields,
    permission_options,
    permissions_of,
    read_paper,
    show_fields,
    write_paper,
)
from covey.tools.passphrases import Passphrases, passphrase_options
from covey.tools.trust_options import member_folder

if TYPE_CHECKING:
    from covey.security.curve.keys import CurveKeys
    from covey.security.trust.request import JoinRequest

__all__ = ["command"]

DEFAULT_MESH = "covey"


@click.group(short_help="Join a mesh that has an authority.")
def command() -> None:
    """Join a mesh that has an authority.

    On the machine: `covey join request`. By the authority's owner: `covey join approve`, with the request.
    What comes back goes into the machine's folder: by `covey join accept`, or just copied there as `membership`.
    """


def _folder_options(command: Any) -> Any:
    command = click.option("--dir", "folder", metavar="DIR", help="Default: ~/.config/covey/MESH.")(command)
    return click.option("--mesh", default=DEFAULT_MESH, show_default=True, envvar="COVEY_MESH")(command)


@command.command()
@_folder_options
@click.option("--name", help="What this machine would like to be called. Default: its host name.")
@click.option("--new-keys", is_flag=True, help="Replace the keys that are there; the old ones are gone.")
@click.option("--passphrase", "locked", is_flag=True, help="Lock the new keys with a passphrase.")
@passphrase_options
@json_option
def request(
    folder: str | None,
    mesh: str,
    name: str | None,
    passphrases: Passphrases,
    *,
    new_keys: bool,
    locked: bool,
    as_json: bool,
) -> None:
    """Make this machine's keys, and the request to be approved.

    The request has no secret in it: send it to the authority's owner by any way, and compare the words with
    what `covey join approve` shows there. Keys that are there already are used again, for a renewal.
    """
    import socket

    from covey.security.trust.authority import REQUEST_FILE
    from covey.security.trust.issuer import REQUEST_TITLE
    from covey.security.trust.request import JoinRequest

    place = folder or member_folder(mesh)
    wanted = name or socket.gethostname()
    keys = _keys(place, wanted, passphrases, new=new_keys, locked=locked or passphrases.is_given)
    asked = JoinRequest.make(wanted, keys)
    path = os.path.join(place, REQUEST_FILE)
    write_paper(REQUEST_TITLE, asked.encode(), path)
    fields = {"request": path, "name": asked.name, **fingerprint_fields(asked.fingerprint)}
    if as_json:
        write_json(fields)
        return
    show_fields(fields)
    write_paper(REQUEST_TITLE, asked.encode(), STANDARD_INPUT)


@command.command()
@click.argument("file", metavar="REQUEST", type=click.Path())
@authority_option
@click.option("--name", help="What the member is called. Default: as it asks.")
@click.option("--role", "roles", multiple=True, help="A role, for applications; repeatable.")
@click.option(
    "--valid", type=Duration(), default="365d", show_default=True, help="For how long: 90d, 12h, 30m."
)
@permission_options
@click.option(
    "-o", "--output", metavar="FILE", help="Where the membership goes. Default: `membership` beside REQUEST."
)
@click.option("--yes", is_flag=True, help="Do not ask; the fingerprint was compared.")
@passphrase_options
@json_option
def approve(
    file: str,
    authority: str | None,
    output: str | None,
    passphrases: Passphrases,
    *,
    yes: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Let the machine that made REQUEST (a file, or `-`) into the mesh.

    Compare the words with those that `covey join request` showed there: they are alike only if nobody
    changed the request on its way. In a pattern, * stands for anything but /, ** for anything.
    """
    from covey.errors import KeyFileError, ProtocolError
    from covey.security.trust.issuer import MEMBERSHIP_TITLE, REQUEST_TITLE, Issuer
    from covey.security.trust.request import JoinRequest

    try:
        asked = JoinRequest.decode(read_paper(REQUEST_TITLE, file))
    except ProtocolError as error:
        raise KeyFileError(file, str(error)) from error
    show_fields({"asks to join": asked.name, **fingerprint_fields(asked.fingerprint)}, err=True)
    _confirm(file, yes=yes)
    issuer = Issuer.load(authority_folder(authority), passphrases)
    certificate = _certificate(issuer.mesh, asked, given)
    target = output or _beside(file)
    write_paper(MEMBERSHIP_TITLE, issuer.issue(certificate), target)
    if as_json:
        write_json({**certificate_fields(certificate), "membership": target})
    elif target != STANDARD_INPUT:
        show_fields({**certificate_fields(certificate), "membership": target})
        click.echo(f"covey: on that machine: covey join accept {target} (nothing in it is secret)", err=True)


@command.command()
@click.argument("file", metavar="MEMBERSHIP", type=click.Path())
@click.option(
    "--dir", "folder", metavar="DIR", help="Where the request was made. Default: ~/.config/covey/MESH."
)
@json_option
def accept(file: str, folder: str | None, *, as_json: bool) -> None:
    """Put MEMBERSHIP (a file, or `-`), which came back from the authority's owner, into this machine's folder."""
    from covey.errors import KeyFileError, ProtocolError
    from covey.security.curve.protection import describe
    from covey.security.trust.authority import KEY_FILE, MEMBERSHIP_FILE
    from covey.security.trust.fingerprint import Fingerprint
    from covey.security.trust.issuer import MEMBERSHIP_TITLE
    from covey.security.trust.membership import Membership

    data = read_paper(MEMBERSHIP_TITLE, file)
    try:
        membership = Membership.decode(data)
    except ProtocolError as error:
        raise KeyFileError(file, str(error)) from error
    certificate = membership.certificate
    place = folder or member_folder(certificate.mesh)
    if describe(os.path.join(place, KEY_FILE)).public_key != certificate.curve_key:
        raise click.UsageError(f"{file} was made for another machine's keys than those in {place}")
    target = os.path.join(place, MEMBERSHIP_FILE)
    write_paper(MEMBERSHIP_TITLE, data, target)
    of_authority = Fingerprint.of(membership.authority)
    fields = {**certificate_fields(certificate), "membership": target, "authority": of_authority.words}
    if as_json:
        write_json(fields)
    else:
        show_fields(fields)
        write_line(f"{'enter with':12} covey agent --authority {place}")


def _keys(folder: str, name: str, passphrases: Passphrases, *, new: bool, locked: bool) -> CurveKeys:
    from covey.errors import KeyFileError
    from covey.security.curve.keys import CurveKeys
    from covey.security.curve.protection import save_keys
    from covey.security.trust.authority import KEY_FILE
    from covey.security.trust.signing import Signer

    path = os.path.join(folder, KEY_FILE)
    if os.path.lexists(path + "_secret") and not new:
        return CurveKeys.load(path, passphrases)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        raise KeyFileError(folder, (error.strerror or str(error)).lower()) from error
    keys = CurveKeys.generate()
    passphrase = passphrases.new(path) if locked else None
    metadata = {"name": name, "covey-sign": Signer.of_member(keys).public_bytes.hex()}
    save_keys(keys, path, metadata, passphrase=passphrase, overwrite=True)
    return keys


def _confirm(file: str, *, yes: bool) -> None:
    if yes:
        return
    if file == STANDARD_INPUT or not sys.stdin.isatty():
        raise click.UsageError(
            "nobody to ask whether these are the words that the machine shows; compare, then --yes"
        )
    if not click.confirm("Does the machine show the same words?", err=True):
        raise click.UsageError("not approved: the request is not the one that the machine made")


def _certificate(mesh: str, asked: JoinRequest, given: dict[str, Any]) -> Any:
    from covey.security.trust.certificate import Certificate
    from covey.security.trust.roll import CLOCK_SKEW

    roles: Sequence[str] = given["roles"]
    now = int(time.time())
    return Certificate(
        mesh,
        given["name"] or asked.name,
        os.urandom(8),
        now - CLOCK_SKEW,
        now + given["valid"],
        asked.curve_key,
        asked.signing_key,
        tuple(roles),
        permissions_of(given),
    )


def _beside(file: str) -> str:
    from covey.security.trust.authority import MEMBERSHIP_FILE, REQUEST_FILE

    if file == STANDARD_INPUT:
        return STANDARD_INPUT
    folder, name = os.path.split(file)
    return os.path.join(folder, MEMBERSHIP_FILE if name == REQUEST_FILE else f"{name}.{MEMBERSHIP_FILE}")
