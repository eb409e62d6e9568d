"""`covey keys`: key pairs as files, which czmq and pyzmq read too."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from covey.tools.advice import printable
from covey.tools.options import json_option
from covey.tools.output import write_json, write_line
from covey.tools.passphrases import Passphrases, passphrase_options

if TYPE_CHECKING:
    from covey.security.curve.keys import CurveKeys
    from covey.security.curve.protection import KeyFacts

__all__ = ["command"]

_OLD = ".old"


@click.group(short_help="Make, show and replace key pairs.")
def command() -> None:
    """Make, show and replace key pairs; take a key out of a pinned directory.

    A pair is two files, FILE to hand out and FILE_secret, which only its owner can read. Nodes use it with
    --keys, and let in whose FILE lies in the directory that --pinned names.
    """


@command.command()
@click.argument("file", type=click.Path())
@click.option("--name", help="Said in the certificate. Default: FILE's own name.")
@click.option("--passphrase", "locked", is_flag=True, help="Lock the secret half with a passphrase.")
@click.option("--keyring", is_flag=True, help="Keep the secret half in the system's key store.")
@passphrase_options
@json_option
def new(
    file: str, name: str | None, passphrases: Passphrases, *, locked: bool, keyring: bool, as_json: bool
) -> None:
    """Make a new key pair, FILE and FILE_secret. Existing files are never overwritten."""
    from covey.security.curve.keys import CurveKeys
    from covey.security.curve.protection import describe, save_keys

    locked = locked or passphrases.is_given
    if locked and keyring:
        raise click.UsageError("a secret is either in the key store or under a passphrase")
    if os.path.lexists(file):
        raise click.UsageError(f"{file} exists already; not overwritten")
    keys = CurveKeys.generate()
    passphrase = passphrases.new(file) if locked else None
    metadata = _metadata(name or os.path.basename(file), keys)
    save_keys(keys, file, metadata, passphrase=passphrase, in_key_store=keyring)
    _show(describe(file), as_json=as_json)


@command.command()
@click.argument("file", type=click.Path())
@click.option("--qr", is_flag=True, help="Show the public key as a QR code, too.")
@json_option
def show(file: str, *, qr: bool, as_json: bool) -> None:
    """Show the public half of a key pair, or of anybody's certificate, with its fingerprint to compare."""
    from covey.security.curve.protection import describe

    facts = describe(file)
    _show(facts, as_json=as_json)
    if qr:
        _show_qr(facts)


@command.command("list")
@click.argument("directory", type=click.Path(), default=".")
@json_option
def list_(directory: str, *, as_json: bool) -> None:
    """List the certificates in DIRECTORY, by default the current one."""
    from covey.errors import KeyFileError
    from covey.security.curve.protection import describe

    for path in _files(directory):
        try:
            facts = describe(path)
        except KeyFileError as error:
            if path.endswith("_secret") or os.path.lexists(path + "_secret"):
                click.echo(f"covey: {printable(str(error))}", err=True)
            continue
        if as_json:
            write_json(_fields(facts))
        else:
            name = printable(facts.metadata.get("name", ""))
            cells = (os.path.basename(facts.path), name, _z85(facts), facts.protection.value)
            write_line("\t".join(cells))


@command.command()
@click.argument("file", type=click.Path())
@passphrase_options
@json_option
def rotate(file: str, passphrases: Passphrases, *, as_json: bool) -> None:
    """Replace a key pair by a new one, guarded the same way.

    The old public certificate stays as FILE.old, to revoke it where it was handed out.
    """
    from covey.security.curve.keys import CurveKeys
    from covey.security.curve.protection import Protection, describe, public_text, save_keys
    from covey.security.key_file import write_key_file
    from covey.security.os_key_store import forget_secret

    old = describe(file)
    if old.protection is Protection.NONE:
        raise click.UsageError(f"{file} has no secret half here; only its owner can replace it")
    locked = old.protection is Protection.PASSPHRASE
    if locked:
        CurveKeys.load(file, passphrases)
    passphrase = passphrases(file) if locked and passphrases.is_given else None
    if locked and passphrase is None:
        passphrase = passphrases.new(file)
    keys = CurveKeys.generate()
    write_key_file(file + _OLD, public_text(old.public_key, old.metadata), secret=False, overwrite=True)
    metadata = _metadata(old.metadata.get("name", os.path.basename(file)), keys)
    in_store = old.protection is Protection.KEY_STORE
    save_keys(keys, file, metadata, passphrase=passphrase, in_key_store=in_store, overwrite=True)
    if in_store:
        forget_secret(_z85(old))
    _show(describe(file), as_json=as_json)
    click.echo(
        f"covey: hand {file} out again; take the old key back with: covey keys revoke {file}{_OLD} --from DIR",
        err=True,
    )


