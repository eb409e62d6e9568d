"""The certificate of a member, signed by the authority of a mesh (`docs/wire/certificate.md`).

::

    "CVC" 01  mesh  serial(8)  not_before(8)  not_after(8)  curve key(32)  signing key(32)
    name  roles_count(1) roles  permissions  signature(64)

Texts stand behind a length octet; times are Unix seconds; numbers are in network order.
"""

from __future__ import annotations

from typing import Self

from covey.errors import OptionError, ProtocolError
from covey.values import field, frozen

from .octets import Reader, text8
from .permissions import UNRESTRICTED, Permissions
from .signing import SIGNATURE_SIZE, Signer, is_signed

__all__ = ["MAX_CERTIFICATE", "Certificate"]

MAX_CERTIFICATE = 8192
"""Octets of a certificate at most; it has to fit into a handshake."""
_MAGIC = b"CVC\x01"
_WHAT = "a member's certificate"
_PURPOSE = "certificate 1"
_SERIAL_SIZE = 8
_KEY_SIZE = 32
_MAX_ROLES = 32


@frozen
class Certificate:
    """What the authority says of one member. Decoded ones may be forged: ask `is_issued_by`."""

    mesh: str
    name: str
    """Of the member, as the authority knows it."""
    serial: bytes
    """8 random octets."""
    not_before: int
    not_after: int
    """Unix seconds, both inclusive."""
    curve_key: bytes
    """The member's public key for CURVE and NOISE, 32 octets."""
    signing_key: bytes
    """Its Ed25519 public key, 32 octets."""
    roles: tuple[str, ...] = ()
    permissions: Permissions = UNRESTRICTED
    signature: bytes = field(default=b"", repr=False)
    """Of the authority, over all the rest."""

    def body(self) -> bytes:
        """Return what is signed.

        Raises:
            OptionError: a field that does not fit.
        """
        if not 0 <= self.not_before <= self.not_after < 1 << 63:
            raise OptionError("valid", "ends before it begins")
        sizes = ((self.serial, _SERIAL_SIZE), (self.curve_key, _KEY_SIZE), (self.signing_key, _KEY_SIZE))
        if any(len(octets) != size for octets, size in sizes):
            raise OptionError("certificate", "has a serial of 8 and keys of 32 octets")
        if len(self.roles) > _MAX_ROLES:
            raise OptionError("roles", f"at most {_MAX_ROLES}")
        times = self.not_before.to_bytes(8, "big") + self.not_after.to_bytes(8, "big")
        head = _MAGIC + text8("mesh", self.mesh) + self.serial + times + self.curve_key + self.signing_key
        roles = bytes((len(self.roles),)) + b"".join(text8("role", role) for role in self.roles)
        body = head + text8("name", self.name) + roles + self.permissions.encode()
        if len(body) + SIGNATURE_SIZE > MAX_CERTIFICATE:
            raise OptionError(
                "certificate", f"has at most {MAX_CERTIFICATE} octets: fewer or shorter patterns"
            )
        return body

    def encode(self) -> bytes:
        """Return the certificate as it travels."""
        return self.body() + self.signature

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Return what a certificate says, whoever signed it.

        Raises:
            ProtocolError: it cannot be read.
        """
        reader = Reader.of_paper(data, _WHAT, _MAGIC, MAX_CERTIFICATE)
        mesh, serial = reader.text(), reader.take(_SERIAL_SIZE)
        not_before, not_after = reader.number(8), reader.number(8)
        curve_key, signing_key = reader.take(_KEY_SIZE), reader.take(_KEY_SIZE)
        name, count = reader.text(), reader.number(1)
        if count > _MAX_ROLES or not not_before <= not_after < 1 << 63:
            raise ProtocolError(f"{_WHAT} with {count} roles, valid from {not_before} to {not_after}")
        roles = tuple(reader.text() for _ in range(count))
        permissions = Permissions.read(reader)
        return cls(
            mesh,
            name,
            serial,
            not_before,
            not_after,
            curve_key,
            signing_key,
            roles,
            permissions,
            reader.signature(),
        )

    def signed(self, authority: Signer) -> Certificate:
        """Return the same, signed by an authority."""
        from covey.values import replace

        return replace(self, signature=authority.sign(_PURPOSE, self.body()))

    def is_issued_by(self, authority: bytes) -> bool:
        """Whether the holder of this Ed25519 public key signed it."""
        return is_signed(authority, self.signature, _PURPOSE, self.body())
