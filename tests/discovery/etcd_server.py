"""A real etcd for a test: started, killed, restarted on the same data, with users and with TLS."""

from __future__ import annotations

import datetime
import ipaddress
import json
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.discovery.counterparts import need
from tests.lan import Host, Program
from tests.lan.host import environment

__all__ = ["Certificates", "EtcdServer", "make_certificates"]

_WAIT = """
import socket, sys, time
for _ in range(200):
    try:
        socket.create_connection((sys.argv[1], int(sys.argv[2])), 1).close()
        break
    except OSError:
        time.sleep(0.05)
else:
    sys.exit(1)
"""


@dataclass(frozen=True)
class Certificates:
    """Files in PEM: who vouches, and what for."""

    ca: Path
    certificate: Path
    key: Path


class EtcdServer:
    """One etcd, in the test's own network or on a host of its LAN; a context that kills it at the end."""

    def __init__(
        self, folder: Path, *, host: Host | None = None, port: int = 2379, tls: Certificates | None = None
    ) -> None:
        need("etcd")
        self._folder = folder
        self._host = host
        self._port = port
        self._tls = tls
        self._address = host.address if host else "127.0.0.1"
        self._program: Program | None = None

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"{'https' if self._tls else 'http'}://{self._address}:{self._port}"

    async def __aenter__(self) -> EtcdServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    async def start(self) -> None:
        """Start it, on the data that a former run left, and wait until it takes connections."""
        peer = f"http://127.0.0.1:{self._port + 1}"
        words = ["etcd", "--data-dir", str(self._folder / "etcd"), "--log-level", "error", "--logger", "zap"]
        words += ["--listen-client-urls", self.url, "--advertise-client-urls", self.url]
        words += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
        words += ["--initial-cluster", f"default={peer}"]
        if self._tls:
            words += ["--cert-file", str(self._tls.certificate), "--key-file", str(self._tls.key)]
        self._program = await self._start(words)
        waiter = await self._start(["python3", "-c", _WAIT, self._address, str(self._port)])
        assert await waiter.wait(15) == 0, self._program.errors()
        await waiter.close()

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self._program is not None:
            program, self._program = self._program, None
            await program.close()

    async def control(self, *words: str, user: str = "") -> str:
        """Run etcdctl and return what it printed."""
        command = ["etcdctl", "--endpoints", self.url, *(["--user", user] if user else [])]
        if self._tls:
            command += ["--cacert", str(self._tls.ca)]
        program = await self._start([*command, *words])
        done = await program.finish()
        await program.close()
        assert done.status == 0, done.errors
        return done.output

    async def require_users(self) -> None:
        """Let in `root` (password `rootpw`) and `node` (password `nodepw`, our prefix alone) and nobody else."""
        await self.control("user", "add", "root:rootpw")
        await self.control("user", "grant-role", "root", "root")
        await self.control("role", "add", "member")
        await self.control("role", "grant-permission", "--prefix=true", "member", "readwrite", "/covey/1/")
        await self.control("user", "add", "node:nodepw")
        await self.control("user", "grant-role", "node", "member")
        await self.control("auth", "enable")

    async def keys(self, user: str = "") -> list[str]:
        """Return every key."""
        printed = await self.control("get", "/", "--prefix", "--keys-only", user=user)
        return printed.split()

    async def revision(self) -> int:
        """Return the store's revision."""
        status = json.loads(await self.control("endpoint", "status", "-w", "json"))
        return int(status[0]["Status"]["header"]["revision"])

    async def compact(self) -> None:
        """Forget all history."""
        await self.control("compact", str(await self.revision()))

    async def _start(self, words: list[str]) -> Program:
        env = {"ETCDCTL_API": "3"}
        if self._host is not None:
            return await self._host.start(words, env=env)
        return await Program.start([], words, environment(env))


def make_certificates(folder: Path, address: str) -> Certificates:
    """Write a certificate for an address, and the authority that vouches for it."""
    authority, ca_key = _certificate("authority", None, None, address)
    certificate, key = _certificate("etcd", authority, ca_key, address)
    made = Certificates(folder / "ca.pem", folder / "cert.pem", folder / "key.pem")
    made.ca.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return made


def _certificate(
    name: str, issuer: x509.Certificate | None, issuer_key: ec.EllipticCurvePrivateKey | None, address: str
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is not None:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer_key or key, hashes.SHA256()), key
