from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from covey.security.record_seal import RECORD_OVERHEAD, RecordSealer
from covey.security.secret import Secret

VECTOR = (
    "43565201000000000000000000000000000000000000000000000000f45ada9a66b8aee42c0b84653e7aa02ea500a0a1405408"
)
SECRET = Secret(bytes(range(32)))


def sealer(mesh: str = "lab", purpose: str = "etcd") -> RecordSealer:
    return RecordSealer(SECRET, mesh, purpose, bytes)


def test_a_record_opens_in_its_mesh_place_and_purpose_alone() -> None:
    record = sealer().seal(b"content", b"place")
    assert len(record) == 7 + RECORD_OVERHEAD
    assert sealer().open(record, b"place") == b"content"
    assert sealer().open(record, b"other") is None
    assert sealer("other").open(record, b"place") is None
    assert sealer(purpose="beacon").open(record, b"place") is None


def test_the_vector_of_the_documentation_holds() -> None:
    sealed = sealer().seal(b"content", b"place")
    assert sealed.hex() == VECTOR


def test_a_changed_octet_is_noticed() -> None:
    record = sealer().seal(b"content", b"place")
    for position in range(len(record)):
        changed = record[:position] + bytes([record[position] ^ 1]) + record[position + 1 :]
        assert sealer().open(changed, b"place") is None


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_no_record_escapes(octets: bytes) -> None:
    assert sealer().open(octets, b"place") is None
    assert sealer().open(b"CVR\x01" + octets, b"place") is None
