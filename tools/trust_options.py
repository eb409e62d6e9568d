"""The options that say whom a node trusts, and how they become what `covey.Node` takes."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from covey.tools.passphrases import Passphrases, passphrase_options
from covey.values import frozen

if TYPE_CHECKING:
    from covey.mesh.trust import TrustChoice

__all__ = ["TrustOptions", "member_folder", "trust_options"]

Command = Callable[..., Any]
MODES = ("open", "secret", "pinned", "authority")


@frozen
class TrustOptions:
    """What the caller said; at most one mode."""

    mode: str | None = None
    """Named outright, else by what else is given."""
    secret_file: str | None = None
    pinned: str | None = None
    """Directory of certificates."""
    keys: str | None = None
    """Own key pair, with `pinned`."""
    authority: str | None = None
    """Folder of the membership."""
    passphrases: Passphrases = Passphrases()

    def chosen_mode(self) -> str:
        """Return the mode.

        Raises:
            click.UsageError: more than one is meant.
        """
        given = {"secret": self.secret_file, "pinned": self.pinned, "authority": self.authority}
        named = [mode for mode, value in given.items() if value is not None]
        if self.mode is not None:
            return self.mode
        if len(named) > 1:
            import click

            options = {"secret": "--secret-file", "pinned": "--pinned", "authority": "--authority"}
            raise click.UsageError(
                f"{' and '.join(options[mode] for mode in named)} are different kinds of trust; give one, or --trust"
            )
        if not named and self.keys is not None:
            import click

            raise click.UsageError("--keys goes with --pinned DIR, the directory of the others' certificates")
        return named[0] if named else "open"

    def choice(self, mesh: str) -> TrustChoice | None:
        """Return what `covey.Node` takes; None for an open mesh.

        Raises:
            click.UsageError: something is missing, or does not go together.
            KeyFileError: a file cannot be read, or others can read it.
            OptionError: a directory cannot be read, or a passphrase is wrong.
        """
        mode = self.chosen_mode()
        if mode == "secret":
            from covey.security.secret import Secret

            return Secret.load(_needed(self.secret_file, "--secret-file FILE", mode))
        if mode == "pinned":
            from covey.security.curve.keys import CurveKeys
            from covey.security.trust.pinned import Pinned

            directory = _needed(self.pinned, "--pinned DIR", mode)
            file = _needed(self.keys, "--keys FILE, this node's own pair (see `covey keys new`)", mode)
            return Pinned(directory, CurveKeys.load(file, self.passphrases))
        if mode == "authority":
            from covey.security.trust.authority import Authority

            return Authority(self.authority or member_folder(mesh), self.passphrases)
        return None


def member_folder(mesh: str) -> str:
    """Return where a membership is kept unless said otherwise."""
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return os.path.join(base, "covey", mesh.replace(os.sep, "_"))


def trust_options(command: Command) -> Command:
    """Add --trust, --secret-file, --pinned, --keys, --authority and the passphrase's, as `trust`."""
    import click

    @click.option(
        "--trust",
        "mode",
        type=click.Choice(MODES),
        envvar="COVEY_TRUST",
        help="Whom to trust, where the options below leave it open; `authority` alone looks in ~/.config/covey/MESH.",
    )
    @click.option(
        "--secret-file",
        metavar="FILE",
        envvar="COVEY_SECRET_FILE",
        help="Trust who has the mesh's secret (see `covey secret new`). Without any trust the mesh is open.",
    )
    @click.option(
        "--pinned",
        metavar="DIR",
        envvar="COVEY_PINNED",
        help="Trust the keys whose certificates lie in DIR; with --keys.",
    )
    @click.option("--keys", metavar="FILE", envvar="COVEY_KEYS", help="This node's own pair, with --pinned.")
    @click.option(
        "--authority",
        metavar="DIR",
        envvar="COVEY_AUTHORITY",
        help="Trust whom the authority certified; DIR is this machine's membership (see `covey join`).",
    )
    @passphrase_options
    @functools.wraps(command)
    def with_trust(
        *args: Any,
        mode: str | None,
        secret_file: str | None,
        pinned: str | None,
        keys: str | None,
        authority: str | None,
        passphrases: Passphrases,
        **kwargs: Any,
    ) -> Any:
        trust = TrustOptions(mode, secret_file, pinned, keys, authority, passphrases)
        return command(*args, trust=trust, **kwargs)

    return with_trust


def _needed(value: str | None, option: str, mode: str) -> str:
    if value is None:
        import click

        raise click.UsageError(f"trust by {mode} needs {option}")
    return value
