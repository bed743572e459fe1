"""Work outside the database is a row of the transaction that causes it: once, sealed, and wiped when it is done."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from idp.kernel import audit, outbox, retention
from idp.kernel.db import Database
from idp.kernel.outbox import CARE, Delivered, Later, Outcome, Refused, Retry
from idp.kernel.secrets import UnsealError
from tests.unit.kernel.rows import HOUR, NOW, RING, SECOND, queue, row, rows, settle, take


def test_a_cause_that_is_rolled_back_leaves_no_work(database: Database) -> None:
    def act() -> None:
        with database.write() as db:
            audit.record(db, "slot.filled", now=NOW)
            outbox.enqueue(db, RING, "mail", {}, now=NOW)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        act()
    assert rows(database) == []


def test_work_is_there_as_soon_as_its_cause_is_and_not_before(database: Database) -> None:
    with database.write() as db:
        outbox.enqueue(db, RING, "mail", {}, now=NOW)
        assert rows(database) == []
    assert len(rows(database)) == 1


def test_work_with_the_same_key_is_queued_once(database: Database) -> None:
    assert queue(database, once="logout:a") is not None
    assert queue(database, once="logout:a") is None
    assert queue(database, once="logout:b") is not None
    assert queue(database) is not None
    assert queue(database) is not None
    assert len(rows(database)) == 4


def test_a_key_stays_taken_when_its_work_is_done(database: Database) -> None:
    queue(database, once="logout:a")
    (work,) = take(database)
    settle(database, work, Delivered())
    assert queue(database, once="logout:a") is None


def test_of_many_at_once_with_the_same_key_one_is_queued(database: Database) -> None:
    with ThreadPoolExecutor(20) as pool:
        made = list(pool.map(lambda number: queue(database, number=number, once="logout:a"), range(20)))
    assert sum(identifier is not None for identifier in made) == 1
    assert len(rows(database)) == 1


def test_a_kind_that_nobody_cares_for_cannot_be_queued(database: Database) -> None:
    with pytest.raises(KeyError):
        queue(database, "pigeon")


def test_the_payload_is_sealed_for_its_own_row(database: Database) -> None:
    queue(database, number="jan@voorbeeld.nl")
    queue(database, number="jan@voorbeeld.nl")
    one, two = rows(database)
    assert b"jan@" not in one.payload
    assert b"jan@" in RING.unseal(one.payload, ("outbox", "payload", one.id))
    with pytest.raises(UnsealError):
        RING.unseal(one.payload, ("outbox", "payload", two.id))


@pytest.mark.parametrize("result", [Delivered("250 OK"), Refused("550 no such user")])
def test_the_payload_is_wiped_when_the_work_is_over(database: Database, result: Any) -> None:
    queue(database)
    (work,) = take(database)
    settle(database, work, result, NOW + SECOND)
    kept = row(database)
    assert kept.payload is None
    assert (kept.state, kept.outcome, kept.ended_at) == (
        "done" if isinstance(result, Delivered) else "failed",
        result.outcome,
        NOW + SECOND,
    )


def test_work_can_be_held_back(database: Database) -> None:
    held = queue(database, due_at=NOW + HOUR)
    later = queue(database)
    with database.write() as db:
        outbox.hold_back(db, str(later), NOW + 2 * HOUR)
    assert take(database, NOW + HOUR - SECOND) == []
    assert [work.id for work in take(database, NOW + HOUR)] == [held]
    assert [work.id for work in take(database, NOW + 2 * HOUR - SECOND)] == [held]  # its lease ran out meanwhile
    assert later in [work.id for work in take(database, NOW + 2 * HOUR)]


def test_beside_each_thing_stands_how_its_newest_work_went(database: Database) -> None:
    queue(database, ref="slot:a")
    (work,) = take(database)
    settle(database, work, Refused("550 no such user"), NOW + SECOND)
    queue(database, ref="slot:a", at=NOW + HOUR)
    queue(database, ref="slot:b", at=NOW)
    (work,) = take(database, NOW + SECOND)
    settle(database, work, Delivered("250 OK"), NOW + 2 * SECOND)
    queue(database, ref="slot:other")
    with database.read() as db:
        found = outbox.latest(db, ["slot:a", "slot:b", "slot:none"])
    assert found == {
        "slot:a": Outcome("queued", None, NOW + HOUR, 0),
        "slot:b": Outcome("done", "250 OK", NOW + 2 * SECOND, 1),
    }


def test_an_operator_sees_what_failed_and_what_does_not_go_through(database: Database) -> None:
    results: list[Any] = [Delivered(), Refused("550 no"), Retry("451 later"), Later("not yet", NOW + HOUR)]
    for number in range(4):
        queue(database, number=number, at=NOW + number * SECOND)
    works = sorted(take(database, NOW + 4 * SECOND), key=lambda work: work.created_at)
    for work, result in zip(works, results, strict=True):
        settle(database, work, result, NOW + 4 * SECOND)
    queue(database, at=NOW + 5 * SECOND)  # waits, and was never tried
    with database.read() as db:
        found = outbox.failures(db)
        assert outbox.failures(db, 1) == found[:1]
    assert [(one.state, one.outcome, one.attempts) for one in found] == [
        ("queued", "not yet", 0),
        ("queued", "451 later", 1),
        ("failed", "550 no", 1),
    ]


def test_what_is_being_tried_right_now_is_no_failure(database: Database) -> None:
    queue(database)
    (work,) = take(database)
    settle(database, work, Retry("451 later"))
    take(database, NOW + HOUR)
    with database.read() as db:
        assert outbox.failures(db) == []


def test_an_operator_can_have_a_waiting_row_tried_now(database: Database) -> None:
    identifier = str(queue(database))
    (work,) = take(database)
    settle(database, work, Retry("451 later"))
    assert take(database, NOW + SECOND) == []
    with database.write() as db:
        assert outbox.retry(db, identifier, now=NOW + SECOND)
    (work,) = take(database, NOW + SECOND)
    with database.write() as db:
        assert not outbox.retry(db, identifier, now=NOW + SECOND)  # a worker has it
    settle(database, work, Refused("550 no"), NOW + SECOND)
    with database.write() as db:
        assert not outbox.retry(db, identifier, now=NOW + SECOND)  # nothing left to send
        assert not outbox.retry(db, "never-was", now=NOW)


def test_the_oldest_row_that_should_have_left_tells_whether_a_worker_keeps_up(database: Database) -> None:
    def waiting() -> timedelta:
        with database.read() as db:
            return outbox.oldest_due(db, NOW)

    assert waiting() == timedelta(0)
    queue(database, due_at=NOW + HOUR)
    assert waiting() == timedelta(0)
    queue(database, at=NOW - timedelta(minutes=3))
    assert waiting() == timedelta(minutes=3)
    (work,) = take(database)
    settle(database, work, Delivered())
    assert waiting() == timedelta(0)


def test_what_ended_long_ago_is_forgotten_and_what_waits_never(database: Database) -> None:
    long_ago = NOW - timedelta(days=91)
    for number in range(2):
        queue(database, number=number, at=long_ago)
        (work,) = take(database, long_ago)
        settle(database, work, Delivered() if number else Refused("550"), long_ago)
    queue(database, at=long_ago, ref="waits")
    queue(database, at=NOW - timedelta(days=89), ref="recent")
    (work,) = [work for work in take(database, NOW - timedelta(days=89)) if work.ref == "recent"]
    settle(database, work, Delivered(), NOW - timedelta(days=89))
    with database.write() as db:
        for chore in retention.CHORES:
            chore(db, NOW)
    assert [kept.ref for kept in rows(database)] == ["waits", "recent"]


def test_each_kind_is_tried_quickly_at_first_and_for_a_whole_day() -> None:
    for care in CARE.values():
        assert care.waits[0] <= 5
        assert list(care.waits) == sorted(care.waits)
        assert care.give_up >= timedelta(hours=24)
