"""The worker delivers what is due, a few at a time, survives its handlers, and ends when it is told."""

import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text
from structlog.testing import capture_logs

from idp.kernel import clock, leases, outbox, worker
from idp.kernel.db import Database
from idp.kernel.leases import PER_REF
from idp.kernel.outbox import CARE, Delivered, Result, Retry
from idp.kernel.secrets import KeyRing
from idp.kernel.worker import Worker
from tests.unit.kernel.rows import HOUR, NOW, queue, row, rows
from tests.unit.kernel.workers import Recorder, a_worker, running, until


def test_one_round_delivers_everything_that_is_due(database: Database) -> None:
    for number in range(11):
        queue(database, number=number)
    queue(database, number="later", due_at=NOW + HOUR)
    handler = Recorder()
    assert a_worker(database, handler).run_once(NOW) == 11
    assert sorted(number for number, _ in handler.got) == list(range(11))
    assert [kept.state for kept in rows(database)].count("done") == 11
    assert handler.together <= CARE["mail"].at_once
    assert a_worker(database, handler).run_once(NOW) == 0


def test_the_handler_is_told_which_try_it_is(database: Database) -> None:
    queue(database)
    handler = Recorder(Retry("451 later"))
    made, at = a_worker(database, handler), NOW
    for _ in range(3):
        assert made.run_once(at) == 1
        at = row(database).due_at
    assert handler.got == [(1, 1), (1, 2), (1, 3)]


def test_a_kind_without_a_handler_is_left_for_a_newer_program(database: Database) -> None:
    queue(database, "backchannel_logout")
    assert a_worker(database, Recorder()).run_once(NOW) == 0
    assert (row(database).state, row(database).attempts) == ("queued", 0)


def test_a_handler_for_a_kind_that_nobody_cares_for_is_refused_at_the_start(database: Database) -> None:
    with pytest.raises(KeyError):
        a_worker(database, Recorder(), "pigeon")


def test_a_handler_that_raises_is_tried_again_and_its_words_are_kept_from_everybody(database: Database) -> None:
    def broken(payload: Mapping[str, Any], attempts: int) -> Result:
        raise RuntimeError("jan@voorbeeld.nl")

    queue(database)
    with capture_logs() as logs:
        assert a_worker(database, broken).run_once(NOW) == 1
    kept = row(database)
    assert (kept.state, kept.lease) == ("queued", None)
    assert kept.due_at == NOW + timedelta(seconds=CARE["mail"].waits[0])
    assert "jan" not in str(logs)
    assert "jan" not in kept.outcome
    assert [entry["error"] for entry in logs] == ["RuntimeError"]


def test_what_cannot_be_opened_waits_for_the_right_key_however_long(database: Database) -> None:
    queue(database)
    handler = Recorder()
    stranger = Worker(database, KeyRing({"other": bytes(range(32))}), {"mail": handler})
    at = NOW
    for _ in range(3):
        at += timedelta(days=2)
        with clock.frozen(at):
            assert stranger.run_once(at) == 1
    assert handler.got == []
    with database.read() as db:
        assert [one.state for one in outbox.failures(db)] == ["queued"]
    assert a_worker(database, handler).run_once(at + HOUR) == 1
    assert row(database).state == "done"


def test_a_new_row_is_delivered_within_a_second(database: Database) -> None:
    """Waiting for nothing in between: the median of several, so that a busy machine does not decide."""
    handler, delays = Recorder(), []
    with running(a_worker(database, handler)):
        for number in range(5):
            queue(database, number=number, at=clock.now())
            began = time.monotonic()
            until(lambda count=number: len(handler.got) > count)
            delays.append(time.monotonic() - began)
    assert sorted(delays)[2] < 1
    assert [kept.state for kept in rows(database)] == ["done"] * 5


