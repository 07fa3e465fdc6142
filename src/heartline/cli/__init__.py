"""The command line: one module a verb, loaded only when it is called."""

from __future__ import annotations

import importlib
import os
import sys

import click

from heartline import __version__
from heartline.errors import Conflict, HeartlineError, Invalid, Missing, NotAllowed, Unavailable

VERBS = {
    "serve": "serve",
    "demo": "demo",
    "import": "import_verb",
    "move": "move",
    "backup": "backup",
    "restore": "restore",
    "rebuild": "rebuild",
    "compact": "compact",
    "read": "read",
    "doctor": "doctor",
    "erase": "erase",
    "access": "access",
    "retention": "retention",
    "user": "user",
}
"""Each verb and the module that holds it, as ``verb``."""

EXIT_CODES = {Invalid: 2, NotAllowed: 3, Missing: 4, Conflict: 5, Unavailable: 6}


class LazyVerbs(click.Group):
    """Imports a verb's module only when it is called, so that ``heartline --help`` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click asks so
        """Name the verbs."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # likewise
        """Bring one verb."""
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"heartline.cli.{VERBS[cmd_name]}")
        command: click.Command = module.verb
        return command


@click.group(cls=LazyVerbs)
@click.version_option(__version__, prog_name="heartline")
def verbs() -> None:
    """heartline, the open customer-experience engine."""


def main() -> None:
    """Run a verb; errors are one sentence and what to do, never a traceback."""
    os.umask(0o077)  # all that a verb writes is customers' data
    try:
        verbs(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except HeartlineError as error:
        click.echo(f"heartline: {error.message}\n{error.hint}".rstrip(), err=True)
        sys.exit(EXIT_CODES.get(type(error), 1))
