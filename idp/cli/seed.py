"""`sleutelbos seed`: schools and pupils that do not exist, in any number."""

import secrets
import time

import click

from idp.cli.context import App, explained, require_schema
from idp.kernel.clock import now
from idp.kernel.secrets import Passwords
from idp.school import synthetic


@click.command()
@click.option("--schools", required=True, type=click.IntRange(1, 100_000), help="How many schools.")
@click.option("--pupils", required=True, type=click.IntRange(0, 10_000_000), help="How many pupils in all of them.")
@click.option("--password", help="Of every home account and member of staff; made up when you name none.")
@click.pass_obj
def seed(app: App, schools: int, pupils: int, password: str | None) -> None:
    """Fill the database with synthetic schools. Broken off, the same command goes on where it stopped."""
    require_schema(app)
    with explained(app.settings), app.database.read() as db:
        here = synthetic.present(db)
    missing = [number for number in range(schools) if synthetic.key_of(number) not in here]
    if not missing:
        click.echo("They are all here.")
        return
    chosen = password or secrets.token_urlsafe(12)
    password_hash, began, made = Passwords().hash(chosen), time.monotonic(), 0
    with click.progressbar(missing, label="Schools", show_pos=True) as numbers:
        for number in numbers:
            size = pupils // schools + (number < pupils % schools)
            with explained(app.settings), app.database.write() as db:
                made += synthetic.lay_down(db, app.keyring, number, size, password_hash, now()).pupils
    seconds = time.monotonic() - began
    click.echo(f"{len(missing)} schools, {made:,} pupils in {seconds:.1f} s. Everybody's password: {chosen}")
