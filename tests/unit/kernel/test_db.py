"""Types and units of work behave alike on both databases, among threads and among processes."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier, Event, Thread
from time import perf_counter

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from idp.kernel import audit
from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database, make_engine
from idp.kernel.throttle import Throttle

NOW = datetime(2025, 9, 1, 8, 30, tzinfo=UTC)
ROOT = Path(__file__).parents[3]


def _count(database: Database) -> int:
    with database.read() as db:
        return db.execute(select(func.count()).select_from(AuditEvent)).scalar_one()


def _keep(database: Database, moment: datetime | None) -> datetime | None:
    with database.write() as db:
        db.execute(insert(Throttle).values(bucket="x", since=NOW, count=1, locked_until=moment))
        return db.execute(select(Throttle.locked_until)).scalar_one()


@pytest.mark.parametrize(
    "moment",
    [
        NOW,
        NOW + timedelta(microseconds=1),
        datetime(2025, 10, 26, 2, 30, tzinfo=timezone(timedelta(hours=2))),  # twice that night in Amsterdam
        datetime(2025, 10, 26, 2, 30, tzinfo=timezone(timedelta(hours=1))),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        None,
    ],
)
def test_a_moment_comes_back_as_the_same_moment_in_utc(database: Database, moment: datetime | None) -> None:
    kept = _keep(database, moment)
    assert kept == moment
    assert kept is None or kept.utcoffset() == timedelta(0)


@pytest.mark.postgresql
def test_a_server_that_lives_in_another_zone_changes_no_moment(database_url: str) -> None:
    engine = make_engine(f"{database_url}?options=-ctimezone%3DEurope/Amsterdam")
    kept = _keep(Database(engine), NOW)
    engine.dispose()
    assert kept == NOW
    assert kept is not None
    assert kept.utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        _keep(database, datetime(2025, 9, 1, 8, 30))


def test_moments_compare_in_the_database_as_they_do_here(database: Database) -> None:
    """SQLite compares text: a moment from another zone, or without microseconds, must still sort right."""
    moments = [
        NOW + timedelta(microseconds=500_000),
        NOW.astimezone(timezone(timedelta(hours=-11))),
        NOW + timedelta(seconds=1),
        NOW - timedelta(hours=5),
    ]
    with database.write() as db:
        for number, moment in enumerate(moments):
            audit.record(db, str(number), now=moment)
        found = db.execute(select(AuditEvent.at).order_by(AuditEvent.at)).scalars().all()
        earlier = db.execute(select(func.count()).where(AuditEvent.at < NOW)).scalar()
    assert found == sorted(moments)
    assert earlier == 1


def test_a_block_that_raises_leaves_nothing_and_the_next_one_works(database: Database) -> None:
    def act() -> None:
        with database.write() as db:
            audit.record(db, "lost", now=NOW)
            raise InterruptedError

    for _ in range(3):
        with pytest.raises(InterruptedError):
            act()
    assert _count(database) == 0
    with database.write() as db:
        audit.record(db, "kept", now=NOW)
    assert _count(database) == 1


def test_what_is_not_committed_is_seen_by_nobody_else(database: Database) -> None:
    with database.write() as db:
        audit.record(db, "mine", now=NOW)
        assert _count(database) == 0  # a reader does not wait for the writer either
    assert _count(database) == 1


def test_a_transaction_inside_another_is_our_own_mistake_and_does_not_hang(database: Database) -> None:
    def nested() -> None:
        with database.write(), database.write():
            pass

    for _ in range(2):
        with pytest.raises(RuntimeError, match="writing already"):
            nested()
    with database.write() as db:
        audit.record(db, "kept", now=NOW)
    assert _count(database) == 1


def test_foreign_keys_hold(database: Database) -> None:
    statement = text(
        "INSERT INTO email_slot (id, pupil_id, position, home_account_id, created_at) VALUES ('s', 'p', 1, 'h', :now)"
    )
    with pytest.raises(IntegrityError), database.write() as db:
        db.execute(statement, {"now": NOW.replace(tzinfo=None)})


def test_many_threads_write_at_once_and_nothing_is_lost(database: Database) -> None:
    together = Barrier(24)

    def work(number: int) -> None:
        together.wait(30)
        for _ in range(10):
            with database.write() as db:
                db.execute(select(func.count()).select_from(AuditEvent)).scalar()
                audit.record(db, str(number), now=NOW)

    with ThreadPoolExecutor(24) as pool:
        list(pool.map(work, range(24)))
    assert _count(database) == 240


def test_many_processes_write_at_once_and_nothing_is_lost(database: Database, database_url: str) -> None:
    command = [sys.executable, "-m", "tests.unit.kernel.write_rows", database_url]
    writers = [
        subprocess.Popen([*command, name, "60"], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for name in ("a", "b", "c")
    ]
    with ThreadPoolExecutor(4) as pool:
        mine = [pool.submit(_write_once, database) for _ in range(60)]
    for writer in writers:
        _, complaint = writer.communicate(timeout=60)
        assert writer.returncode == 0, complaint
    assert all(future.exception() is None for future in mine)
    assert _count(database) == 240


def _write_once(database: Database) -> None:
    with database.write() as db:
        audit.record(db, "here", now=NOW)


def test_a_reader_never_waits_for_a_writer(database: Database) -> None:
    writing, done = Event(), Event()

    def write() -> None:
        with database.write() as db:
            audit.record(db, "slow", now=NOW)
            writing.set()
            done.wait(30)

    writer = Thread(target=write)
    writer.start()
    assert writing.wait(30)
    began = perf_counter()
    for _ in range(50):
        assert _count(database) == 0
    assert perf_counter() - began < 2
    done.set()
    writer.join()
    assert _count(database) == 1


def test_several_may_open_a_new_sqlite_file_at_the_same_moment(tmp_path: Path) -> None:
    """Turning on the write-ahead log takes the whole file for a moment; nobody may fall over that."""
    for round_number in range(5):
        url = f"sqlite:///{tmp_path / f'{round_number}.db'}"
        together = Barrier(8)

        def open_it(_number: int, url: str = url, together: Barrier = together) -> str:
            engine = make_engine(url)
            together.wait(30)
            with Database(engine).write() as db:
                mode: str = db.execute(text("PRAGMA journal_mode")).scalar_one()
            engine.dispose()
            return mode

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(open_it, range(8))) == {"wal"}


@pytest.mark.postgresql
def test_a_lost_connection_costs_one_try(database: Database) -> None:
    """The pool notices that the server went, and the next unit of work has a fresh connection."""
    assert _count(database) == 0
    with database.engine.connect() as db:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        db.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))
    failures = 0
    for _ in range(5):
        try:
            assert _count(database) == 0
        except StatementError:
            failures += 1
    assert failures <= 1
