"""Trust in an authority, at work."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from uuid import UUID

from covey.errors import KeyFileError, OptionError
from covey.security.trust.authority import Authority, AuthorityKeys, Papers
from covey.security.trust.certificate import Certificate
from covey.security.trust.key_sockets import CERTIFICATE_PROPERTY
from covey.security.trust.node_ids import belongs_to
from covey.security.trust.patterns import NOTHING
from covey.security.trust.permissions import UNRESTRICTED, Permissions
from covey.security.trust.roll import RefusedCertificate, Roll

from .directory_watch import DirectoryWatch
from .key_trust import KeyTrust
from .sealing import Sealing, SignedSealing
from .trust import Expel

__all__ = ["AuthorityTrust"]

_log = logging.getLogger(__name__)
_NO_PERMISSIONS = Permissions(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
_LONGEST_NAP = 3600.0
"""Seconds; wall clocks are set, so what is due by one is looked at once in a while."""


class AuthorityTrust(KeyTrust):
    """Lets in who shows a certificate of the authority. It is the `Bulletin` of revocations, too."""

    def __init__(self, authority: Authority, mesh: str, clock: Callable[[], float] = time.time) -> None:
        if mesh != authority.mesh:
            raise OptionError(
                "mesh", f"{authority.directory} is a membership of {authority.mesh!r}, not {mesh!r}"
            )
        self._authority = authority
        self._clock = clock
        self._papers = papers = authority.papers
        self._roll = Roll(papers.membership.authority, mesh, papers.revocations)
        super().__init__(authority, mesh, AuthorityKeys(papers.secret, mesh, self._roll))
        self.bulletin = self
        self.restricts = True
        self._news: Callable[[], None] = lambda: None
        self._expel: Expel = lambda _key, _reason: None
        self._saving = asyncio.Event()
        self._woken = asyncio.Event()
        own = self._roll.examine(papers.membership.certificate.encode(), self.keys.public_bytes, clock())
        if isinstance(own, RefusedCertificate):
            raise OptionError(
                "authority", f"{authority.directory} holds {own.refusal.value}; let it be approved anew"
            )
        self._guests: dict[str, bytes] = {}
        """Public keys of those whose certificates lie in our folder, by the name of the file."""
        self._faults: dict[str, bytes] = {}
        self._invite(papers.guests)

    # -- who belongs

    @property
    def certificate(self) -> Certificate:
        """Ours."""
        return self._papers.membership.certificate

    def admits(self, public_key: bytes) -> bool:
        """Whether a key is not revoked, nor its certificate, if it was seen, expired."""
        if self._roll.revocations.names(public_key):
            return False
        known = self._roll.last_known(public_key)
        return known is None or self._roll.certificate_of(public_key, self._clock()) is not None

    def sighted(self, uuid: UUID, public_key: bytes) -> bool:
        """Return whether a node may be connected to, to see its certificate; a renewed one may be shown there."""
        return not self._roll.revocations.names(public_key) and belongs_to(uuid, public_key)

    def verdict(self, public_key: bytes, metadata: Mapping[str, bytes]) -> str:
        """Return why the proven holder of a key is refused; a client of libzmq may have been seen before."""
        data = metadata.get(CERTIFICATE_PROPERTY, b"")
        now = self._clock()
        if not data and self._roll.certificate_of(public_key, now) is not None:
            return ""
        found = self._roll.examine(data, public_key, now)
        if isinstance(found, Certificate):
            self.generation += 1
            self._woken.set()
            return ""
        if self._roll.revocations.names(public_key):
            known = self._roll.last_known(public_key)
            return f"a revoked key{f' of {known.name}' if known is not None else ''}"
        return f"{found.refusal.value}{f' of {found.name}' if found.name else ''}"

    def refusal_of(self, public_key: bytes, certificate: bytes | None) -> str:
        """Return why who announces itself is not listened to; a good certificate is remembered."""
        if certificate is None and not self._roll.revocations.names(public_key):
            return ""
        now = self._clock()
        known = self._roll.certificate_of(public_key, now)
        if known is not None and certificate == known.encode():
            return ""  # most of what comes: no new certificate, so nobody's permissions changed
        return self.verdict(public_key, {CERTIFICATE_PROPERTY: certificate or b""})

    def is_member(self, public_key: bytes) -> bool:
        """Whether a good certificate of the holder of a key was seen."""
        return self._roll.certificate_of(public_key, self._clock()) is not None

    def psk_of(self, server_key: bytes) -> bytes:
        """Return what is made of the secret that the authority handed out."""
        return self._papers.secret.derive("noise psk", self._mesh)

    def shown(self) -> Mapping[str, bytes]:
        """Return our certificate."""
        return {CERTIFICATE_PROPERTY: self.certificate.encode()}

    def sealing(self) -> Sealing:
        """Return seals of what the authority handed out, signed by us."""
        return SignedSealing(self._sealer, self._mesh, self._papers.secret, self)

    def permissions_of(self, public_key: bytes | None) -> Permissions:
        """Return what a certificate permits; nothing without one."""
        if public_key is None:
            return _as_given(self.certificate)
        certificate = self._roll.certificate_of(public_key, self._clock())
        return _as_given(certificate) if certificate is not None else _NO_PERMISSIONS

    def name_of(self, public_key: bytes) -> str:
        """Return what the authority calls the holder of a key; empty for a stranger."""
        known = self._roll.last_known(public_key)
        return known.name if known is not None else ""

    # -- revocations

    @property
    def number(self) -> int:
        """Of the newest list."""
        return self._roll.revocations.number

    @property
    def data(self) -> bytes:
        """The newest list."""
        return self._roll.revocations.encode()

    def tell_changes(self, changed: Callable[[], None]) -> None:
        """Call `changed` for every list that was put into the folder."""
        self._news = changed

    def take(self, data: bytes) -> bool:
        """Take a list; whether it was news."""
        gone = self._roll.take_revocations(data)
        if gone is None:
            return False
        self.generation += 1
        _log.info("revocation list %d of mesh %r taken", self.number, self._mesh)
        self._saving.set()
        self._woken.set()
        if self._roll.revocations.names(self.keys.public_bytes):
            _log.warning("this node's own key was revoked; no member of mesh %r will talk to it", self._mesh)
        for key in gone:
            self._expel(key, "revoked")
        return True

    # -- what changes

    async def watch(self, expel: Expel) -> None:
        """Follow the folder, the lists that come in, and the clock."""
        self._expel = expel
        changed = asyncio.Event()
        async with DirectoryWatch(self._authority.directory, changed.set), asyncio.TaskGroup() as tasks:
            tasks.create_task(self._expire(), name="expiring certificates")
            tasks.create_task(self._save(), name="saving revocations")
            changed.set()
            while True:
                await changed.wait()
                changed.clear()
                await self._reread()

    async def _reread(self) -> None:
        try:
            papers = await asyncio.to_thread(self._authority.read)
        except (KeyFileError, OptionError) as error:
            _log.warning("%s; going on with what was read before", error)
            return
        self._renew(papers)
        self._invite(papers.guests)
        if papers.revocations.number > self.number and self.take(papers.revocations.encode()):
            self._news()

    def _invite(self, guests: Mapping[str, bytes]) -> None:
        """Let in whose certificates lie in our folder: programs with libzmq, which show none."""
        keys: dict[str, bytes] = {}
        for name, data in guests.items():
            found = self._roll.examine_guest(data, self._clock())
            if isinstance(found, Certificate):
                keys[name] = found.curve_key
            elif self._faults.get(name) != data:
                self._faults[name] = data
                _log.warning("%s holds %s; nobody is let in by it", name, found.refusal.value)
        gone = set(self._guests.values()) - set(keys.values())
        self._guests = keys
        self.generation += 1
        self._woken.set()
        for key in gone:
            self._roll.forget(key)
            self._expel(key, "no guest any more")

    def _renew(self, papers: Papers) -> None:
        fresh = papers.membership.certificate
        if fresh == self.certificate or papers.membership.authority != self._roll.authority:
            return
        found = self._roll.examine(fresh.encode(), self.keys.public_bytes, self._clock())
        if isinstance(found, RefusedCertificate):
            _log.warning(
                "%s holds %s; going on with the old one", self._authority.directory, found.refusal.value
            )
            return
        self._papers = papers
        self.generation += 1
        _log.info(
            "certificate renewed until %s",
            time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(found.not_after)),
        )

    async def _save(self) -> None:
        while True:
            await self._saving.wait()
            self._saving.clear()
            try:
                await asyncio.to_thread(self._authority.save_revocations, self.data)
            except KeyFileError as error:
                _log.warning("the revocation list cannot be kept: %s", error)

    async def _expire(self) -> None:
        while True:
            self._woken.clear()
            now = self._clock()
            for key in self._roll.expired(now):
                self.generation += 1
                self._expel(key, "certificate expired")
            due = self._roll.next_expiry(now)
            nap = _LONGEST_NAP if due is None else min(max(due + 1 - now, 0.0), _LONGEST_NAP)
            try:
                async with asyncio.timeout(nap):
                    await self._woken.wait()
            except TimeoutError:
                continue


def _as_given(certificate: Certificate) -> Permissions:
    """Return the permissions, and the very same value wherever there are no limits: it is compared by identity."""
    return UNRESTRICTED if certificate.permissions == UNRESTRICTED else certificate.permissions
