"""`covey secret`: make the file that lets nodes into a mesh."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.group(short_help="Make the secret file that the nodes of a mesh share.")
def command() -> None:
    """Make the secret file that the nodes of a mesh share."""


@command.command()
@click.argument("file", type=click.Path())
def new(file: str) -> None:
    """Write a new random secret to FILE, readable by you alone.

    Copy FILE to the other hosts over a channel that you trust. An existing file is never overwritten.
    """
    from covey.security.secret import Secret

    Secret.generate().save(file)
    click.echo(f"{file}: a new secret; give it to every node with --secret-file")
