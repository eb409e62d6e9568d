"""The authority's own side: its folder with the signing key, the members and the revocation list.

::

    FOLDER/authority             public key and mesh, for everybody
    FOLDER/authority_secret      signing seed and announcement secret; owner-only, best under a passphrase
    FOLDER/members/KEY-ID        the newest certificate of each member
    FOLDER/revocations           the newest list
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Self

from covey.errors import KeyFileError, OptionError, ProtocolError

from ..key_file import read_key_file, write_key_file
from ..passphrase import DEFAULT_COST, Cost, PassphraseSource, is_locked, lock, unlock
from ..secret import SECRET_SIZE
from ..zpl import parse_zpl
from .armor import dearmor, enarmor
from .certificate import Certificate
from .fingerprint import Fingerprint
from .membership import Membership
from .octets import text8
from .revocations import RevocationList, key_id
from .signing import SEED_SIZE, Signer

__all__ = ["CERTIFICATE_TITLE", "MEMBERSHIP_TITLE", "REQUEST_TITLE", "REVOCATIONS_TITLE", "Issuer"]

CERTIFICATE_TITLE = "CERTIFICATE"
MEMBERSHIP_TITLE = "MEMBERSHIP"
REQUEST_TITLE = "JOIN REQUEST"
REVOCATIONS_TITLE = "REVOCATIONS"
_PUBLIC, _SECRET, _MEMBERS, _LIST = "authority", "authority_secret", "members", "revocations"
_CONTEXT = b"covey authority"


class Issuer:
    """An authority that can sign. Make one with `found` or `load`."""

    def __init__(self, folder: str, mesh: str, signer: Signer, secret: bytes) -> None:
        self.folder = folder
        self.mesh = mesh
        self._signer = signer
        self._secret = secret

    def __repr__(self) -> str:
        return f"Issuer({self.folder!r}, mesh={self.mesh!r})"

    @property
    def public_key(self) -> bytes:
        """Its Ed25519 public key, 32 octets."""
        return self._signer.public_bytes

    @property
    def fingerprint(self) -> Fingerprint:
        """Of the public key, for members to compare."""
        return Fingerprint.of(self.public_key)

    # -- the folder

    @classmethod
    def found(
        cls, folder: str | os.PathLike[str], mesh: str, passphrase: bytes | None, cost: Cost = DEFAULT_COST
    ) -> Self:
        """Make a new authority in a new or empty folder.

        Raises:
            KeyFileError: there is one already, or the folder cannot be written.
            OptionError: a mesh name that does not fit, or an empty passphrase.
        """
        name = os.fspath(folder)
        text8("mesh", mesh)
        if not mesh or '"' in mesh:
            raise OptionError("mesh", "is a name without quotes")
        seed, secret = os.urandom(SEED_SIZE), os.urandom(SECRET_SIZE)
        issuer = cls(name, mesh, Signer(seed), secret)
        _make_folder(os.path.join(name, _MEMBERS))
        kept = (seed + secret).hex()
        if passphrase is not None:
            kept = lock(seed + secret, passphrase, _CONTEXT + issuer.public_key, cost)
        public = f'metadata\n    mesh = "{mesh}"\nauthority\n    public-key = "{issuer.public_key.hex()}"\n'
        banner = "#   The **Secret** key of a covey mesh's authority. Keep it where no network reaches.\n\n"
        secret_path = os.path.join(name, _SECRET)
        write_key_file(secret_path, f'{banner}{public}    kept = "{kept}"\n', secret=True, overwrite=False)
        banner = "#   The public key of a covey mesh's authority\n\n"
        write_key_file(os.path.join(name, _PUBLIC), banner + public, secret=False, overwrite=True)
        issuer._write_list(RevocationList(mesh, 0, 0).signed(issuer._signer))
        return issuer

    @classmethod
    def load(cls, folder: str | os.PathLike[str], passphrase: PassphraseSource | None) -> Self:
        """Open the authority in a folder.

        Raises:
            KeyFileError: there is none, or others can reach it.
            WrongPassphrase: the passphrase does not open it.
        """
        name = os.fspath(folder)
        path = os.path.join(name, _SECRET)
        try:
            values = parse_zpl(read_key_file(path, secret=True))
            mesh, kept = values["metadata/mesh"], values["authority/kept"]
            public = bytes.fromhex(values["authority/public-key"])
        except (KeyError, ValueError) as error:
            raise KeyFileError(path, "not the key of an authority") from error
        content = _kept(path, kept, public, passphrase)
        signer = Signer(content[:SEED_SIZE])
        if signer.public_bytes != public:
            raise KeyFileError(path, "damaged: its halves do not belong together")
        return cls(name, mesh, signer, content[SEED_SIZE:])

    # -- members

    def issue(self, certificate: Certificate) -> bytes:
        """Sign a certificate, keep it, and return the membership to hand over.

        Raises:
            OptionError: another mesh's, one that does not fit, or one for a revoked key.
            KeyFileError: the folder cannot be written.
        """
        signed = self.certify(certificate)
        return Membership.grant(self._signer, signed, self.revocations(), self._secret)

    def certify(self, certificate: Certificate) -> Certificate:
        """Sign a certificate and keep it; alone, without a membership, it makes a guest.

        Raises:
            OptionError: another mesh's, one that does not fit, or one for a revoked key.
            KeyFileError: the folder cannot be written.
        """
        if certificate.mesh != self.mesh:
            raise OptionError("mesh", f"this is the authority of {self.mesh!r}")
        if self.revocations().names(certificate.curve_key):
            raise OptionError(
                "key", "is revoked; let the machine make new keys: covey join request --new-keys"
            )
        signed = certificate.signed(self._signer)
        path = os.path.join(self.folder, _MEMBERS, key_id(signed.curve_key).hex())
        text = enarmor(CERTIFICATE_TITLE, signed.encode())
        write_key_file(path, text, secret=False, overwrite=True)
        return signed

    def members(self) -> list[Certificate]:
        """Return the newest certificate of each member ever approved, by name.

        Raises:
            KeyFileError: one cannot be read.
        """
        folder = os.path.join(self.folder, _MEMBERS)
        try:
            paths = [os.path.join(folder, name) for name in os.listdir(folder) if not name.startswith(".")]
        except OSError as error:
            raise KeyFileError(folder, (error.strerror or str(error)).lower()) from error
        found = [self._member(path) for path in paths]
        return sorted(found, key=lambda one: (one.name, one.serial))

    def _member(self, path: str) -> Certificate:
        try:
            certificate = Certificate.decode(dearmor(CERTIFICATE_TITLE, read_key_file(path, secret=False)))
        except ProtocolError as error:
            raise KeyFileError(path, str(error)) from error
        if not certificate.is_issued_by(self.public_key):
            raise KeyFileError(path, "a certificate that this authority did not sign")
        return certificate

    def find(self, wanted: str) -> list[Certificate]:
        """Return the members with this name, or whose key has a fingerprint that begins so."""
        digits = wanted.replace(" ", "").lower()
        found = []
        for one in self.members():
            fingerprint = Fingerprint.of(one.curve_key, one.signing_key).octets.hex()
            if one.name == wanted or (len(digits) >= 4 and fingerprint.startswith(digits)):
                found.append(one)
        return found

    # -- revocations

    def revocations(self) -> RevocationList:
        """Return the newest list.

        Raises:
            KeyFileError: it cannot be read, or is not ours.
        """
        path = self.revocations_path
        try:
            found = RevocationList.decode(dearmor(REVOCATIONS_TITLE, _read_long(path)))
        except ProtocolError as error:
            raise KeyFileError(path, str(error)) from error
        if not found.is_issued_by(self.public_key):
            raise KeyFileError(path, "a list that this authority did not sign")
        return found

    @property
    def revocations_path(self) -> str:
        """Where the newest list is."""
        return os.path.join(self.folder, _LIST)

    def revoke(self, curve_keys: Iterable[bytes], issued: int) -> RevocationList:
        """Withdraw public keys for good; return the new list.

        Raises:
            OptionError: the list is full.
            KeyFileError: the folder cannot be written.
        """
        fresh = self.revocations().with_keys(curve_keys, issued).signed(self._signer)
        self._write_list(fresh)
        return fresh

    def _write_list(self, revocations: RevocationList) -> None:
        text = enarmor(REVOCATIONS_TITLE, revocations.encode())
        write_key_file(self.revocations_path, text, secret=False, overwrite=True)


def _kept(path: str, kept: str, public: bytes, passphrase: PassphraseSource | None) -> bytes:
    if is_locked(kept):
        if passphrase is None:
            raise KeyFileError(path, "is protected by a passphrase, and nobody is there to give it")
        content = unlock(kept, passphrase(path), _CONTEXT + public)
    else:
        try:
            content = bytes.fromhex(kept)
        except ValueError:
            raise KeyFileError(path, "damaged: it holds no key") from None
    if len(content) != SEED_SIZE + SECRET_SIZE:
        raise KeyFileError(path, "damaged: it holds no key")
    return content


def _read_long(path: str) -> str:
    from .revocations import MAX_REVOCATIONS

    return read_key_file(path, secret=False, limit=2 * MAX_REVOCATIONS)


def _make_folder(path: str) -> None:
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
    except OSError as error:
        raise KeyFileError(path, (error.strerror or str(error)).lower()) from error
