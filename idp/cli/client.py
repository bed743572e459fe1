"""`sleutelbos client`: the publishers that may ask us anything."""

import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from idp.cli.context import App, CommandError, explained, require_schema
from idp.engine.clients import metadata, registration
from idp.engine.clients.initial_access import issue_initial_access_token
from idp.engine.clients.registry import Registry
from idp.kernel.clock import now
from idp.school import contracts

BASIC_CLAIMS = ("given_name", "name", "locale")
"""What a publisher is told whose entry lists no claims; an entry that lists some means those and no more."""


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
@click.pass_obj
def invite(app: App, days: int, claims: tuple[str, ...], all_schools: bool) -> None:
    """Print an initial access token, once: whoever has it registers clients at /register (RFC 7591)."""
    require_schema(app)
    unknown = contracts.claims_problem(claims)
    if unknown:
        raise CommandError(unknown)
    terms = {"claims": list(claims), "all_schools": all_schools}
    with explained(app.settings), app.database.write() as db:
        token = issue_initial_access_token(db, now(), terms=terms, life=timedelta(days=days))
    click.echo(token)


def import_registrations(app: App, entries: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Store clients and what publishers may be told, in one transaction; (client_id, what changed) of each.

    Raises CommandError with every problem of every entry, and stores nothing then.
    """
    checked = [_Checked.of(entry) for entry in entries]
    problems = [f"{entry.client_id or 'an entry'}: {problem}" for entry in checked for problem in entry.problems]
    if problems:
        raise CommandError("nothing was imported:\n  " + "\n  ".join(problems))
    with explained(app.settings), _told_when_taken(), app.database.write() as db:
        return [
            (entry.client_id, _combined(registration.store(
                db, entry.client_id, entry.registration, profile=entry.profile, secret=entry.secret, now=now()
            ), contracts.store_publisher(
                db, entry.client_id, entry.registration["client_name"] or entry.client_id, entry.claims,
                entry.all_schools,
            )))
            for entry in checked
        ]  # fmt: skip


@contextmanager
def _told_when_taken() -> Iterator[None]:
    try:
        yield
    except registration.TakenError as taken:
        raise CommandError(f"nothing was imported: another client serves the resource {taken}") from taken


class _Checked:
    """One entry, read and checked."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        own = entry.get("sleutelbos", {})
        self.client_id = str(entry.get("client_id", ""))
        self.secret: str | None = entry.get("client_secret")
        self.profile = str(own.get("profile", "simple"))
        self.claims = list(own.get("claims", BASIC_CLAIMS))
        self.all_schools = bool(own.get("all_schools", False))
        given = {**entry, **({"subject_type": own["subject_type"]} if "subject_type" in own else {})}
        self.registration, self.problems = metadata.check(given, self.profile)
        self.problems += self._own_problems()

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> "_Checked":
        """Read an entry, whatever its shape."""
        return cls(entry if isinstance(entry.get("sleutelbos", {}), Mapping) else {**entry, "sleutelbos": {}})

    def _own_problems(self) -> list[str]:
        problems = []
        if not self.client_id or len(self.client_id) > 200 or not self.client_id.isprintable():
            problems.append("client_id: 1 to 200 visible characters")
        if ":" in self.client_id:
            problems.append("client_id: no colon (it separates the halves of Basic authentication)")
        if self.secret is not None and len(self.secret) < 32:
            problems.append("client_secret: at least 32 random characters")
        if self.registration["token_endpoint_auth_method"].startswith("client_secret") and not self.secret:
            problems.append("client_secret: is missing for this token_endpoint_auth_method")
        unknown = contracts.claims_problem(self.claims)
        return [*problems, f"sleutelbos.claims: {unknown}"] if unknown else problems


def _combined(*outcomes: str) -> str:
    return next((word for word in ("added", "changed") if word in outcomes), "unchanged")


def _read(file: str) -> list[dict[str, Any]]:
    text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    try:
        parsed = json.loads(text) if text.lstrip()[:1] in ("{", "[") else tomllib.loads(text)
    except ValueError as error:
        raise CommandError(f"{file} is neither JSON nor TOML: {error}") from error
    entries = parsed if isinstance(parsed, list) else parsed.get("client", [parsed])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise CommandError(f"{file}: write one client as a table, or several as a list")
    return entries
