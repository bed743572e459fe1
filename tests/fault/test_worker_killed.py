"""A worker dies in the middle of its work, without a word: another one takes over, and every mail arrives."""

import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from idp.kernel.clock import now
from idp.kernel.db import Database
from idp.kernel.mail import enqueue_mail
from idp.kernel.outbox import CARE, Outbox
from idp.kernel.secrets import KeyRing
from tests.mail_servers import Arrived, MailServer

ROOT = Path(__file__).parents[2]
MAILS = 40
LEASE_S = 1.5


@contextmanager
def a_worker(database_url: str, keys: str, server: MailServer) -> Iterator[subprocess.Popen[str]]:
    """A worker process that is up; killed at the end if it still is."""
    command = [sys.executable, "-m", "tests.fault.mail_worker", database_url, keys, server.url(), str(LEASE_S)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def until(done: Callable[[], bool], within: float = 40) -> None:
    """Wait for it; fails when it does not happen."""
    deadline = time.monotonic() + within
    while not done():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def queue(database: Database, keys: str) -> None:
    """Mails to as many parents."""
    with database.write() as db:
        for number in range(MAILS):
            told = {"first_name": f"Kind {number}", "school": "De Bron", "path": f"/activeer/ln_{number}"}
            enqueue_mail(db, KeyRing.parse(keys), f"{number}@voorbeeld.nl", "activate", told, locale="nl", now=now())


def states(database: Database) -> Counter[str]:
    """How many rows are queued, done or failed."""
    with database.read() as db:
        counted = db.execute(select(Outbox.state, func.count()).group_by(Outbox.state))
        return Counter(dict(counted.all()))


def arrivals(server: MailServer) -> Counter[str]:
    """How often each mail arrived."""
    return Counter(str(mail.message["Message-ID"]) for mail in server.arrived)


@pytest.fixture
def keys() -> str:
    return KeyRing.generate()


def test_every_mail_arrives_when_a_worker_is_killed_in_the_middle(
    database: Database, database_url: str, keys: str
) -> None:
    """Killed while mails are half handed over: none is lost, and only those can come twice."""
    stuck, released = threading.Semaphore(0), threading.Event()

    def answer(mail: Arrived) -> str | None:
        if len(server.arrived) >= MAILS // 3 and not released.is_set():
            stuck.release()
            until(released.is_set)
        return None

    queue(database, keys)
    with MailServer(answer=answer) as server, a_worker(database_url, keys, server) as first:
        assert stuck.acquire(timeout=40)
        first.send_signal(signal.SIGKILL)
        first.wait(10)
        released.set()
        assert 0 < states(database)["queued"] < MAILS
        with a_worker(database_url, keys, server) as second:
            until(lambda: states(database) == {"done": MAILS})
            second.terminate()
            assert second.wait(15) == 0
    came = arrivals(server)
    assert len(came) == MAILS
    assert max(came.values()) <= 2
    assert came.total() - MAILS <= CARE["mail"].at_once
    assert {mail.to[0] for mail in server.arrived} == {f"{number}@voorbeeld.nl" for number in range(MAILS)}
    with database.read() as db:
        assert db.execute(select(func.count()).where(Outbox.payload.is_not(None))).scalar() == 0


def test_workers_that_are_killed_again_and_again_deliver_everything(
    database: Database, database_url: str, keys: str
) -> None:
    """At whatever moment they die: while they lease, send or write down."""
    queue(database, keys)
    with MailServer(answer=lambda mail: time.sleep(0.02)) as server:
        for number in range(3):
            with a_worker(database_url, keys, server) as victim:
                until(lambda many=6 * (number + 1): len(server.arrived) >= many)
                victim.send_signal(signal.SIGKILL)
        with a_worker(database_url, keys, server):
            until(lambda: states(database) == {"done": MAILS})
    came = arrivals(server)
    assert len(came) == MAILS
    assert came.total() - MAILS <= 3 * CARE["mail"].at_once


def test_two_workers_share_the_work_and_send_nothing_twice(database: Database, database_url: str, keys: str) -> None:
    with MailServer(answer=lambda mail: time.sleep(0.02)) as server:
        with a_worker(database_url, keys, server) as one, a_worker(database_url, keys, server) as two:
            queue(database, keys)
            until(lambda: states(database) == {"done": MAILS})
            for process in (one, two):
                process.terminate()
            assert [process.wait(15) for process in (one, two)] == [0, 0]
        assert set(arrivals(server).values()) == {1}
    assert len(server.arrived) == MAILS


def test_a_worker_that_is_told_to_stop_finishes_what_it_began(database: Database, database_url: str, keys: str) -> None:
    with MailServer(answer=lambda mail: time.sleep(0.05)) as server:
        queue(database, keys)
        with a_worker(database_url, keys, server) as first:
            until(lambda: len(server.arrived) >= 5)
            first.terminate()
            assert first.wait(15) == 0
        assert 0 < states(database)["done"] < MAILS
        with database.read() as db:
            assert db.execute(select(func.count()).where(Outbox.lease.is_not(None))).scalar() == 0
        with a_worker(database_url, keys, server):
            until(lambda: states(database) == {"done": MAILS})
    assert set(arrivals(server).values()) == {1}
