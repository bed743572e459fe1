"""A row is in one worker's hands at a time, and in nobody's for long."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from idp.kernel import leases
from idp.kernel.db import Database
from idp.kernel.leases import LEASE, PER_REF
from idp.kernel.outbox import CARE, Delivered, Later, Refused, Retry
from idp.kernel.secrets import KeyRing
from tests.unit.kernel.mails import ROOT
from tests.unit.kernel.rows import HOUR, NOW, RING, SECOND, numbers, queue, row, rows, settle, take


def test_a_row_that_is_taken_is_not_taken_again(database: Database) -> None:
    queue(database)
    assert numbers(take(database)) == [1]
    assert take(database) == []


def test_threads_never_take_the_same_row(database: Database) -> None:
    for number in range(120):
        queue(database, number=number)
    together = Barrier(12)

    def work(_number: int) -> list[Any]:
        together.wait(30)
        mine: list[Any] = []
        while works := take(database, most=3):
            mine += numbers(works)
        return mine

    with ThreadPoolExecutor(12) as pool:
        taken = [number for mine in pool.map(work, range(12)) for number in mine]
    assert sorted(taken) == list(range(120))


def test_processes_never_take_the_same_row(database: Database, database_url: str) -> None:
    for number in range(120):
        queue(database, number=number)
    command = [sys.executable, "-m", "tests.unit.kernel.take_rows", database_url]
    takers = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for taker in takers:
        assert taker.stdout is not None
        assert taker.stdout.readline() == "ready\n"
    for taker in takers:  # all are up: now all at once
        assert taker.stdin is not None
        taker.stdin.write("\n")
        taker.stdin.flush()
    taken = [identifier for taker in takers for identifier in taker.communicate(timeout=60)[0].split()]
    assert len(taken) == 120
    assert set(taken) == {found.id for found in rows(database)}


def test_what_a_dead_worker_held_is_taken_by_the_next_when_its_lease_runs_out(database: Database) -> None:
    queue(database)
    take(database)
    assert take(database, NOW + LEASE - SECOND) == []
    (work,) = take(database, NOW + LEASE)
    assert work.attempts == 2


def test_a_lease_may_be_shorter(database: Database) -> None:
    queue(database)
    with database.write() as db:
        leases.lease(db, KeyRing({"k": bytes(32)}), leases.due(db, "mail", NOW, 1), NOW, lasting=SECOND)
    assert len(take(database, NOW + SECOND)) == 1


def test_who_renews_keeps_the_row(database: Database) -> None:
    queue(database)
    held = take(database)
    for number in range(1, 6):
        with database.write() as db:
            leases.renew(db, held, NOW + number * LEASE / 2)
    assert take(database, NOW + 3 * LEASE - SECOND) == []
    assert len(take(database, NOW + 3.5 * LEASE)) == 1


def test_who_lost_a_row_cannot_renew_or_settle_it(database: Database) -> None:
    queue(database)
    (lost,) = take(database)
    (mine,) = take(database, NOW + LEASE)
    with database.write() as db:
        leases.renew(db, [lost], NOW + 10 * LEASE)
    assert row(database).leased_until == NOW + 2 * LEASE
    assert not settle(database, lost, Refused("550 no"))
    assert row(database).state == "queued"
    assert settle(database, mine, Delivered("250 OK"))
    assert not settle(database, mine, Refused("550 no"))
    assert (row(database).state, row(database).outcome) == ("done", "250 OK")


def test_renewing_nothing_does_nothing(database: Database) -> None:
    queue(database)
    with database.write() as db:
        leases.renew(db, [], NOW)
    assert row(database).lease is None


@pytest.mark.parametrize("kind", CARE)
def test_a_row_is_tried_as_often_as_its_kind_says_and_then_given_up(database: Database, kind: str) -> None:
    care = CARE[kind]
    queue(database, kind)
    at, waits = NOW, []
    while True:
        (work,) = take(database, at, kind=kind)
        settle(database, work, Retry("451 later"), at)
        now = row(database)
        if now.state == "failed":
            break
        waits.append(int((now.due_at - at).total_seconds()))
        assert take(database, now.due_at - SECOND, kind=kind) == []
        at = now.due_at
    assert waits[: len(care.waits)] == list(care.waits)
    assert set(waits[len(care.waits) :]) <= {care.waits[-1]}
    assert care.give_up <= at - NOW < care.give_up + timedelta(seconds=care.waits[-1])
    assert (now.outcome, now.payload) == ("451 later", None)


def test_a_row_that_waited_for_us_is_not_given_up_at_its_first_failure(database: Database) -> None:
    """The worker was away for ten days: each wait is still used once."""
    care = CARE["mail"]
    queue(database)
    at = NOW + timedelta(days=10)
    for _ in care.waits:
        (work,) = take(database, at)
        settle(database, work, Retry("451 later"), at)
        assert row(database).state == "queued"
        at = row(database).due_at
    (work,) = take(database, at)
    settle(database, work, Retry("451 later"), at)
    assert row(database).state == "failed"


def test_waiting_of_our_own_is_no_try_and_never_gives_up(database: Database) -> None:
    queue(database)
    for day in range(40):
        at = NOW + timedelta(days=day)
        (work,) = take(database, at)
        assert work.attempts == 1
        settle(database, work, Later("not yet", at + timedelta(hours=23)), at)
        assert take(database, at + timedelta(hours=22)) == []
    assert (row(database).state, row(database).attempts) == ("queued", 0)


def test_waiting_until_a_moment_that_is_past_does_not_spin(database: Database) -> None:
    queue(database)
    (work,) = take(database)
    settle(database, work, Later("not yet", NOW - HOUR))
    assert row(database).due_at == NOW + SECOND


def test_one_slow_publisher_leaves_room_for_the_others(database: Database) -> None:
    for number in range(20):
        queue(database, "backchannel_logout", f"slow {number}", ref="client:slow", at=NOW + number * SECOND)
    queue(database, "backchannel_logout", "quick", ref="client:quick", at=NOW + 30 * SECOND)
    at = NOW + HOUR
    first = take(database, at, kind="backchannel_logout", most=10)
    assert sorted(numbers(first)) == ["quick", *[f"slow {number}" for number in range(PER_REF)]]
    with database.read() as db:
        assert leases.due(db, "backchannel_logout", at, 10, first) == []
        (next_one,) = leases.due(db, "backchannel_logout", at, 10, first[1:])
    assert next_one in {found.id for found in rows(database)} - {work.id for work in first}


def test_a_backlog_of_one_publisher_does_not_hide_the_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many of its rows are older: those that have no room are not looked at."""
    monkeypatch.setattr(leases, "LOOK_AT", 5)
    for number in range(20):
        queue(database, "backchannel_logout", f"slow {number}", ref="client:slow", at=NOW + number * SECOND)
    queue(database, "backchannel_logout", "quick", ref="client:quick", at=NOW + 30 * SECOND)
    first = take(database, NOW + HOUR, kind="backchannel_logout", most=10)
    assert sorted(numbers(first)) == [f"slow {number}" for number in range(PER_REF)]
    with database.write() as db:
        ids = leases.due(db, "backchannel_logout", NOW + HOUR, 10, first)
        assert numbers(leases.lease(db, RING, ids, NOW + HOUR)) == ["quick"]


