from __future__ import annotations

from uuid import UUID

from covey.mesh.cluster import Cluster
from covey.transports.tipc.address import ServiceAddress, ServiceRange, parse_for_bind, parse_for_connect

NODE = UUID("12345678-9abc-4ef0-8123-456789abcdef")


def test_a_node_binds_a_mailbox_and_topics() -> None:
    places = Cluster(None, "lab", lambda _: None).places(NODE)
    mailbox, topics = parse_for_bind(places.mailbox), parse_for_bind(places.topics)
    assert isinstance(mailbox, ServiceRange)
    assert isinstance(topics, ServiceRange)
    assert (topics.type, topics.lower) == (mailbox.type + 1, 0x12345678)


def test_others_reach_them_on_the_node_where_they_are_bound() -> None:
    cluster = Cluster(None, "lab", lambda _: None)
    address = parse_for_connect(cluster.reached_at(NODE, "tipc://<1.1.2:99>").mailbox)
    assert isinstance(address, ServiceAddress)
    assert (address.instance, address.domain) == (0x12345678, 0x01001002)
