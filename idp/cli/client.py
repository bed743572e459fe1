"""`sleutelbos client`: the publishers that may ask us anything."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from idp import publishers
from idp.cli.context import App, CommandError, explained, require_schema
from idp.engine.clients import registration
from idp.engine.clients.initial_access import issue_initial_access_token
from idp.engine.clients.registry import Registry
from idp.kernel.clock import now
from idp.school import contracts


@click.group()
def client() -> None:
    """Publishers (OpenID clients): import, list, disable."""


@client.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.pass_obj
def import_files(app: App, files: tuple[str, ...]) -> None:
    """Add or change the clients of FILES (TOML or JSON, one or a list; - is standard input). All of them, or none."""
    require_schema(app)
    entries = [entry for file in files for entry in _read(file)]
    for client_id, done in import_registrations(app, entries):
        click.echo(f"{client_id}: {done}")


@client.command("list")
@click.pass_obj
def list_all(app: App) -> None:
    """Every client: id, name, profile, method of authentication."""
    require_schema(app)
    with explained(app.settings), app.database.read() as db:
        for found in Registry().all(db):
            click.echo(f"{found.id}\t{found.name}\t{found.profile.name}\t{found.auth_method}")


@client.command()
@click.argument("client_id")
@click.pass_obj
def disable(app: App, client_id: str) -> None:
    """Refuse this client from now on; importing it again lets it back in."""
    require_schema(app)
    with explained(app.settings), app.database.write() as db:
        if not registration.disable(db, client_id, now()):
            raise CommandError(f"there is no client {client_id}: see `sleutelbos client list`")
    click.echo(f"{client_id}: disabled")


@client.command("rotate-secret")
@click.argument("client_id")
@click.pass_obj
def rotate_secret(app: App, client_id: str) -> None:
    """Print a new secret for this client, once; the one before works for seven days more."""
    require_schema(app)
    with explained(app.settings), app.database.write() as db:
        secret = registration.rotate_secret(db, client_id, now())
        if secret is None:
            raise CommandError(f"there is no client {client_id} with a secret: see `sleutelbos client list`")
    click.echo(secret)


@client.command()
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How long it is good for.")
@click.option("--claim", "claims", multiple=True, help="What those clients may be told; may be repeated.")
@click.option("--all-schools", is_flag=True, help="Every school opens those clients.")
@click.option("--session-management", is_flag=True, help="Those clients get session_state (OIDC Session Management).")
@click.pass_obj
def invite(app: App, days: int, claims: tuple[str, ...], all_schools: bool, session_management: bool) -> None:
    """Print an initial access token, once: whoever has it registers clients at /register (RFC 7591)."""
    require_schema(app)
    unknown = contracts.claims_problem(claims)
    if unknown:
        raise CommandError(unknown)
    terms = {"claims": list(claims), "all_schools": all_schools, "session_management": session_management}
    with explained(app.settings), app.database.write() as db:
        token = issue_initial_access_token(db, now(), terms=terms, life=timedelta(days=days))
    click.echo(token)


def import_registrations(app: App, entries: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Store clients and what publishers may be told, in one transaction; (client_id, what changed) of each.

    Raises CommandError with every problem of every entry, and stores nothing then.
    """
    try:
        with explained(app.settings), app.database.write() as db:
            return publishers.store(db, app.keyring, entries, now())
    except publishers.EntryError as error:
        raise CommandError("nothing was imported:\n  " + "\n  ".join(error.problems)) from error


def _read(file: str) -> list[dict[str, Any]]:
    try:
        return publishers.read(sys.stdin.read() if file == "-" else Path(file).read_text("utf-8"))
    except publishers.EntryError as error:
        raise CommandError(f"{file}: {error}") from error
