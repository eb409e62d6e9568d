"""`covey doctor`: why two machines do not see each other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from covey.tools.options import MeshOptions, json_option, mesh_options
from covey.tools.output import write_json, write_line
from covey.tools.signals import run_interruptible

if TYPE_CHECKING:
    from covey.discovery.interface_table import Interface
    from covey.security.beacon_seal import BeaconSealer
    from covey.security.secret import Secret
    from covey.tools.doctor.finding import Finding
    from covey.tools.doctor.host_facts import HostFacts

__all__ = ["command"]

_MARKS = ("ok", "note", "warning", "FAULT")


@click.command(short_help="Find out why two machines do not see each other.")
@click.argument("peer", required=False)
@mesh_options
@click.option("--answer", "answers", is_flag=True, help="Stay and answer a doctor on another host.")
@click.option(
    "--wait",
    type=click.FloatRange(min=0.2),
    default=2.5,
    show_default=True,
    metavar="SECONDS",
    help="Listen so long.",
)
@json_option
def command(options: MeshOptions, peer: str | None, wait: float, *, answers: bool, as_json: bool) -> int:
    """Check this host, its LAN and, with PEER, the path to another host.

    For the path, `covey doctor --answer` runs on the other host. The status is 1 when a fault was found, else 0.
    """
    if answers and peer:
        raise click.UsageError("--answer waits for others; it goes without PEER")
    from covey.security.secret import Secret

    secret = Secret.load(options.secret_file) if options.secret_file else None
    if answers:
        return run_interruptible(lambda: _answer(options, secret), stopped=0)
    findings: list[Finding] = []

    async def look() -> int:
        findings.extend(await _examine(options, secret, peer, wait))
        return 0

    status = run_interruptible(look)
    return status or _report(findings, as_json=as_json)


async def _examine(
    options: MeshOptions, secret: Secret | None, peer: str | None, wait: float
) -> list[Finding]:
    """Return every finding."""
    from covey.tools.doctor.judge_host import judge_host
    from covey.tools.doctor.probe_host import look_at_host

    host = await asyncio.to_thread(look_at_host, options.interfaces)
    findings = judge_host(host)
    if not host.port_error and not host.pin_error and _used(host):
        findings += await _examine_network(options, secret, peer, wait, host)
    if options.etcd is not None:
        from covey.tools.doctor.etcd import check_etcd

        findings += await check_etcd(options.etcd)
    return findings


async def _examine_network(
    options: MeshOptions, secret: Secret | None, peer: str | None, wait: float, host: HostFacts
) -> list[Finding]:
    from covey.tools.doctor.arp import others_with
    from covey.tools.doctor.asking import examine_path
    from covey.tools.doctor.ear import Ear
    from covey.tools.doctor.judge_host import judge_lan
    from covey.tools.doctor.judge_path import judge_path
    from covey.tools.doctor.queries import QueryCounter
    from covey.values import replace

    used = _used(host)
    async with Ear(used, _sealer(options, secret)) as ear, QueryCounter() as queries:
        facts = await ear.listen(wait)
        twins = await asyncio.to_thread(others_with, used)
        findings = judge_lan(replace(facts, queries_seen=queries.seen, twins=twins), host)
        if peer is not None:
            path = await examine_path(peer, ear, used, _key(options, secret), dict(host.mtus))
            findings += judge_path(path)
    return findings


async def _answer(options: MeshOptions, secret: Secret | None) -> int:
    """Answer other doctors until stopped."""
    from covey.discovery.interfaces import usable_interfaces
    from covey.tools.doctor.answering import answer
    from covey.tools.doctor.ear import Ear
    from covey.tools.doctor.protocol import PORT

    async with Ear(usable_interfaces(options.interfaces), _sealer(options, secret)) as ear:
        await answer(ear, _key(options, secret), lambda: write_line(f"answering on port {PORT}, TCP and UDP"))
    return 0


def _used(host: HostFacts) -> list[Interface]:
    return [candidate.interface for candidate in host.candidates if candidate.is_used]


def _sealer(options: MeshOptions, secret: Secret | None) -> BeaconSealer | None:
    if secret is None:
        return None
    from covey.security.beacon_seal import BeaconSealer

    return BeaconSealer(secret, options.mesh)


def _key(options: MeshOptions, secret: Secret | None) -> bytes | None:
    return secret.derive("doctor", options.mesh) if secret is not None else None


def _report(findings: Sequence[Finding], *, as_json: bool) -> int:
    """Print the findings, the worst last where people read them; return the exit status."""
    from covey.tools.advice import printable
    from covey.tools.doctor.finding import Verdict, worst

    for finding in findings if as_json else sorted(findings, key=lambda each: each.verdict):
        if as_json:
            fields = {"check": finding.check, "verdict": finding.verdict.name.lower()}
            write_json({**fields, "text": finding.text, "remedy": finding.remedy})
            continue
        write_line(f"{_MARKS[finding.verdict]:8} {printable(finding.text)}")
        if finding.remedy:
            write_line(f"{'':8} -> {printable(finding.remedy)}")
    return 1 if worst(findings) is Verdict.FAULT else 0
