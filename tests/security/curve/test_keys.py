from __future__ import annotations

import os
import pickle
import stat
from pathlib import Path

import pytest

from covey.errors import KeyFileError, OptionError
from covey.security.curve.keys import CurveKeys, decode_key, load_public_key

# The key pair of libzmq's zmq_curve manual page.
PUBLIC = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
SECRET = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
KEYS = CurveKeys(PUBLIC, SECRET)


def test_reads_text_and_bytes() -> None:
    assert CurveKeys(KEYS.public_bytes, KEYS.secret_bytes) == KEYS
    assert CurveKeys(PUBLIC.encode(), SECRET + "\0") == KEYS
    assert (KEYS.public, KEYS.secret) == (PUBLIC, SECRET)


def test_two_pairs_differ() -> None:
    assert CurveKeys.generate() != CurveKeys.generate()
    assert KEYS != PUBLIC


def test_keys_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(OptionError, match="belong"):
        CurveKeys(CurveKeys.generate().public, SECRET)


@pytest.mark.parametrize("key", ["", "x" * 39, "x" * 42, b"x" * 31, "~" * 40, "#" * 40, b"x" * 40 + b"1"])
def test_a_key_that_cannot_be_read_is_refused_without_showing_it(key: str | bytes) -> None:
    with pytest.raises(OptionError) as caught:
        decode_key("secret", key)
    assert caught.value.name == "secret"
    assert "xxxxx" not in str(caught.value)


def test_does_not_show_the_secret() -> None:
    assert SECRET not in repr(KEYS)
    assert PUBLIC in repr(KEYS)
    with pytest.raises(TypeError):
        pickle.dumps(KEYS)
    with pytest.raises(TypeError):
        hash(KEYS)


def test_comes_back_from_its_files(tmp_path: Path) -> None:
    path = tmp_path / "node.cert"
    before = os.umask(0)
    try:
        KEYS.save(path)
    finally:
        os.umask(before)
    assert CurveKeys.load(path) == KEYS
    assert CurveKeys.load(str(path) + "_secret") == KEYS
    assert load_public_key(path) == KEYS.public_bytes
    assert SECRET not in path.read_text()
    assert stat.S_IMODE((tmp_path / "node.cert_secret").stat().st_mode) == 0o600


def test_does_not_overwrite_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "node.cert"
    KEYS.save(path)
    for half in (path, tmp_path / "node.cert_secret"):
        with pytest.raises(KeyFileError, match="exists"):
            CurveKeys.generate().save(path)
        half.unlink()
    other = CurveKeys.generate()
    other.save(path)
    KEYS.save(path, overwrite=True)
    assert CurveKeys.load(path) == KEYS


def test_files_of_pyzmq_are_read(tmp_path: Path) -> None:
    import zmq.auth

    public, secret = zmq.auth.create_certificates(tmp_path, "server", {"name": "server"})
    Path(secret).chmod(0o600)
    keys = CurveKeys.load(public)
    assert zmq.auth.load_certificate(secret) == (keys.public.encode(), keys.secret.encode())


def test_pyzmq_reads_ours(tmp_path: Path) -> None:
    import zmq.auth

    KEYS.save(tmp_path / "node.key")
    assert zmq.auth.load_certificate(tmp_path / "node.key") == (PUBLIC.encode(), None)
    assert zmq.auth.load_certificate(tmp_path / "node.key_secret") == (PUBLIC.encode(), SECRET.encode())


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    KEYS.save(tmp_path / "node.cert")
    (tmp_path / "node.cert_secret").chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600"):
        CurveKeys.load(tmp_path / "node.cert")


def test_a_public_certificate_alone_is_no_key_pair(tmp_path: Path) -> None:
    KEYS.save(tmp_path / "node.cert")
    (tmp_path / "node.cert_secret").unlink()
    (tmp_path / "node.cert").chmod(0o600)
    with pytest.raises(KeyFileError, match="secret-key"):
        CurveKeys.load(tmp_path / "node.cert")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "curve",
        "  odd",
        'curve\n    public-key = "short"\n    secret-key = "short"\n',
        f'curve\n    public-key = "{PUBLIC}"\n    secret-key = "{PUBLIC}"\n',
    ],
)
def test_a_malformed_certificate_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "node.cert"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeyFileError):
        CurveKeys.load(path)
    if "public" not in text or "short" in text:
        with pytest.raises(KeyFileError):
            load_public_key(path)
