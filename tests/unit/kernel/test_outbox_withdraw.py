"""Work whose reason is gone is taken back before a worker has it, and left alone once one has."""

from datetime import timedelta

from idp.kernel import leases, outbox
from idp.kernel.db import Database
from idp.kernel.outbox import WITHDRAWN, Delivered, Retry
from tests.unit.kernel.rows import HOUR, NOW, RING, queue, row, rows, settle, take


def _withdraw(database: Database, ref: str = "slot:1", after: timedelta = timedelta(0)) -> int:
    with database.write() as db:
        return outbox.withdraw(db, ref, now=NOW + after)


def test_what_waits_fails_with_our_own_words_and_loses_its_payload(database: Database) -> None:
    queue(database, ref="slot:1")
    assert _withdraw(database) == 1
    found = row(database)
    assert (found.state, found.outcome, found.payload, found.ended_at) == ("failed", WITHDRAWN, None, NOW)
    assert take(database, NOW + HOUR) == []


def test_what_waits_for_its_next_try_as_well(database: Database) -> None:
    queue(database, ref="slot:1")
    (work,) = take(database)
    settle(database, work, Retry("not now"))
    assert _withdraw(database) == 1


def test_what_is_about_something_else_stays(database: Database) -> None:
    queue(database, ref="slot:2")
    queue(database)
    assert _withdraw(database) == 0
    assert len(take(database)) == 2


def test_what_a_worker_holds_is_under_way_and_arrives(database: Database) -> None:
    queue(database, ref="slot:1")
    (work,) = take(database)
    assert _withdraw(database) == 0
    assert settle(database, work, Delivered("250 ok"))
    assert row(database).state == "done"


def test_what_a_dead_worker_held_is_taken_back_and_its_ghost_changes_nothing(database: Database) -> None:
    queue(database, ref="slot:1")
    (work,) = take(database)
    assert _withdraw(database, after=leases.LEASE) == 1
    assert not settle(database, work, Delivered("250 ok"), NOW + leases.LEASE)
    assert row(database).outcome == WITHDRAWN


def test_what_is_done_stays_as_it_was(database: Database) -> None:
    queue(database, ref="slot:1")
    (work,) = take(database)
    settle(database, work, Delivered("250 ok"))
    assert _withdraw(database) == 0
    assert row(database).outcome == "250 ok"


def test_by_what_the_payload_says(database: Database) -> None:
    for number in range(3):
        queue(database, number=number)
    queue(database, "backchannel_logout", number=1)
    with database.write() as db:
        taken = outbox.withdraw_where(db, RING, "mail", lambda payload: payload["number"] == 1, now=NOW)
    assert taken == 1
    assert [found.state for found in rows(database)].count("queued") == 3
