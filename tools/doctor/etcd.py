"""Is the etcd that was named reachable, and may we use it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from covey.errors import AuthenticationFailed, CoveyError, OptionError

from .finding import Finding, Verdict

if TYPE_CHECKING:
    from covey.discovery.etcd.store import EtcdStore

__all__ = ["check_etcd"]


async def check_etcd(store: EtcdStore) -> list[Finding]:
    """Ask each member for our records; return a finding for each."""
    return [await _check(store, url) for url in store.endpoints]


async def _check(store: EtcdStore, url: str) -> Finding:
    from covey.discovery.etcd.constants import PREFIX, RANGE
    from covey.discovery.etcd.gateway import Gateway
    from covey.discovery.etcd.wire import decode_page, end_of_prefix, range_request

    prefix = PREFIX.encode()
    try:
        async with Gateway(store, url) as gateway:
            request = range_request(prefix, end_of_prefix(prefix), 100, 0)
            page = decode_page(await gateway.call(RANGE, request))
    except AuthenticationFailed as error:
        return Finding("etcd", Verdict.FAULT, f"etcd at {url}: {error}", "check user, password and role")
    except OptionError as error:
        return Finding("etcd", Verdict.FAULT, f"etcd at {url}: {error}", "check the files that it names")
    except CoveyError as error:
        remedy = "check address, port, TLS and the firewalls between"
        return Finding("etcd", Verdict.FAULT, f"etcd at {url} is not reached: {error}", remedy)
    count = f"{len(page.entries)}{'+' * page.has_more}"
    return Finding("etcd", Verdict.OK, f"etcd at {url} answers; {count} nodes are registered there")
