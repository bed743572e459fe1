"""The program `sleutelbos`: one file per group of commands. Every command ends with 0, or a reason on stderr.

A command asks the `App` in its context for what it needs; the settings are read when it first asks.
"""

import sys

import click

from idp import __version__
from idp.cli import audit, client, config, db, demo, keys, school, seed, serve
from idp.cli.context import App, CommandError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="sleutelbos")
@click.pass_context
def group(context: click.Context) -> None:
    """Sleutelbos: the identity provider of a primary-school chain."""
    context.obj = App()


for command in (
    demo.demo,
    serve.serve,
    serve.worker,
    db.db,
    keys.keys,
    client.client,
    school.school,
    seed.seed,
    audit.audit,
    config.config,
):
    group.add_command(command)


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
