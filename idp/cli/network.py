"""`sleutelbos network`: the network environments where pupils of some schools sign in."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from idp import publishers
from idp.cli.context import App, CommandError, explained, require_schema
from idp.engine.upstream import model
from idp.kernel.clock import now
from idp.school.networks import NETWORKS


@click.group()
def network() -> None:
    """Network environments (OpenID providers upstream of ours): import, list."""


@network.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.pass_obj
def import_files(app: App, files: tuple[str, ...]) -> None:
    """Add or change the environments of FILES (TOML or JSON, one or a list; - is standard input). All, or none.

    deploy/networks holds an example of each.
    """
    require_schema(app)
    found = [entry for file in files for entry in _read(file)]
    for slug, done in import_environments(app, found):
        click.echo(f"{slug}: {done}")


@network.command("list")
@click.pass_obj
def list_all(app: App) -> None:
    """Every environment that was imported: slug, name, issuer, how we prove who we are, the claim with the key."""
    require_schema(app)
    with explained(app.settings), app.database.read() as db:
        for slug in model.names(db):
            found = model.find(db, app.keyring, slug)
            if found is not None:
                click.echo("\t".join((slug, found.name, found.issuer, found.auth_method, found.subject_claim)))


def import_environments(app: App, given: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Store environments, in one transaction; (slug, what changed) of each.

    Raises CommandError with every problem of every entry, and stores nothing then.
    """
    problems = [f"{entry.get('slug') or 'an entry'}: {problem}" for entry in given for problem in _problems(entry)]
    if problems:
        raise CommandError("nothing was imported:\n  " + "\n  ".join(problems))
    with explained(app.settings), app.database.write() as db:
        return [(str(entry["slug"]), model.store(db, app.keyring, entry, now())) for entry in given]


def _read(file: str) -> list[dict[str, Any]]:
    try:
        return publishers.read(sys.stdin.read() if file == "-" else Path(file).read_text("utf-8"), "network")
    except publishers.EntryError as error:
        raise CommandError(f"{file}: {error}") from error


def _problems(entry: Mapping[str, Any]) -> list[str]:
    found = model.problems(entry)
    if not found and entry["slug"] not in NETWORKS:
        found.append(f"slug: one of {', '.join(NETWORKS)}")
    return found
