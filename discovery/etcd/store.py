"""Which etcd to use, and as whom."""

from __future__ import annotations

from urllib.parse import urlsplit

from covey.errors import EndpointError, OptionError
from covey.values import field, frozen

from .constants import DEFAULT_TTL

__all__ = ["EtcdStore"]

_PORT = 2379


@frozen
class EtcdStore:
    """One etcd cluster and how to enter it.

    Raises:
        EndpointError: an endpoint that is no `http://HOST:PORT` or `https://HOST:PORT`.
        OptionError: a user without password, files without TLS, a lifetime that etcd does not take.
    """

    endpoints: tuple[str, ...]
    """`https://10.0.0.1:2379`, `10.0.0.1:2379` or `10.0.0.1`; members of one cluster, tried in turn."""
    user: str = ""
    """Empty where the store wants none."""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    """Certificates that vouch for the store, PEM; empty for the system's own."""
    cert_file: str = ""
    """Our certificate where the store wants one, PEM."""
    key_file: str = ""
    """Its key, PEM."""
    ttl: int = DEFAULT_TTL
    """Seconds that a record outlives its node."""

    def __post_init__(self) -> None:
        if not self.endpoints:
            raise OptionError("etcd", "names at least one endpoint")
        urls = tuple(_url(each, tls=self.wants_tls) for each in self.endpoints)
        object.__setattr__(self, "endpoints", urls)
        if bool(self.user) != bool(self.password):
            raise OptionError("etcd", "a user goes with a password, and the other way round")
        if bool(self.cert_file) != bool(self.key_file):
            raise OptionError("etcd", "a certificate goes with its key, and the other way round")
        if self.wants_tls and not any(url.startswith("https:") for url in urls):
            raise OptionError("etcd", "certificates go with https:// only")
        if not 2 <= self.ttl <= 3600:
            raise OptionError("etcd ttl", "is within 2 to 3600 seconds")

    @property
    def wants_tls(self) -> bool:
        """Whether certificates were given."""
        return bool(self.ca_file or self.cert_file)


def _url(text: str, *, tls: bool) -> str:
    """Return `scheme://host:port` of what users write."""
    url = text.strip().rstrip("/")
    if "://" not in url:
        url = f"{'https' if tls else 'http'}://{url}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORT
    except ValueError:
        raise EndpointError(text, "no endpoint of etcd: http://HOST:PORT or https://HOST:PORT") from None
    if parts.scheme not in ("http", "https") or not host or parts.path or parts.username or parts.query:
        raise EndpointError(text, "an endpoint of etcd looks like http://HOST:PORT or https://HOST:PORT")
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port}"
