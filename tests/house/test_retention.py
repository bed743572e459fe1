"""What is old goes when its row in the retention tables says so, and nothing before; the page says the same."""

import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Connection, Integer, LargeBinary, Table, func, insert, select

from idp.directory import DEPARTED, FORMER
from idp.engine import retention as engine_retention
from idp.kernel import retention as kernel_retention
from idp.kernel.db import Database, Json, Utc
from idp.kernel.retention import Keep
from idp.school import retention as school_retention
from tests.builders import NOW

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"
TABLES = (school_retention, engine_retention, kernel_retention)
ROWS = [keep for table in TABLES for keep in table.KEEP]
SECOND = timedelta(seconds=1)

ALLOWED: dict[str, Any] = {
    "link.kind": "activate",
    "staff.role": "operator",
    "outbox.state": "done",
    "school_group.year": 1,
    "school_group.login_method": "pin",
    "school_group.school_method": "pin",
    "home_account.locale": "nl",
    "home_account.activated_at": NOW,  # an account that nobody activated goes for another reason
}
"""Where not everything will do."""

NEEDED = frozenset({"school_visit.device_id"})
"""What may be empty only where something else is not."""


def a_row(db: Connection, table: Table, **given: Any) -> dict[str, Any]:
    """A row with something in every column that needs it, all its moments NOW; and the rows that it points at."""
    values: dict[str, Any] = dict(given)
    for column in table.c:
        where = f"{table.name}.{column.name}"
        if column.name in values or (column.nullable and where not in NEEDED | ALLOWED.keys()):
            continue
        (pointed,) = column.foreign_keys or (None,)
        if where in ALLOWED:
            values[column.name] = ALLOWED[where]
        elif pointed is not None:
            values[column.name] = a_row(db, pointed.column.table)[pointed.column.name]
        elif isinstance(column.type, Utc):
            values[column.name] = NOW
        elif isinstance(column.type, LargeBinary):
            values[column.name] = secrets.token_bytes(32)
        elif isinstance(column.type, Boolean | Integer):
            values[column.name] = 0 if isinstance(column.type, Integer) else False
        else:
            values[column.name] = {} if isinstance(column.type, type(Json)) else secrets.token_hex(4)
    db.execute(insert(table).values(values))
    return values


@pytest.mark.parametrize("keep", ROWS, ids=lambda keep: keep.what)
def test_it_is_kept_so_long_and_no_longer(database: Database, keep: Keep) -> None:
    table: Table = keep.moment.class_.__table__
    with database.write() as db:
        a_row(db, table, **{keep.moment.key: NOW})
    assert _left(database, table, NOW + keep.after) == 1
    assert _left(database, table, NOW + keep.after + SECOND) == 0


def _left(database: Database, table: Table, at: datetime) -> int:
    for room in TABLES:
        for chore in room.CHORES:
            with database.write() as db:
                chore(db, at)
    with database.read() as db:
        return db.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_family_stays_as_long_as_one_of_its_tokens(database: Database) -> None:
    grant, token = (kind.__table__ for kind in (engine_retention.Grant, engine_retention.RefreshToken))
    late = NOW + timedelta(days=500)
    with database.write() as db:
        family = a_row(db, grant)
        a_row(db, token, grant_id=family["id"], expires_at=late)
    assert _left(database, grant, late) == 1
    assert _left(database, grant, late + timedelta(days=182)) == 0


def test_every_row_says_why() -> None:
    assert [keep.what for keep in ROWS if not keep.why.endswith(".")] == []


@pytest.mark.parametrize("keep", ROWS, ids=lambda keep: keep.what)
def test_the_privacy_page_says_the_same(keep: Keep) -> None:
    assert f"| {keep.what} | {in_words(keep.after)} |" in PAGE.read_text()


def in_words(after: timedelta) -> str:
    """As the page writes it."""
    if after < timedelta(hours=1):
        return f"{after.seconds // 60} minutes"
    return "1 day" if after == timedelta(days=1) else f"{after / timedelta(days=1):g} days"


@pytest.mark.parametrize(("whom", "after"), [("a child", DEPARTED), ("a member of staff", FORMER)])
def test_the_page_says_how_long_people_are_kept_who_left(whom: str, after: timedelta) -> None:
    assert f"| {whom} that left | {in_words(after)} (`idp.directory." in PAGE.read_text()
