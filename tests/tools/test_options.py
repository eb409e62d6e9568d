from __future__ import annotations

import os

import click
import pytest
from click.testing import CliRunner

from covey.tools.options import MeshOptions, mesh_options
from covey.tools.trust_options import TrustOptions
from covey.tools.ways import Ways


def options_of(*arguments: str) -> MeshOptions:
    given: list[MeshOptions] = []

    @click.command()
    @mesh_options
    def command(options: MeshOptions) -> None:
        given.append(options)

    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    return given[0]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COVEY_MESH", "COVEY_SECRET_FILE", "COVEY_INTERFACE", "COVEY_ETCD"):
        monkeypatch.delenv(name, raising=False)


def test_nothing_given_is_the_open_default_mesh_everywhere() -> None:
    options = options_of()
    assert (options.mesh, options.secret_file, options.interfaces) == ("covey", None, ())
    assert options.name.endswith(f"-{os.getpid()}")


def test_what_is_given_arrives() -> None:
    options = options_of(
        "--mesh", "lab", "--secret-file", "s", "--interface", "a", "--interface", "b", "--name", "me"
    )
    assert options == MeshOptions("me", "lab", TrustOptions(secret_file="s"), ("a", "b"))


def test_media_seeds_and_hubs_arrive() -> None:
    ways = options_of(
        *("--discover", "beacon", "--seed", "a", "--seed", "b:7"),
        *("--gossip-bind", "tcp://*:5670", "--gossip-connect", "c"),
    ).ways
    assert ways == Ways(("beacon",), ("a", "b:7"), "tcp://*:5670", ("c",))
    assert ways.as_arguments()["seeds"] == ("a", "b:7")
    assert "discover" not in Ways().as_arguments()


def test_the_environment_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COVEY_MESH", "lab")
    monkeypatch.setenv("COVEY_SECRET_FILE", "s")
    monkeypatch.setenv("COVEY_INTERFACE", "a b")
    options = options_of("--mesh", "other")
    assert (options.mesh, options.secret_file, options.interfaces) == ("other", "s", ("a", "b"))


def test_an_etcd_is_named_with_its_user_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COVEY_ETCD_USER", "node")
    monkeypatch.setenv("COVEY_ETCD_PASSWORD", "word")
    store = options_of("--etcd", "10.0.0.1", "--etcd", "https://10.0.0.2:1").etcd
    assert store is not None
    assert store.endpoints == ("http://10.0.0.1:2379", "https://10.0.0.2:1")
    assert (store.user, store.password) == ("node", "word")
    assert "word" not in repr(store)
