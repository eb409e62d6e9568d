"""Pinned keys: who is let in lies in a directory, a certificate a file, as with `authorized_keys`."""

from __future__ import annotations

import os
from collections.abc import Mapping

from covey.errors import KeyFileError, OptionError
from covey.values import frozen

from ..curve.keys import SECRET_SUFFIX, CurveKeys
from ..curve.protection import describe
from ..hkdf import expand, extract
from .signed_seal import HINT_SIZE, short_id
from .signing import Signer

__all__ = ["MAX_PINS", "Pin", "PinKeys", "Pinned", "pinned_psk"]

MAX_PINS = 16_384
"""Certificates that count; further files are passed over."""
_SALT = b"covey pinned 1"
_KEY_SIZE = 32


@frozen
class Pin:
    """One member's certificate."""

    public_key: bytes
    name: str
    signing_key: bytes | None
    """Its Ed25519 key; None in certificates that covey did not make."""
    path: str


class Pinned:
    """Trust in the keys of a directory.

    Args:
        directory: of public certificates in czmq's format. Files that are none are told about and passed
            over; hidden ones, and secret halves, are not looked at.
        keys: our own pair, which the others must have in theirs.

    Raises:
        OptionError: the directory cannot be read, or the keys are none.
    """

    def __init__(self, directory: str | os.PathLike[str], keys: CurveKeys | str | os.PathLike[str]) -> None:
        self.directory = os.fspath(directory)
        self.keys = keys if isinstance(keys, CurveKeys) else CurveKeys.load(keys)
        self.pins, self.faults = self.read()
        """What `read` found at first."""

    def read(self) -> tuple[dict[bytes, Pin], list[str]]:
        """Return who is pinned now by public key, and what is wrong with files that are no certificates.

        Raises:
            OptionError: the directory cannot be read.
        """
        try:
            names = sorted(os.listdir(self.directory))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise OptionError(
                "pinned", f"{self.directory}: {reason}; it is a directory of certificates"
            ) from None
        pins: dict[bytes, Pin] = {}
        faults: list[str] = []
        for name in names:
            path = os.path.join(self.directory, name)
            if name.startswith(".") or name.endswith(SECRET_SUFFIX) or not os.path.isfile(path):
                continue
            try:
                pin = _read_pin(path)
            except KeyFileError as error:
                faults.append(str(error))
                continue
            if len(pins) < MAX_PINS:
                pins[pin.public_key] = pin
        return pins, faults

    def __repr__(self) -> str:
        return f"Pinned({self.directory!r}, {self.keys!r})"


def _read_pin(path: str) -> Pin:
    facts = describe(path)
    try:
        signing_key = bytes.fromhex(facts.metadata.get("covey-sign", ""))
    except ValueError:
        raise KeyFileError(path, "covey-sign is no key") from None
    name = facts.metadata.get("name") or os.path.basename(path)
    return Pin(facts.public_key, name, signing_key if len(signing_key) == _KEY_SIZE else None, path)


class PinKeys:
    """Keys for announcements: each member seals with a key made of its own public key and the mesh's name.

    So who has not pinned a member cannot read, let alone make, what it announces; that a pinned one made it,
    its signature says.
    """

    def __init__(self, keys: CurveKeys, mesh: str) -> None:
        self._mesh = mesh
        self._hints: dict[bytes, bytes] = {}
        self._signers: dict[bytes, tuple[bytes, bytes]] = {}
        self._own = keys.public_bytes
        self._own_hint, self._own_key = _derive(keys.public_bytes, mesh)
        self._own_signer = (keys.public_bytes, Signer.of_member(keys).public_bytes)
        self.use({})

    def use(self, pins: Mapping[bytes, Pin]) -> None:
        """Know these members from now on."""
        derived = {key: _derive(key, self._mesh) for key in pins}
        self._hints = dict(derived.values())
        self._hints[self._own_hint] = self._own_key
        self._signers = {
            short_id(key): (key, pin.signing_key) for key, pin in pins.items() if pin.signing_key is not None
        }
        self._signers[short_id(self._own)] = self._own_signer

    def own(self) -> tuple[bytes, bytes]:
        """Return our hint and the key that we seal with."""
        return self._own_hint, self._own_key

    def opening(self, hint: bytes) -> bytes | None:
        """Return the key of the member with this hint."""
        return self._hints.get(hint)

    def signer(self, identity: bytes) -> tuple[bytes, bytes] | None:
        """Return CURVE key and signing key of a member."""
        return self._signers.get(identity)


def pinned_psk(server_key: bytes, mesh: str) -> bytes:
    """Return the pre-shared key of NOISE towards the holder of a pinned key, 32 octets."""
    info = b"noise psk\0" + mesh.encode("utf-8", "surrogatepass")
    return expand(extract(_SALT, server_key), info, _KEY_SIZE)


def _derive(public_key: bytes, mesh: str) -> tuple[bytes, bytes]:
    output = expand(extract(_SALT, public_key), mesh.encode("utf-8", "surrogatepass"), HINT_SIZE + _KEY_SIZE)
    return output[:HINT_SIZE], output[HINT_SIZE:]
