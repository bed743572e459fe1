"""`sleutelbos serve`: the processes that answer requests."""

import multiprocessing
import os
import sys
from contextlib import suppress
from pathlib import Path

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from idp.cli.context import App, require_schema
from idp.cli.ports import refuse_taken_port

THRIFT = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "65536"}
"""For glibc: one heap for all threads, and memory that was needed for a moment goes back (a tenth less is resident)."""

THREADS = 4
"""Blocking threads of a server process: enough to overlap a password hash or a round trip to PostgreSQL."""


@click.command()
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes behind the port.")
@click.option("--copies", is_flag=True, hidden=True, help="Start quickly rather than small: for the demo.")
@click.pass_obj
def serve(app: App, workers: int, copies: bool) -> None:
    """Answer requests at IDP_HOST:PORT."""
    settings = app.settings
    refuse_taken_port(settings.host, settings.port, "PORT")
    require_schema(app)
    if not copies:
        # Workers start afresh instead of as copies of this process, and carry nothing that only a command needs.
        multiprocessing.set_start_method("spawn", force=True)
    for name, value in THRIFT.items():
        os.environ.setdefault(name, value)
    _take_turns()
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


def _take_turns() -> None:
    """A thread that wakes up waits for the one at work instead of interrupting it (sched(7)); processes inherit it.

    A request goes through several threads, of which Python lets one run: interrupting each other cost a quarter.
    """
    if sys.platform == "linux":
        with suppress(OSError):  # where a container forbids it, they are merely slower
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
