"""`sleutelbos worker`: the process that carries out what waits in the outbox."""

import signal
import threading

import click

from idp.app import build_worker
from idp.cli.context import App, require_schema


@click.command()
@click.pass_obj
def worker(app: App) -> None:
    """Carry out what waits in the outbox (mail, logout calls) until told to stop."""
    require_schema(app)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    build_worker(app.settings, app.database, app.keyring).run_forever(stop)
