"""What was done is found again under the code that a person reads out."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from idp.kernel import audit
from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database

NOW = datetime(2025, 9, 1, 8, 30, tzinfo=UTC)


def test_an_event_is_part_of_the_transaction_that_it_tells_of(database: Database) -> None:
    def act() -> None:
        with database.write() as db:
            audit.record(db, "slot.filled", now=NOW, support_code="ABCD2345")
            raise InterruptedError

    with pytest.raises(InterruptedError):
        act()
    with database.read() as db:
        assert db.execute(select(AuditEvent.id)).first() is None
        assert audit.find(db, "ABCD2345") is None


def test_everything_that_was_recorded_comes_back(database: Database) -> None:
    facts = {"position": 2, "why": "staff", "group": None}
    with database.write() as db:
        audit.record(
            db,
            "slot.emptied",
            now=NOW,
            actor="staff:a",
            thing="pupil:b",
            school_id="s",
            support_code="ABCD2345",
            facts=facts,
        )
    with database.read() as db:
        found = audit.find(db, "ABCD2345")
    assert found is not None
    assert tuple(found) == (NOW, "slot.emptied", "staff:a", "pupil:b", facts)


@pytest.mark.parametrize(
    "spelling",
    [
        "ABCD2345",
        "abcd2345",
        " abcd 2345 ",
        "AbCd-23-45",
        "A B C D 2 3 4 5",
        "ABCD\u00a02345",
        "“ABCD2345”.",
        "ＡＢＣＤ２３４５",
        "ABCD\x002345",
    ],
)
def test_a_code_is_found_however_it_is_spelled(database: Database, spelling: str) -> None:
    with database.write() as db:
        audit.record(db, "page.failed", now=NOW, support_code="ABCD2345")
        audit.record(db, "page.failed", now=NOW)
    with database.read() as db:
        assert audit.find(db, spelling) is not None


@pytest.mark.parametrize(
    "nonsense", ["", "ABCD2346", "%", "_______", "'; DROP TABLE audit_event; --", "x" * 10_000, "\ud800"]
)
def test_a_code_that_was_never_given_is_nothing(database: Database, nonsense: str) -> None:
    with database.write() as db:
        audit.record(db, "page.failed", now=NOW, support_code="ABCD2345")
        audit.record(db, "page.failed", now=NOW)
        assert audit.find(db, nonsense) is None


def test_of_two_events_under_one_code_the_first_is_the_cause(database: Database) -> None:
    with database.write() as db:
        audit.record(db, "later", now=NOW + timedelta(seconds=1), support_code="ABCD2345")
        audit.record(db, "cause", now=NOW, support_code="ABCD2345")
        found = audit.find(db, "ABCD2345")
    assert found is not None
    assert found.act == "cause"


def test_the_history_of_a_thing_is_told_in_order_and_of_the_acts_that_were_asked_for(database: Database) -> None:
    with database.write() as db:
        for minutes, act, thing in (
            (2, "slot.emptied", "a"),
            (1, "slot.filled", "a"),
            (3, "seen", "a"),
            (4, "slot.filled", "b"),
        ):
            audit.record(db, act, now=NOW + timedelta(minutes=minutes), thing=f"pupil:{thing}", facts={"n": minutes})
        found = audit.history(db, "pupil:a", ["slot.filled", "slot.emptied"])
    assert [(event.act, event.facts) for event in found] == [("slot.filled", {"n": 1}), ("slot.emptied", {"n": 2})]


def test_a_new_code_can_be_read_out_and_does_not_come_twice() -> None:
    codes = {audit.new_support_code() for _ in range(3000)}
    assert len(codes) == 3000
    assert not set("".join(codes)) & set("IO01")
    assert {len(code) for code in codes} == {8}
