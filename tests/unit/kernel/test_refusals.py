"""A refusal is found under its code; a flood of them fills no table."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from idp.kernel import audit
from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.kernel.refusals import Refusals
from idp.kernel.throttle import LIMITS, Limit, Throttle
from tests.builders import NOW

TEN = timedelta(minutes=10)
ALL, SOURCE = Limit(40, TEN, TEN), Limit(8, TEN, TEN)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer than the program writes down, so that a flood is quickly made."""
    monkeypatch.setitem(LIMITS, "refusal_all", ALL)
    monkeypatch.setitem(LIMITS, "refusal_source", SOURCE)


def refuse(refusals: Refusals, database: Database, source: str, now: datetime = NOW) -> str:
    code = refusals.flood(source, now)
    if code is None:
        with database.write() as db:
            code = refusals.write(db, "page.not_found", source=source, now=now, facts={"status": 404})
    return code


def rows(database: Database, table: type = AuditEvent) -> int:
    with database.read() as db:
        return db.execute(select(func.count()).select_from(table)).scalar_one()


def what(database: Database, code: str) -> str:
    with database.read() as db:
        found = audit.find(db, code)
    assert found is not None
    return found.act


def test_the_first_refusals_of_a_place_each_have_a_code_of_their_own(database: Database) -> None:
    refusals = Refusals()
    codes = [refuse(refusals, database, "203.0.113.7") for _ in range(3)]
    assert len(set(codes)) == 3
    assert {what(database, code) for code in codes} == {"page.not_found"}


def test_a_flood_from_one_place_is_one_row_and_its_code_is_found(database: Database) -> None:
    refusals = Refusals()
    first = refuse(refusals, database, "203.0.113.7")
    flood = {refuse(refusals, database, "203.0.113.7") for _ in range(SOURCE.count * 2)} - {first}
    assert rows(database) == SOURCE.count + 1
    assert what(database, first) == "page.not_found"
    assert len([code for code in flood if what(database, code) == "refusals.many"]) == 1


def test_others_are_written_down_beside_it_and_it_ends(database: Database) -> None:
    refusals = Refusals()
    for _ in range(SOURCE.count + 5):
        refuse(refusals, database, "203.0.113.7")
    assert what(database, refuse(refusals, database, "198.51.100.1")) == "page.not_found"
    later = NOW + SOURCE.lock + timedelta(seconds=1)
    assert what(database, refuse(refusals, database, "203.0.113.7", later)) == "page.not_found"


def test_a_flood_out_of_many_places_adds_a_bounded_number_of_rows_and_counters(database: Database) -> None:
    refusals = Refusals()
    for number in range(ALL.count + 200):
        refuse(refusals, database, f"2001:db8:0:{number:x}::/64")
    assert rows(database) == ALL.count + 1
    assert rows(database, Throttle) == ALL.count + 1
    assert len(refusals._floods) == 1


def test_another_process_adds_one_row_to_a_flood(database: Database) -> None:
    for refusals in (Refusals(), Refusals(), Refusals()):
        for _ in range(SOURCE.count + 5):
            refuse(refusals, database, "203.0.113.7")
    assert rows(database) == SOURCE.count + 3
