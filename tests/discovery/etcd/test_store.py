from __future__ import annotations

from typing import Any

import pytest

from covey.discovery.etcd import EtcdStore
from covey.errors import UsageError


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("10.0.0.1", "http://10.0.0.1:2379"),
        (" etcd:4001 ", "http://etcd:4001"),
        ("https://etcd/", "https://etcd:2379"),
        ("http://[fd00::1]:5", "http://[fd00::1]:5"),
    ],
)
def test_endpoints_may_be_written_in_any_usual_way(written: str, url: str) -> None:
    assert EtcdStore((written,)).endpoints == (url,)


def test_certificates_mean_tls() -> None:
    assert EtcdStore(("etcd",), ca_file="ca.pem").endpoints == ("https://etcd:2379",)


@pytest.mark.parametrize(
    ("endpoints", "options"),
    [
        ((), {}),
        (("ftp://a",), {}),
        (("http://a:port",), {}),
        (("http://user:word@a",), {}),
        (("http://a/path",), {}),
        (("",), {}),
        (("a",), {"user": "node"}),
        (("a",), {"cert_file": "cert.pem"}),
        (("http://a",), {"ca_file": "ca.pem"}),
        (("a",), {"ttl": 1}),
    ],
)
def test_what_does_not_go_together_is_refused(endpoints: tuple[str, ...], options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        EtcdStore(endpoints, **options)
