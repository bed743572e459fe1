"""The program `sleutelbos`: one file per group of commands. Every command ends with 0, or a reason on stderr.

A command asks the `App` in its context for what it needs; the settings are read when it first asks.
"""

import importlib
import sys
from collections.abc import Mapping

import click

from idp import __version__
from idp.cli.context import App, CommandError
from idp.kernel import logs

COMMANDS: Mapping[str, str] = {
    "demo": "idp.cli.demo:demo",
    "serve": "idp.cli.serve:serve",
    "worker": "idp.cli.worker:worker",
    "db": "idp.cli.db:db",
    "keys": "idp.cli.keys:keys",
    "client": "idp.cli.client:client",
    "network": "idp.cli.network:network",
    "school": "idp.cli.school:school",
    "pupil": "idp.cli.pupil:pupil",
    "operator": "idp.cli.operator:operator",
    "seed": "idp.cli.seed:seed",
    "audit": "idp.cli.audit:audit",
    "config": "idp.cli.config:config",
}
"""Name -> where it stands. A command is imported when it is called: a server does not carry what it never does."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name; None = there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(importlib.import_module(module), name)
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="sleutelbos")
@click.pass_context
def group(context: click.Context) -> None:
    """Sleutelbos: the identity provider of a primary-school chain."""
    logs.configure()
    context.obj = App()


def main() -> None:
    """The console script. A reason that a person can act on is one line and exit code 1."""
    try:
        group(prog_name="sleutelbos", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.UsageError as error:
        error.show()
        sys.exit(error.exit_code)
    except (CommandError, click.ClickException) as error:
        click.echo(
            f"sleutelbos: {error.format_message() if isinstance(error, click.ClickException) else error}",
            err=True,
        )
        sys.exit(1)
