"""Trust in an authority: what a member keeps in its folder.

::

    FOLDER/key, FOLDER/key_secret    its key pair
    FOLDER/request                   what the authority's owner approves
    FOLDER/membership                what came back: certificate, revocation list, announcement secret
    FOLDER/revocations               the newest list that was seen since; any copy of it may be put here
    FOLDER/NAME.guest                certificate of somebody who shows none: a program with libzmq
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from covey.errors import KeyFileError, OptionError, ProtocolError
from covey.values import field, frozen

from ..curve.keys import CurveKeys
from ..key_file import read_key_file, write_key_file
from ..passphrase import PassphraseSource
from ..secret import Secret
from .armor import dearmor, enarmor
from .issuer import CERTIFICATE_TITLE, MEMBERSHIP_TITLE, REVOCATIONS_TITLE
from .membership import Membership
from .revocations import MAX_REVOCATIONS, RevocationList
from .roll import Roll

__all__ = [
    "GUEST_SUFFIX",
    "KEY_FILE",
    "MEMBERSHIP_FILE",
    "REQUEST_FILE",
    "REVOCATIONS_FILE",
    "Authority",
    "AuthorityKeys",
    "Papers",
]

KEY_FILE: Final = "key"
REQUEST_FILE: Final = "request"
MEMBERSHIP_FILE: Final = "membership"
REVOCATIONS_FILE: Final = "revocations"
GUEST_SUFFIX: Final = ".guest"
MAX_GUESTS: Final = 1024
_LONGEST = 2 * MAX_REVOCATIONS + 65_536


@frozen
class Papers:
    """What a member's folder holds beside its keys."""

    membership: Membership
    secret: Secret
    revocations: RevocationList
    """The newest of both files."""
    guests: Mapping[str, bytes] = field(default_factory=dict)
    """Certificates of those who show none themselves, not looked at, by the name of their file."""


class Authority:
    """Trust in whom the authority of a mesh has certified.

    Args:
        directory: the member's folder, made by `covey join request`.
        passphrase: asked if the key is under one.

    Raises:
        KeyFileError: something is missing, damaged, or open to others.
        WrongPassphrase: it does not open the key.
        OptionError: the membership is for other keys.
    """

    def __init__(self, directory: str | os.PathLike[str], passphrase: PassphraseSource | None = None) -> None:
        self.directory = os.fspath(directory)
        self.keys = CurveKeys.load(os.path.join(self.directory, KEY_FILE), passphrase)
        self.papers = self.read()

    @property
    def mesh(self) -> str:
        """The mesh's name, as the authority has it."""
        return self.papers.membership.certificate.mesh

    @property
    def name(self) -> str:
        """What the authority calls this member."""
        return self.papers.membership.certificate.name

    def read(self) -> Papers:
        """Return what the folder holds now.

        Raises:
            KeyFileError: something is missing or damaged.
            OptionError: the membership is for other keys.
        """
        path = os.path.join(self.directory, MEMBERSHIP_FILE)
        if not os.path.lexists(path):
            raise KeyFileError(
                path, "no membership yet; let the authority's owner approve the request beside it"
            )
        try:
            membership = Membership.decode(dearmor(MEMBERSHIP_TITLE, _read(path)))
        except ProtocolError as error:
            raise KeyFileError(path, str(error)) from error
        if membership.certificate.curve_key != self.keys.public_bytes:
            raise OptionError("membership", f"{path} was made for other keys than {KEY_FILE} beside it")
        secret = membership.announcement_secret(self.keys)
        return Papers(membership, secret, self._newest(membership), self._guests())

    def _guests(self) -> dict[str, bytes]:
        try:
            names = sorted(name for name in os.listdir(self.directory) if name.endswith(GUEST_SUFFIX))
        except OSError as error:
            raise KeyFileError(self.directory, (error.strerror or str(error)).lower()) from error
        guests: dict[str, bytes] = {}
        for name in names[:MAX_GUESTS]:
            try:
                guests[name] = dearmor(CERTIFICATE_TITLE, _read(os.path.join(self.directory, name)))
            except (KeyFileError, ProtocolError):
                guests[name] = b"unreadable"  # no certificate either, which is what its reader says
        return guests

    def _newest(self, membership: Membership) -> RevocationList:
        path = os.path.join(self.directory, REVOCATIONS_FILE)
        if not os.path.lexists(path):
            return membership.revocations
        try:
            found = RevocationList.decode(dearmor(REVOCATIONS_TITLE, _read(path)))
        except ProtocolError as error:
            raise KeyFileError(path, str(error)) from error
        if found.mesh != membership.revocations.mesh or not found.is_issued_by(membership.authority):
            raise KeyFileError(path, "a list that this authority did not sign")
        return max(found, membership.revocations, key=lambda one: one.number)

    def save_revocations(self, data: bytes) -> None:
        """Keep a list that was taken, so that it counts after a restart too.

        Raises:
            KeyFileError: it cannot be written.
        """
        path = os.path.join(self.directory, REVOCATIONS_FILE)
        write_key_file(path, enarmor(REVOCATIONS_TITLE, data), secret=False, overwrite=True)

    def __repr__(self) -> str:
        return f"Authority({self.directory!r}, {self.keys!r})"


class AuthorityKeys:
    """Keys for announcements: one for all members, which the authority handed out, and the certificates' for
    signatures."""

    def __init__(self, secret: Secret, mesh: str, roll: Roll) -> None:
        self._key = secret.derive("signed announcement", mesh)
        self._roll = roll

    def own(self) -> tuple[bytes, bytes]:
        """Return no hint, and the key that all seal with."""
        return b"", self._key

    def opening(self, _hint: bytes) -> bytes | None:
        """Return the key that all seal with."""
        return self._key

    def signer(self, identity: bytes) -> tuple[bytes, bytes] | None:
        """Return CURVE key and signing key of a member whose certificate was seen."""
        certificate = self._roll.by_short_id(identity)
        return (certificate.curve_key, certificate.signing_key) if certificate is not None else None


def _read(path: str) -> str:
    return read_key_file(path, secret=False, limit=_LONGEST)
