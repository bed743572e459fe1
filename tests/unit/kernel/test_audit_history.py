"""What happened to one thing."""

from datetime import UTC, datetime, timedelta

from idp.kernel import audit
from idp.kernel.db import Database

NOW = datetime(2026, 3, 4, 7, 5, tzinfo=UTC)


def test_history_is_of_one_thing_and_these_acts_the_oldest_first(database: Database) -> None:
    with database.write() as db:
        for minutes, act, thing in ((2, "b", "x"), (1, "a", "x"), (3, "c", "x"), (4, "a", "y")):
            at = NOW + timedelta(minutes=minutes)
            audit.record(db, act, now=at, thing=thing, facts={"minutes": minutes})
        found = audit.history(db, "x", ("a", "b"))
    assert [tuple(row) for row in found] == [
        (NOW + timedelta(minutes=1), "a", {"minutes": 1}),
        (NOW + timedelta(minutes=2), "b", {"minutes": 2}),
    ]
