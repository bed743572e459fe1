"""`sleutelbos serve` and `sleutelbos worker`: the two kinds of process of a running provider."""

import multiprocessing
import os
import signal
import socket
import threading
from pathlib import Path

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from idp import migrations
from idp.app import build_worker
from idp.cli.context import App, CommandError, explained

THRIFT = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "65536"}
"""For glibc: one heap for all threads, and memory that was needed for a moment goes back (a tenth less is resident)."""

THREADS = 4
"""Blocking threads of a server process: enough to overlap a password hash or a round trip to PostgreSQL."""


@click.command()
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes behind the port.")
@click.pass_obj
def serve(app: App, workers: int) -> None:
    """Answer requests at IDP_HOST:PORT."""
    settings = app.settings
    refuse_taken_port(settings.host, settings.port, "PORT")
    require_schema(app)
    # Workers start afresh instead of as copies of this process: they carry nothing that only a command needs.
    multiprocessing.set_start_method("spawn", force=True)
    for name, value in THRIFT.items():
        os.environ.setdefault(name, value)
    server = Granian(
        "idp.app:from_environment",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        workers_kill_timeout=4,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        working_dir=Path.cwd(),
    )
    server.serve()


@click.command()
@click.pass_obj
def worker(app: App) -> None:
    """Carry out what waits in the outbox (mail, logout calls) until told to stop."""
    require_schema(app)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    build_worker(app.settings, app.database, app.keyring).run_forever(stop)


def require_schema(app: App) -> None:
    """Raises CommandError unless the database is at this program's revision."""
    with explained(app.settings), app.database.read() as db:
        migrations.check_not_newer(db)
        if migrations.current(db) != migrations.head():
            raise CommandError("the database is not up to date: run `sleutelbos db upgrade` first")


def refuse_taken_port(host: str, port: int, variable: str) -> None:
    """Raises CommandError when somebody listens there already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = "is in use" if error.errno == 98 else f"cannot be listened on ({error.strerror})"
            raise CommandError(f"{host}:{port} {reason}; stop the other program or set {variable}") from error
