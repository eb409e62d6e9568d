"""The `covey` command: loads the verb that was asked for, turns every error into one line and a status."""

from __future__ import annotations

import errno
import importlib
import logging
import os
import sys
from collections.abc import Sequence

import click

from covey.errors import CoveyError

from .advice import one_line

__all__ = ["VERBS", "run", "status_of"]

WRONG_INPUT = 2
"""Exit status for everything that the caller can mend."""
INTERRUPTED = 130
"""128 + SIGINT, as shells count."""
BROKEN_PIPE = 1
"""The reader of our output went away; the status that click itself gives."""

VERBS = {
    "demo": "Let several processes form a secret mesh and count what arrives.",
    "agent": "Stay up as a node of a mesh and report what happens.",
    "peers": "List the nodes of a mesh.",
    "pub": "Publish messages to a mesh.",
    "sub": "Print messages that a mesh publishes.",
    "call": "Call a service of a mesh.",
    "serve": "Offer a service that a program answers.",
    "secret": "Make the secret file that the nodes of a mesh share.",
    "keys": "Make, show and replace key pairs; take a key out of a pinned directory.",
    "join": "Join a mesh that has an authority.",
    "authority": "Decide on the members of a mesh: found, approve, renew, revoke.",
    "interfaces": "List network interfaces and say which would be used.",
    "doctor": "Find out why two machines do not see each other.",
    "browse": "List services that mDNS announces on the LAN.",
    "simulate": "Simulate a segment of up to thousands of nodes.",
    "bench": "Measure covey beside pyzmq.",
}
"""Each verb and its line in the overview, so that help imports none of them."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order in which a newcomer meets them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the verb's command, or None when there is no such verb."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f".commands.{cmd_name}", __package__)
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview from `VERBS` alone."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


def _show_version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:  # noqa: FBT001
    """Print the version and leave."""
    if asked:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"covey {version('covey')}")
        except PackageNotFoundError:
            click.echo("covey (not installed)")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-v", "--verbose", count=True, help="Log what happens; twice for every detail.")
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Say which."
)
def _covey(verbose: int) -> None:
    """Programs on a network find each other and talk in secret."""
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    logging.basicConfig(level=level, format="covey: %(message)s" if not verbose else "%(name)s: %(message)s")


def run(argv: Sequence[str]) -> int:
    """Run one command line and return its exit status.

    Wrong input and a refusing machine give one line on standard error and status 2, never a traceback.
    """
    try:
        status = _covey.main(args=list(argv), prog_name="covey", standalone_mode=False)
    except BaseException as error:  # the one border: what nobody foresaw is raised again
        return status_of(error)
    return status if isinstance(status, int) else 0


def status_of(error: BaseException) -> int:
    """Report an error in one line and return the status; raise what nobody foresaw."""
    error = _only_leaf(error)
    if isinstance(error, SystemExit):  # click's own way out of a broken pipe
        return BROKEN_PIPE
    if isinstance(error, BrokenPipeError):
        # The interpreter flushes standard output once more on leaving; give it somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return INTERRUPTED
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return WRONG_INPUT
    if isinstance(error, (CoveyError, click.ClickException)) or _is_refusal(error):
        click.echo(f"covey: {one_line(error)}", err=True)
        logging.getLogger(__name__).debug("where it happened", exc_info=error)
        return WRONG_INPUT
    raise error


def _is_refusal(error: BaseException) -> bool:
    """Whether the machine said no in a way that the caller can mend."""
    refusals = (errno.EACCES, errno.EPERM, errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EMFILE, errno.ENOENT)
    return isinstance(error, OSError) and error.errno in refusals


def _only_leaf(error: BaseException) -> BaseException:
    """Return the error inside a group that holds just one, else the group itself."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
