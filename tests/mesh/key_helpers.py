"""Meshes whose members have lasting keys, for tests."""

from __future__ import annotations

import os
import time
from pathlib import Path

from covey.security.curve.keys import CurveKeys
from covey.security.curve.protection import save_keys
from covey.security.trust.armor import enarmor
from covey.security.trust.authority import KEY_FILE, MEMBERSHIP_FILE, Authority
from covey.security.trust.certificate import Certificate
from covey.security.trust.issuer import MEMBERSHIP_TITLE, Issuer
from covey.security.trust.permissions import UNRESTRICTED, Permissions
from covey.security.trust.pinned import Pinned
from covey.security.trust.signing import Signer

__all__ = ["Club", "Pins"]


class Pins:
    """One directory of pinned keys that all nodes of a test use, and their pairs."""

    def __init__(self, folder: Path) -> None:
        self.keys = folder / "keys"
        self.pinned = folder / "pinned"
        self.keys.mkdir()
        self.pinned.mkdir()

    def member(self, name: str, *, pin: bool = True) -> Pinned:
        """Make a member, pinned or not yet."""
        keys = CurveKeys.generate()
        metadata = {"name": name, "covey-sign": Signer.of_member(keys).public_bytes.hex()}
        save_keys(keys, self.keys / name, metadata)
        if pin:
            self.pin(name)
        return Pinned(self.pinned, keys)

    def pin(self, name: str) -> None:
        """Put a member's certificate into the directory, in one step."""
        copy = self.keys / f"{name}.copy"
        copy.write_text((self.keys / name).read_text())
        os.rename(copy, self.pinned / name)

    def unpin(self, name: str) -> None:
        """Take it out."""
        os.unlink(self.pinned / name)


class Club:
    """An authority, and the folders of members that it certified."""

    def __init__(self, folder: Path, mesh: str = "lab") -> None:
        self.folder = folder
        self.mesh = mesh
        self.issuer = Issuer.found(folder / f"authority of {mesh}", mesh, None)

    def member(
        self, name: str, permissions: Permissions = UNRESTRICTED, *, seconds: float = 3600.0
    ) -> Authority:
        """Certify a new member for so many seconds."""
        folder = self.folder / name
        folder.mkdir()
        keys = CurveKeys.generate()
        keys.save(folder / KEY_FILE)
        self.certify(name, permissions, seconds=seconds)
        return Authority(folder)

    def certify(self, name: str, permissions: Permissions = UNRESTRICTED, *, seconds: float = 3600.0) -> None:
        """Write a membership for the keys in a member's folder."""
        keys = CurveKeys.load(self.folder / name / KEY_FILE)
        now = int(time.time())
        certificate = Certificate(
            self.mesh,
            name,
            os.urandom(8),
            now - 10,
            int(now + seconds),
            keys.public_bytes,
            Signer.of_member(keys).public_bytes,
            (),
            permissions,
        )
        text = enarmor(MEMBERSHIP_TITLE, self.issuer.issue(certificate))
        copy = self.folder / name / ".membership"
        copy.write_text(text)
        os.rename(copy, self.folder / name / MEMBERSHIP_FILE)

    def revoke(self, member: Authority) -> bytes:
        """Withdraw a member's key and return the list."""
        return self.issuer.revoke([member.keys.public_bytes], int(time.time())).encode()
