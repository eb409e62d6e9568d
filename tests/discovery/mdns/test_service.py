from __future__ import annotations

import pytest

from covey.discovery.mdns.service import Service, full_type, short_name, short_type
from covey.errors import OptionError


@pytest.mark.parametrize("written", ["_http._tcp", "_http._tcp.", "_http._tcp.local", "_http._tcp.local."])
def test_service_types_may_be_written_in_any_usual_way(written: str) -> None:
    assert full_type(written) == "_http._tcp.local."
    assert short_type(full_type(written)) == "_http._tcp"


@pytest.mark.parametrize(
    "written",
    ["", "http", "_http", "_http._sctp", "_-a._tcp", "_1234._udp", "_a" * 10 + "._tcp", "_http._tcp.org"],
)
def test_what_is_no_service_type_is_refused(written: str) -> None:
    with pytest.raises(OptionError, match="not like _http"):
        full_type(written)


def test_instance_names_may_hold_dots_and_any_letters() -> None:
    assert short_name("Küche. Süd._http._tcp.local.", "_http._tcp.local.") == "Küche. Süd"


@pytest.mark.parametrize(
    ("name", "port", "properties"),
    [
        ("", 1, {}),
        ("x" * 64, 1, {}),
        ("a\nb", 1, {}),
        ("a", 65536, {}),
        ("a", 1, {"k": bytes(254)}),
        ("a", 1, {"a=b": b""}),
        ("a", 1, {"": b"x"}),
    ],
)
def test_a_service_that_dns_sd_cannot_carry_is_refused(
    name: str, port: int, properties: dict[str, bytes]
) -> None:
    with pytest.raises(OptionError):
        Service(name, "_http._tcp", port, properties=properties)
