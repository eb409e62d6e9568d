"""Certificate files: czmq reads ours, we read czmq's."""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from covey.security.curve.keys import CurveKeys, load_public_key
from tests.conftest import missing

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def czmq() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libczmq.so.4")
    except OSError:
        missing("no czmq: Debian's libczmq4 is not installed")
    for name in ("zcert_new", "zcert_load"):
        getattr(library, name).restype = ctypes.c_void_p
    for name in ("zcert_public_txt", "zcert_secret_txt"):
        getattr(library, name).restype = ctypes.c_char_p
        getattr(library, name).argtypes = [ctypes.c_void_p]
    library.zcert_load.argtypes = [ctypes.c_char_p]
    library.zcert_save.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
    library.zcert_destroy.argtypes = [ctypes.POINTER(ctypes.c_void_p)]
    return library


def _destroy(czmq: ctypes.CDLL, certificate: int) -> None:
    czmq.zcert_destroy(ctypes.byref(ctypes.c_void_p(certificate)))


def test_czmq_reads_ours(czmq: ctypes.CDLL, tmp_path: Path) -> None:
    keys = CurveKeys.generate()
    keys.save(tmp_path / "node.cert")
    certificate = czmq.zcert_load(str(tmp_path / "node.cert").encode())
    assert certificate
    assert czmq.zcert_public_txt(certificate) == keys.public.encode()
    assert czmq.zcert_secret_txt(certificate) == keys.secret.encode()
    _destroy(czmq, certificate)


def test_we_read_czmqs(czmq: ctypes.CDLL, tmp_path: Path) -> None:
    certificate = czmq.zcert_new()
    path = tmp_path / "node.cert"
    assert czmq.zcert_save(certificate, str(path).encode()) == 0
    keys = CurveKeys.load(path)
    assert keys.public.encode() == czmq.zcert_public_txt(certificate)
    assert keys.secret.encode() == czmq.zcert_secret_txt(certificate)
    assert load_public_key(path) == keys.public_bytes
    _destroy(czmq, certificate)
