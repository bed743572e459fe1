"""`sleutelbos db`: the schema, and copies of the embedded database."""

import sqlite3
from contextlib import closing
from pathlib import Path

import click
from sqlalchemy import text

from idp import migrations
from idp.cli.context import App, CommandError, explained


@click.group()
def db() -> None:
    """The database: upgrade, check, back up, restore."""


@db.command()
@click.pass_obj
def upgrade(app: App) -> None:
    """Bring the schema to this version of the program."""
    app.upgrade()
    click.echo(f"The database is at revision {migrations.head()}.")


@db.command()
@click.pass_obj
def check(app: App) -> None:
    """Does the schema fit the program, and is the file whole?"""
    with explained(app.settings), app.database.read() as connection:
        migrations.check_not_newer(connection)
        at, head = migrations.current(connection), migrations.head()
        if at != head:
            raise CommandError(f"the database is at revision {at or 'none'}, not {head}: run `sleutelbos db upgrade`")
        differences = migrations.drift(connection)
        if app.database.sqlite:
            found = connection.execute(text("PRAGMA integrity_check")).scalars().all()
            differences += [line for line in found if line != "ok"]
    if differences:
        raise CommandError("the database differs from the program:\n  " + "\n  ".join(differences))
    click.echo(f"The database is whole and at revision {head}.")


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def backup(app: App, file: Path) -> None:
    """Copy the embedded database to FILE while the program runs. The key ring is not in it: keep that apart."""
    source = _embedded(app)
    if file.exists():
        raise CommandError(f"{file} exists already; choose another name")
    with (
        explained(app.settings),
        closing(sqlite3.connect(source)) as origin,
        closing(sqlite3.connect(file)) as copy,
    ):
        origin.backup(copy)
    click.echo(f"Copied to {file} ({file.stat().st_size:,} bytes).")


@db.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def restore(app: App, file: Path) -> None:
    """Put the copy FILE in the place of the embedded database. Stop the program first."""
    target = _embedded(app)
    with explained(app.settings), closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copy:
        if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise CommandError(f"{file} is damaged; nothing was changed")
        if not copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            raise CommandError(f"{file} is not a copy of a Sleutelbos database; nothing was changed")
        with closing(sqlite3.connect(target, timeout=1)) as destination:
            copy.backup(destination)
    app.upgrade()
    click.echo(f"Restored from {file}; the database is at revision {migrations.head()}.")


def _embedded(app: App) -> Path:
    if not app.database.sqlite:
        raise CommandError(
            "this is for the embedded database; back PostgreSQL up with pgBackRest (see docs/operators.md)"
        )
    return Path(str(app.database.engine.url.database))