def test_rows_about_nothing_in_particular_do_not_wait_for_each_other(database: Database) -> None:
    for number in range(3 * PER_REF):
        queue(database, number=number)
    assert len(take(database)) == 3 * PER_REF


def test_the_oldest_go_first(database: Database) -> None:
    for number in (3, 1, 2):
        queue(database, number=number, at=NOW + number * SECOND)
    assert [numbers(take(database, NOW + HOUR, most=1)) for _ in range(3)] == [[1], [2], [3]]


def test_a_worker_never_takes_what_it_holds_itself(database: Database) -> None:
    """Even when it could not renew, because the database was away for longer than its lease."""
    queue(database)
    held = take(database)
    with database.read() as db:
        assert leases.due(db, "mail", NOW + 10 * LEASE, 9, held) == []
        assert len(leases.due(db, "mail", NOW + 10 * LEASE, 9)) == 1


def test_what_cannot_be_opened_says_so_and_spoils_nothing(database: Database) -> None:
    queue(database)
    (work,) = take(database, ring=KeyRing({"other": bytes(range(32))}))
    assert work.payload is None
    settle(database, work, Later("no key", NOW + SECOND))
    assert numbers(take(database, NOW + SECOND)) == [1]


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("550 5.1.1 <jan.de-vries@voorbeeld.nl>: no such user", "550 5.1.1 <…>: no such user"),
        ("550 jan@voorbeeld.nl and els@voorbeeld.nl", "550 … and …"),
        ("550 see https://spf.voorbeeld/why?id=jan%40voorbeeld.nl&ip=1", "550 see …"),
        ("two\r\nlines\x00and\x1b[31mcolours\ud800", "two lines and [31mcolours"),
        ("x" * 600, "x" * 500),
        ("250 2.0.0 OK", "250 2.0.0 OK"),
    ],
)
def test_the_other_sides_words_are_kept_without_addresses_and_controls(
    database: Database, words: str, kept: str
) -> None:
    queue(database)
    (work,) = take(database)
    settle(database, work, Refused(words))
    assert row(database).outcome == kept
