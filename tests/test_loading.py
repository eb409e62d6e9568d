"""What is loaded lightly or late is the real thing for all who use it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.discovery.etcd_server import make_certificates
from tests.lan.host import environment


def run(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_uuid_is_loaded_without_platform_and_whole() -> None:
    run(
        """
import sys
from covey.loading import load_uuid
load_uuid()
assert "platform" not in sys.modules
import uuid
assert uuid.UUID(int=1).hex and uuid.uuid4() and uuid.uuid1() and uuid.getnode()
assert uuid._LINUX and not uuid._AIX
stand_in = uuid.platform
import platform
assert platform is not stand_in and platform.__file__
assert stand_in.machine() == platform.machine() and stand_in.system() == platform.system()
"""
    )


def test_who_imports_platform_meanwhile_has_all_of_it() -> None:
    run(
        """
import sys
from covey import loading
caught = []
class Meanwhile:
    def find_spec(self, name, path=None, target=None):
        if name == "uuid":
            import platform
            caught.append(platform)
sys.meta_path.insert(0, Meanwhile())
loading.load_uuid()
assert caught[0].python_version() == ".".join(map(str, sys.version_info[:3]))
import platform
assert platform.__file__
"""
    )


@pytest.mark.parametrize("setting", ["gc.enable()", "gc.disable()", "gc.freeze()"])
def test_the_collector_is_left_as_it_was(setting: str) -> None:
    printed = run(
        f"""
import gc
{setting}
before = gc.isenabled(), gc.get_freeze_count() > 0
class Cycle:
    pass
one = Cycle()
one.itself = one
import covey, weakref
watch = weakref.ref(one)
covey.Node
assert (gc.isenabled(), gc.get_freeze_count() > 0) == before
del one
gc.unfreeze()
gc.collect()
print(watch())
"""
    )
    assert printed == "None\n"


_LATE = """
import sys
from covey.late_imports import IMPORTED_BY_ASYNCIO, postpone
postpone(IMPORTED_BY_ASYNCIO)
import asyncio
assert not {"_ssl", "ast"} & set(sys.modules)
"""


def test_tls_works_after_its_module_was_postponed(tmp_path: Path) -> None:
    files = make_certificates(tmp_path, "127.0.0.1")
    printed = run(
        _LATE
        + """
import ssl
ca, certificate, key = sys.argv[1:]

async def answer(reader, writer):
    writer.write(await reader.readline())
    await writer.drain()
    writer.close()

async def main():
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(certificate, key)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=own)
    async with server:
        port = server.sockets[0].getsockname()[1]
        trusting = ssl.create_default_context(cafile=ca)
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
        writer.write(b"hello\\n")
        print((await reader.readline()).decode().strip())
        writer.close()
        try:
            await asyncio.open_connection("127.0.0.1", port, ssl=True)
        except ssl.SSLCertVerificationError:
            print("refused")

asyncio.run(main())
""",
        *map(str, (files.ca, files.certificate, files.key)),
    )
    assert printed.split() == ["hello", "refused"]


@pytest.mark.parametrize(
    "use",
    [
        "from ssl import SSLContext",
        "from inspect import *; signature",
        "import inspect; assert inspect.signature(postpone)",
        "import ssl; ssl.create_default_context()",
        "import inspect, importlib; importlib.reload(inspect).signature",
        "import dataclasses; dataclasses.make_dataclass('D', ['x'])(1)",
        "import aiohttp; assert aiohttp.ClientSession",
        "import click; click.command()(lambda: None)",
    ],
)
def test_whoever_looks_into_a_postponed_module_has_it(use: str) -> None:
    run(_LATE + use)


def test_a_postponed_module_that_fails_says_so_each_time(tmp_path: Path) -> None:
    (tmp_path / "broken_one.py").write_text("first = 1\nraise ImportError('broken')\n")
    run(
        f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
from covey.late_imports import postpone
postpone(["broken_one"])
import broken_one
for _ in range(2):
    try:
        broken_one.second
    except ImportError as error:
        assert str(error) == "broken"
    else:
        raise AssertionError
"""
    )


def test_a_postponed_module_may_ask_itself_while_it_loads(tmp_path: Path) -> None:
    (tmp_path / "asking.py").write_text("import asking\nfound = hasattr(asking, 'later')\nlater = 1\n")
    run(
        f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
from covey.late_imports import postpone
postpone(["asking", "not_there"])
import asking
assert asking.later == 1 and asking.found is False
try:
    import not_there
except ModuleNotFoundError:
    pass
"""
    )
