from __future__ import annotations

from uuid import UUID

from covey.discovery.tipc.names import MeshNames
from covey.security.secret import Secret
from covey.transports.tipc.address import Scope, ServiceRange, parse_for_bind, parse_for_connect

NODE = UUID("12345678-9abc-4ef0-8123-456789abcdef")


def test_names_are_the_same_on_every_node() -> None:
    assert MeshNames.of("covey") == MeshNames(0x6E35EA60)


def test_a_secret_hides_the_name() -> None:
    one, other = Secret(bytes(32)), Secret(bytes([1]) * 32)
    names = {MeshNames.of("lab").base, MeshNames.of("lab", one).base, MeshNames.of("lab", other).base}
    names.add(MeshNames.of("kitchen", one).base)
    assert len(names) == 4
    assert all(0x40000000 <= base < 0x80000000 and base % 4 == 0 for base in names)


def test_a_node_binds_the_instance_of_its_uuid() -> None:
    names = MeshNames(0x40000000)
    assert names.announced(NODE) == ServiceRange(0x40000000, 0x12345678, 0x12345678)
    assert parse_for_bind(names.mailbox(NODE)) == ServiceRange(0x40000001, 0x12345678, 0x12345678)
    assert parse_for_bind(names.topics(NODE)) == ServiceRange(0x40000002, 0x12345678, 0x12345678)


def test_others_connect_to_the_node_that_published_it() -> None:
    names = MeshNames(0x40000000, Scope.NODE)
    assert names.announced(NODE).scope is Scope.NODE
    assert names.mailbox(NODE).endswith("@node")
    assert names.mailbox(NODE, 0x01001002) == "tipc://{1073741825, 305419896}@1.1.2"
    parse_for_connect(names.topics(NODE, 0x01001002))
