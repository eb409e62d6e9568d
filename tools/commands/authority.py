"""`covey authority`: who decides on the members of a mesh."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import click

from covey.tools.durations import Duration
from covey.tools.options import MeshOptions, json_option, mesh_options, wait_option
from covey.tools.output import write_json, write_line
from covey.tools.papers import (
    SUFFIX,
    authority_folder,
    authority_option,
    certificate_fields,
    date,
    fingerprint_fields,
    permission_options,
    permissions_of,
    show_fields,
    write_paper,
)
from covey.tools.passphrases import Passphrases, passphrase_options

if TYPE_CHECKING:
    from covey.security.trust.certificate import Certificate
    from covey.security.trust.issuer import Issuer

__all__ = ["command"]


@click.group(short_help="Decide on the members of a mesh.")
def command() -> None:
    """Decide on the members of a mesh: the authority's key signs who belongs, and who no longer does.

    Its folder is needed only for that: keep it on a machine, or a stick, that no network reaches.
    """


@command.command()
@click.argument("mesh")
@click.option("--dir", "folder", metavar="DIR", help=f"Where to make it. Default: MESH{SUFFIX}.")
@click.option("--no-passphrase", is_flag=True, help="Leave the signing key without one.")
@passphrase_options
@json_option
def new(
    mesh: str, folder: str | None, passphrases: Passphrases, *, no_passphrase: bool, as_json: bool
) -> None:
    """Make the authority of MESH: a folder with its signing key, under a passphrase."""
    from covey.security.trust.issuer import Issuer

    place = folder or f"{mesh.replace(os.sep, '_')}{SUFFIX}"
    if no_passphrase and passphrases.is_given:
        raise click.UsageError("either a passphrase or --no-passphrase")
    if os.path.lexists(os.path.join(place, "authority_secret")):
        raise click.UsageError(f"{place} is an authority already; not overwritten")
    passphrase = None if no_passphrase else passphrases.new(f"the authority of {mesh}")
    issuer = Issuer.found(place, mesh, passphrase)
    fields = {"authority": place, "mesh": mesh, **fingerprint_fields(issuer.fingerprint)}
    if as_json:
        write_json(fields)
    else:
        show_fields(fields)


@command.command("list")
@authority_option
@passphrase_options
@json_option
def list_(authority: str | None, passphrases: Passphrases, *, as_json: bool) -> None:
    """List everybody who was ever approved."""
    issuer = _issuer(authority, passphrases)
    revocations, now = issuer.revocations(), time.time()
    for one in issuer.members():
        state = "valid" if now <= one.not_after else "expired"
        state = "revoked" if revocations.names(one.curve_key) else state
        if as_json:
            write_json({**certificate_fields(one), "state": state})
        else:
            fingerprint = certificate_fields(one)["fingerprint"]
            write_line("\t".join((one.name, state, date(one.not_after), fingerprint, ",".join(one.roles))))


@command.command()
@click.argument("member")
@authority_option
@click.option("--valid", type=Duration(), default="365d", show_default=True, help="For how long from now.")
@click.option("-o", "--output", metavar="FILE", help="Where the membership goes. Default: MEMBER.membership.")
@passphrase_options
@json_option
def renew(
    member: str,
    authority: str | None,
    valid: int,
    output: str | None,
    passphrases: Passphrases,
    *,
    as_json: bool,
) -> None:
    """Make a new certificate for MEMBER (its name or fingerprint), with the same permissions.

    A running node takes it as soon as it is in the machine's folder: `covey join accept`.
    """
    from covey.security.trust.issuer import MEMBERSHIP_TITLE
    from covey.security.trust.roll import CLOCK_SKEW
    from covey.values import replace

    issuer = _issuer(authority, passphrases)
    (old,) = _found(issuer, member, most=1)
    now = int(time.time())
    fresh = replace(old, serial=os.urandom(8), not_before=now - CLOCK_SKEW, not_after=now + valid)
    target = output or f"{old.name.replace(os.sep, '_')}.membership"
    write_paper(MEMBERSHIP_TITLE, issuer.issue(fresh), target)
    fields = {**certificate_fields(fresh), "membership": target}
    if as_json:
        write_json(fields)
    elif target != "-":
        show_fields(fields)


@command.command()
@click.argument("file", metavar="KEY", type=click.Path())
@authority_option
@click.option("--name", required=True, help="What the guest is called.")
@click.option("--valid", type=Duration(), default="365d", show_default=True, help="For how long from now.")
@permission_options
@click.option("-o", "--output", metavar="FILE", help="Where the certificate goes. Default: NAME.guest.")
@passphrase_options
@json_option
def admit(
    file: str,
    authority: str | None,
    output: str | None,
    passphrases: Passphrases,
    *,
    as_json: bool,
    **given: Any,
) -> None:
    """Let a program with libzmq talk to members by CURVE: certify its public KEY, a certificate file of czmq.

    It shows no certificate itself: put FILE into the folder of each member that it connects to. The members'
    public keys, which it needs, are in `key` there.
    """
    from covey.security.curve.keys import load_public_key
    from covey.security.trust.certificate import Certificate
    from covey.security.trust.issuer import CERTIFICATE_TITLE
    from covey.security.trust.roll import CLOCK_SKEW

    issuer = _issuer(authority, passphrases)
    now, name = int(time.time()), given["name"]
    dates = (now - CLOCK_SKEW, now + given["valid"])
    # It signs nothing: what bears its name would have to be signed by the authority itself.
    keys = (load_public_key(file), issuer.public_key)
    certificate = Certificate(
        issuer.mesh, name, os.urandom(8), *dates, *keys, ("guest",), permissions_of(given)
    )
    target = output or f"{name.replace(os.sep, '_')}.guest"
    write_paper(CERTIFICATE_TITLE, issuer.certify(certificate).encode(), target)
    fields = {**certificate_fields(certificate), "certificate": target}
    if as_json:
        write_json(fields)
    elif target != "-":
        show_fields(fields)


@command.command()
@click.argument("members", metavar="MEMBER...", nargs=-1, required=True)
@authority_option
@click.option(
    "--through", metavar="DIR", help="A member's folder on this machine: its nodes tell the mesh at once."
)
@passphrase_options
@json_option
def revoke(
    members: tuple[str, ...],
    authority: str | None,
    through: str | None,
    passphrases: Passphrases,
    *,
    as_json: bool,
) -> None:
    """Withdraw the keys of each MEMBER (its name or fingerprint) for good.

    The list counts where it gets to: put it into the folder of any member whose node runs (--through, or copy
    it there as `revocations`), or enter the mesh with it: `covey authority publish`.
    """
    from covey.security.trust.issuer import REVOCATIONS_TITLE

    issuer = _issuer(authority, passphrases)
    found = [one for member in members for one in _found(issuer, member)]
    revocations = issuer.revoke([one.curve_key for one in found], int(time.time()))
    if through is not None:
        write_paper(REVOCATIONS_TITLE, revocations.encode(), os.path.join(through, "revocations"))
    fields: dict[str, Any] = {
        "revoked": [one.name for one in found],
        "list": issuer.revocations_path,
        "number": revocations.number,
        "through": through or "",
    }
    if as_json:
        write_json(fields)
        return
    show_fields(fields)
    if through is None:
        click.echo(
            "covey: nobody knows yet: copy the list into a running member's folder, or `covey authority publish`",
            err=True,
        )


@command.command()
@click.argument("file", metavar="LIST", type=click.Path())
@mesh_options
@wait_option("How long to stay and tell everybody.")
@json_option
def publish(file: str, options: MeshOptions, wait: float, *, as_json: bool) -> int:
    """Enter the mesh as a member (--authority DIR) and tell everybody of the revocation LIST."""
    import asyncio

    from covey.security.trust.issuer import REVOCATIONS_TITLE
    from covey.tools import nodes
    from covey.tools.papers import read_paper
    from covey.tools.signals import run_interruptible
    from covey.tools.trust_options import member_folder

    if options.trust.chosen_mode() != "authority":
        raise click.UsageError(
            "only members can tell others: give --authority DIR, this machine's membership"
        )
    folder = options.trust.authority or member_folder(options.mesh)
    write_paper(REVOCATIONS_TITLE, read_paper(REVOCATIONS_TITLE, file), os.path.join(folder, "revocations"))
    node = nodes.open_node(options)
    told: list[str] = []

    async def stay() -> int:
        async with node:
            await asyncio.sleep(wait)
            told.extend(sorted(peer.name for peer in node.peers()))
        return 0 if told else 1

    status = run_interruptible(stay)
    if as_json:
        write_json({"told": told})
    else:
        show_fields({"told": told})
    return status


def _issuer(authority: str | None, passphrases: Passphrases) -> Issuer:
    from covey.security.trust.issuer import Issuer

    return Issuer.load(authority_folder(authority), passphrases)


def _found(issuer: Issuer, member: str, most: int | None = None) -> list[Certificate]:
    found = issuer.find(member)
    if not found:
        raise click.UsageError(f"no member is called {member!r}; see `covey authority list`")
    if most is not None and len(found) > most:
        raise click.UsageError(f"{len(found)} members are called {member!r}; give the fingerprint of one")
    return found