def test_one_slow_publisher_keeps_no_other_waiting(database: Database) -> None:
    release, slow, quick = threading.Event(), [], []

    def handler(payload: Mapping[str, Any], attempts: int) -> Result:
        if payload["number"] == "slow":
            slow.append(1)
            release.wait(30)
        else:
            quick.append(1)
        return Delivered()

    for _ in range(40):
        queue(database, "backchannel_logout", "slow", ref="client:slow", at=clock.now())
    with running(a_worker(database, handler, "backchannel_logout")):
        until(lambda: len(slow) == PER_REF)
        for _ in range(10):
            queue(database, "backchannel_logout", "quick", ref="client:quick", at=clock.now())
        until(lambda: len(quick) == 10)
        assert len(slow) == PER_REF
        release.set()
        until(lambda: len(slow) == 40)


def test_a_delivery_that_takes_longer_than_the_lease_stays_with_its_worker(database: Database) -> None:
    release = threading.Event()
    handler = Recorder(hold=release)
    queue(database, at=clock.now())
    lease = timedelta(seconds=3)
    with running(a_worker(database, handler, lease=lease)), running(a_worker(database, handler, lease=lease)):
        until(lambda: len(handler.got) == 1)
        first = row(database).leased_until
        until(lambda: clock.now() > first + lease / 4)
        assert row(database).leased_until > first + lease / 2
        release.set()
        until(lambda: row(database).state == "done")
    assert len(handler.got) == 1


@pytest.mark.parametrize("lease", [None, timedelta(seconds=7)])
def test_a_row_is_held_for_half_a_minute_or_as_long_as_was_said(database: Database, lease: timedelta | None) -> None:
    queue(database)
    release = threading.Event()
    more = {} if lease is None else {"lease": lease}
    once = threading.Thread(target=a_worker(database, Recorder(hold=release), **more).run_once, args=(NOW,))
    once.start()
    until(lambda: row(database).lease is not None)
    assert row(database).leased_until == NOW + (lease or timedelta(seconds=30))
    release.set()
    once.join(20)


def test_what_is_under_way_may_end_when_the_worker_is_told_to_stop(database: Database) -> None:
    release = threading.Event()
    handler = Recorder(hold=release)
    for number in range(20):
        queue(database, number=number, at=clock.now())
    with running(a_worker(database, handler)) as stop:
        until(lambda: len(handler.got) == CARE["mail"].at_once)
        stop.set()
        time.sleep(0.4)
        release.set()
    states = [kept.state for kept in rows(database)]
    assert states.count("done") == CARE["mail"].at_once == len(handler.got)
    assert {kept.lease for kept in rows(database)} == {None}


def test_a_delivery_that_never_ends_does_not_keep_the_worker_from_ending(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "DRAIN_S", 0.3)
    release = threading.Event()
    handler = Recorder(hold=release)
    queue(database, at=clock.now())
    began = time.monotonic()
    with running(a_worker(database, handler)) as stop:
        until(lambda: len(handler.got) == 1)
        # Nor the process: a thread that is no daemon is waited for at its end.
        assert {thread.daemon for thread in threading.enumerate() if thread.name == "outbox-mail"} == {True}
        stop.set()
        began = time.monotonic()
    assert time.monotonic() - began < 5
    release.set()
    until(lambda: row(database).state == "done")


def test_a_chore_is_done_at_the_start_and_one_that_fails_stops_nothing(database: Database) -> None:
    done: list[datetime] = []

    def broken(db: Connection, now: datetime) -> None:
        db.execute(text("SELECT * FROM nowhere"))

    def good(db: Connection, now: datetime) -> None:
        outbox.oldest_due(db, now)
        done.append(now)

    queue(database, at=clock.now())
    handler = Recorder()
    with running(a_worker(database, handler, chores=[broken, good])):
        until(lambda: bool(done) and bool(handler.got))
        time.sleep(0.5)
    assert len(done) == 1


def test_a_machine_without_a_thread_to_spare_loses_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoThread(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    queue(database)
    made = a_worker(database, Recorder())
    with monkeypatch.context() as patched:
        patched.setattr(worker.threading, "Thread", NoThread)
        with pytest.raises(RuntimeError):
            made.run_once(NOW)
    assert made.run_once(NOW + leases.LEASE) == 1
    assert row(database).state == "done"
