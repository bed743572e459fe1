"""`sleutelbos keys`: the keys that sign tokens."""

import click

from idp.cli.context import App, explained, require_schema
from idp.engine import keys as engine_keys
from idp.kernel.clock import now


@click.group()
def keys() -> None:
    """Signing keys: list, rotate."""


@keys.command("list")
@click.pass_obj
def list_all(app: App) -> None:
    """Every key that is published: id, algorithm, state, since when it signs."""
    require_schema(app)
    with explained(app.settings), app.database.read() as db:
        for kid, alg, state, active_from in engine_keys.listing(db, now()):
            click.echo(f"{kid}\t{alg}\t{state}\t{active_from:%Y-%m-%d %H:%M:%S} UTC")


@keys.command()
@click.pass_obj
def rotate(app: App) -> None:
    """Publish new keys now; they take over by themselves when every publisher can know them."""
    require_schema(app)
    with explained(app.settings), app.database.write() as db:
        takes_over = engine_keys.rotate(db, app.keyring, now())
    click.echo(f"New keys are published and sign from {takes_over:%Y-%m-%d %H:%M:%S} UTC; nothing has to be restarted.")
