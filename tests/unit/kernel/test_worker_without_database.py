"""The database goes away for a while: nothing is lost, and what arrived is not delivered again."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, event, text
from structlog.testing import capture_logs

from idp.kernel import clock, leases
from idp.kernel.db import Database
from tests.unit.kernel.rows import queue, rows
from tests.unit.kernel.workers import Recorder, a_worker, running, until


@contextmanager
def away(database: Database) -> Iterator[None]:
    """Nobody can write; on PostgreSQL nobody gets in at all, and every open connection is cut."""
    if database.sqlite:
        holder = create_engine(database.engine.url, isolation_level=None).raw_connection()
        holder.execute("BEGIN IMMEDIATE")
        yield
        holder.execute("ROLLBACK")
        holder.close()
        return
    name = str(database.engine.url.database)
    outside = create_engine(database.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with outside.connect() as admin:
        admin.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
        admin.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :n"), {"n": name})
        yield
        admin.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
    outside.dispose()


@pytest.fixture(autouse=True)
def impatient(database: Database) -> None:
    """SQLite's ten seconds of patience, cut short: that is when a writer sees that it cannot write."""
    if database.sqlite:
        database.engine.dispose()
        event.listen(database.engine, "connect", lambda raw, _record: raw.execute("PRAGMA busy_timeout=20"))


def test_what_is_due_waits_until_the_database_is_back(database: Database) -> None:
    for number in range(10):
        queue(database, number=number, at=clock.now())
    handler = Recorder()
    with capture_logs() as logs:
        with away(database), running(a_worker(database, handler)):
            until(lambda: any(entry["event"] == "outbox.unreachable" for entry in logs))
            assert handler.got == []
        with running(a_worker(database, handler)):
            until(lambda: len(handler.got) == 10)
    assert sorted(number for number, _ in handler.got) == list(range(10))


def test_the_same_worker_goes_on_when_the_database_is_back(database: Database) -> None:
    handler = Recorder()
    with capture_logs() as logs, running(a_worker(database, handler)):
        queue(database, number="before", at=clock.now())
        until(lambda: len(handler.got) == 1)
        until(lambda: rows(database)[0].state == "done")
        queue(database, number="after", at=clock.now(), due_at=clock.now() + leases.LEASE / 60)
        with away(database):
            until(lambda: any(entry["event"] == "outbox.unreachable" for entry in logs))
        until(lambda: len(handler.got) == 2)
        until(lambda: [kept.state for kept in rows(database)] == ["done", "done"])
    assert handler.got == [("before", 1), ("after", 1)]


def test_what_arrived_while_the_database_was_away_is_not_delivered_again(database: Database) -> None:
    release = threading.Event()
    handler = Recorder(hold=release)
    for number in range(3):
        queue(database, number=number, at=clock.now())
    with capture_logs() as logs, running(a_worker(database, handler, lease=leases.LEASE / 60)):
        until(lambda: len(handler.got) == 3)
        with away(database):
            release.set()
            until(lambda: sum("id" in entry for entry in logs) >= 3)
            time.sleep(2 * leases.LEASE.total_seconds() / 60)  # its lease has run out
        until(lambda: [kept.state for kept in rows(database)] == ["done"] * 3)
    assert len(handler.got) == 3
