"""Endpoints, read by us and by libzmq."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

from covey.errors import EndpointError
from covey.transports.tipc.address import ServiceRange, parse, parse_for_bind, parse_for_connect
from tests.transports.tipc.test_address import READINGS, REFUSED

ASK_LIBZMQ = """
import json, sys, zmq
context = zmq.Context()
def accepts(text, method):
    with context.socket(zmq.PULL) as sock:
        sock.linger = 0
        try:
            getattr(sock, method)("tipc://" + text)
        except zmq.ZMQError:
            return False
        return True
texts = json.load(sys.stdin)
print(json.dumps([[accepts(text, "bind"), accepts(text, "connect")] for text in texts]))
"""
WRAPPED_BY_LIBZMQ = {"{5560,0,4294967296}", "{5560,-1,-1}", "{5560,0}@256.0.0"}
WRAPPED_BY_LIBZMQ |= {"<256.0.0:1>", "<1.4096.0:1>", "<1.2.3:4294967296>"}
OURS_ALONE = {"{65,7@1.2.3}", "{65,7@node}", "{5560,1,2}@node", "{5560,1,2}@cluster"}


def test_reads_the_same_endpoints_as_libzmq() -> None:
    texts = [text for text, _ in READINGS] + [text for text in REFUSED if text]
    texts = [text for text in texts if text not in WRAPPED_BY_LIBZMQ | OURS_ALONE]
    argv = ["/usr/bin/python3", "-c", ASK_LIBZMQ]
    done = subprocess.run(argv, input=json.dumps(texts), capture_output=True, text=True, check=True)
    theirs = dict(zip(texts, json.loads(done.stdout), strict=True))
    for text, (binds, connects) in theirs.items():
        # libzmq takes a range to connect to, and then retries for ever what the kernel refuses
        is_range = binds and isinstance(parse(f"tipc://{text}"), ServiceRange)
        ours = (reads(parse_for_bind, text), reads(parse_for_connect, text))
        assert ours == (binds, connects and not is_range), text


def reads(reader: Callable[[str], object], text: str) -> bool:
    try:
        reader(f"tipc://{text}")
    except EndpointError:
        return False
    return True