@command.command()
@click.argument("key", metavar="FILE|KEY|NAME")
@click.option("--from", "directory", required=True, metavar="DIR", help="The pinned directory.")
def revoke(key: str, directory: str) -> None:
    """Take a key out of a pinned directory: every certificate of it is removed.

    Nodes that use the directory cut its holder off within a second. In a mesh with an authority, use
    `covey authority revoke`.
    """
    found = [facts for facts in _certificates(directory) if _is_meant(facts, key)]
    if not found:
        raise click.UsageError(f"no certificate in {directory} is {key}; see `covey keys list {directory}`")
    names = {facts.public_key for facts in found}
    if len(names) > 1:
        raise click.UsageError(f"{key} means {len(names)} different keys; give the file or the key itself")
    for facts in found:
        os.unlink(facts.path)
        click.echo(f"{facts.path}: removed")


@command.command()
@click.argument("key", metavar="KEY")
@click.argument("file", type=click.Path())
@click.option("--name", help="Said in the certificate. Default: FILE's own name.")
def add(key: str, file: str, name: str | None) -> None:
    """Write the certificate FILE of a public KEY, as it stands under a QR code (40 characters)."""
    from covey.security.curve.keys import decode_key
    from covey.security.curve.protection import describe, public_text
    from covey.security.key_file import write_key_file

    public = decode_key("key", key)
    text = public_text(public, {"name": name or os.path.basename(file)})
    write_key_file(file, text, secret=False, overwrite=False)
    _show(describe(file), as_json=False)


def _metadata(name: str, keys: CurveKeys) -> dict[str, str]:
    import time

    from covey.security.trust.signing import Signer

    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return {"name": name, "created": created, "covey-sign": Signer.of_member(keys).public_bytes.hex()}


def _files(directory: str) -> list[str]:
    names = sorted(name for name in os.listdir(directory) if not name.startswith("."))
    paths = [os.path.join(directory, name) for name in names]
    # of a pair, the public half stands for both
    pairs = {path for path in paths if path.endswith("_secret") and path.removesuffix("_secret") in paths}
    return [path for path in paths if path not in pairs and os.path.isfile(path)]


def _certificates(directory: str) -> list[KeyFacts]:
    from covey.errors import KeyFileError
    from covey.security.curve.protection import describe

    found = []
    for path in _files(directory):
        try:
            found.append(describe(path))
        except KeyFileError:
            continue
    return found


def _is_meant(facts: KeyFacts, key: str) -> bool:
    from covey.errors import KeyFileError
    from covey.security.curve.keys import load_public_key

    if key in (_z85(facts), facts.metadata.get("name"), os.path.basename(facts.path)):
        return True
    try:
        return load_public_key(key) == facts.public_key
    except (KeyFileError, OSError):
        return False


def _z85(facts: KeyFacts) -> str:
    from covey.security.z85 import encode_z85

    return encode_z85(facts.public_key)


def _fields(facts: KeyFacts) -> dict[str, Any]:
    from covey.security.trust.fingerprint import Fingerprint

    fingerprint = Fingerprint.of(facts.public_key)
    return {
        "file": facts.path,
        "name": facts.metadata.get("name", ""),
        "public_key": _z85(facts),
        "fingerprint": fingerprint.digits,
        "words": fingerprint.words,
        "protection": facts.protection.value,
        "created": facts.metadata.get("created", ""),
    }


def _show(facts: KeyFacts, *, as_json: bool) -> None:
    fields = _fields(facts)
    if as_json:
        write_json(fields)
        return
    for key, value in fields.items():
        if value:
            write_line(f"{key.replace('_', ' '):12} {printable(str(value))}")


def _show_qr(facts: KeyFacts) -> None:
    from importlib.util import find_spec

    if find_spec("segno") is None:
        raise click.UsageError("a QR code needs a package: pip install 'covey[qr]'")
    import sys

    import segno

    segno.make(_z85(facts), micro=False).terminal(sys.stdout, compact=True)
