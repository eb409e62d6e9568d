"""The options that verbs share, each declared once."""

from __future__ import annotations

import functools
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from covey.tools.trust_options import TrustOptions, trust_options
from covey.tools.ways import Ways, ways_options
from covey.values import frozen

if TYPE_CHECKING:
    from covey.discovery.etcd.store import EtcdStore

__all__ = ["MeshOptions", "etcd_option", "etcd_store", "json_option", "mesh_options", "wait_option"]

DEFAULT_MESH = "covey"
_ETCD_VARIABLES = {
    "COVEY_ETCD_USER": "user",
    "COVEY_ETCD_PASSWORD": "password",
    "COVEY_ETCD_CA": "ca_file",
    "COVEY_ETCD_CERT": "cert_file",
    "COVEY_ETCD_KEY": "key_file",
}
"""What a command line must not show, or is too long for it."""
Command = Callable[..., Any]


@frozen
class MeshOptions:
    """Which mesh to enter, as whom, and where."""

    name: str
    """This node's name, as peers see it."""
    mesh: str
    trust: TrustOptions
    """Whom to trust."""
    interfaces: tuple[str, ...]
    """Names or addresses; empty for every usable one."""
    ways: Ways = Ways()
    """How to find others, and be found."""
    etcd: EtcdStore | None = None
    """Where to be found beside the LAN."""
    name_is_given: bool = True
    """Whether the node's name was asked for, and is not the default."""
    mesh_is_given: bool = True
    """Whether the mesh's name was asked for, and is not the default."""

    @property
    def secret_file(self) -> str | None:
        """Where the mesh's secret is; None in every other mode of trust."""
        return self.trust.secret_file if self.trust.chosen_mode() == "secret" else None


def default_name() -> str:
    """Return a name that tells two nodes of one host apart."""
    return f"{socket.gethostname()}-{os.getpid()}"


def mesh_options(command: Command) -> Command:
    """Add --mesh, --interface, --name, whom to trust, the ways and --etcd, as one `MeshOptions`."""
    import click
    from click.core import ParameterSource

    @click.option(
        "--mesh", default=DEFAULT_MESH, show_default=True, envvar="COVEY_MESH", help="The mesh's name."
    )
    @click.option(
        "--interface",
        "interfaces",
        metavar="NAME",
        multiple=True,
        envvar="COVEY_INTERFACE",
        help="Network interface, by name or address; repeatable. Default: every usable one.",
    )
    @click.option("--name", metavar="NAME", help="This node's name. Default: host name and process id.")
    @trust_options
    @ways_options
    @etcd_option
    @functools.wraps(command)
    def with_mesh_options(
        *args: Any,
        mesh: str,
        interfaces: tuple[str, ...],
        name: str | None,
        trust: TrustOptions,
        ways: Ways,
        etcd: tuple[str, ...],
        **kwargs: Any,
    ) -> Any:
        store = etcd_store(etcd)
        trust.chosen_mode()  # what does not go together is told before anything is done
        source = click.get_current_context().get_parameter_source("mesh")
        options = MeshOptions(
            name or default_name(),
            mesh,
            trust,
            interfaces,
            ways,
            store,
            bool(name),
            source is not ParameterSource.DEFAULT,
        )
        return command(*args, options=options, **kwargs)

    return with_mesh_options


def etcd_option(command: Command) -> Command:
    """Add --etcd, given to the command as a tuple of addresses."""
    import click

    return click.option(
        "--etcd",
        metavar="URL",
        multiple=True,
        envvar="COVEY_ETCD",
        help="Be found through this etcd too; repeatable for the members of one cluster. Also read: "
        + ", ".join(_ETCD_VARIABLES)
        + ".",
    )(command)


def etcd_store(endpoints: tuple[str, ...]) -> EtcdStore | None:
    """Return which etcd to use and as whom, from the command line and the environment; None for none.

    Raises:
        EndpointError: an address that cannot be read.
        OptionError: what does not go together, like a user without password.
    """
    if not endpoints:
        return None
    from covey.discovery.etcd.store import EtcdStore

    given: dict[str, Any] = {
        field: os.environ.get(variable, "") for variable, field in _ETCD_VARIABLES.items()
    }
    return EtcdStore(endpoints, **given)


def json_option(command: Command) -> Command:
    """Add --json, given to the command as `as_json`."""
    import click

    return click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")(command)


def wait_option(help_text: str) -> Callable[[Command], Command]:
    """Return a decorator that adds --wait SECONDS, 2 by default."""
    import click

    return click.option(
        "--wait",
        type=click.FloatRange(min=0),
        default=2.0,
        show_default=True,
        metavar="SECONDS",
        help=help_text,
    )
