"""`sleutelbos pupil`: all data about one child, handed over or erased."""

import json

import click

from idp.cli.context import App, CommandError, explained, require_schema
from idp.directory import Directory
from idp.engine.engine import Engine
from idp.kernel import audit
from idp.kernel.clock import now


@click.group()
def pupil() -> None:
    """One child's data: export, erase. The id stands in the address of the child's pages."""


@pupil.command()
@click.argument("pupil_id", metavar="ID")
@click.pass_obj
def export(app: App, pupil_id: str) -> None:
    """Everything that is known of child ID, as JSON on standard output."""
    require_schema(app)
    directory = Directory(app.keyring)
    engine = Engine.build(app.settings.issuer, app.database, app.keyring, directory)
    with explained(app.settings), app.database.write() as db:
        data = directory.export(db, engine.registry, pupil_id)
        if data is None:
            raise CommandError(f"there is no pupil {pupil_id}")
        school_id = data["school"]["id"]
        audit.record(db, "data.exported", now=now(), actor="program", thing=f"pupil:{pupil_id}", school_id=school_id)
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


@pupil.command()
@click.argument("pupil_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@click.pass_obj
def erase(app: App, pupil_id: str, yes: bool) -> None:
    """Erase child ID from school, engine and outbox; the audit keeps a random stand-in. There is no way back."""
    require_schema(app)
    if not yes:
        click.confirm(f"Erase everything about pupil {pupil_id}?", abort=True, err=True)
    directory = Directory(app.keyring)
    engine = Engine.build(app.settings.issuer, app.database, app.keyring, directory)
    with explained(app.settings), app.database.write() as db:
        erased = directory.erase(db, engine.sessions, pupil_id, now(), actor="program", why="asked")
    if not erased:
        raise CommandError(f"there is no pupil {pupil_id}")
    click.echo("Erased. Publishers that had a session are told that it ended.")
