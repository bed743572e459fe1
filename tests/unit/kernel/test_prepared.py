"""A prepared statement does what `db.execute` does, on both databases: values, errors, and a server that went away."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Insert,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, NoResultFound, OperationalError

from idp.kernel.db import Database, Json, Utc, make_engine
from idp.kernel.prepared import Prepared, inserting

NOW = datetime(2025, 10, 26, 2, 30, tzinfo=timezone(timedelta(hours=2)))

THING = Table(
    "thing_of_test_prepared",
    MetaData(),
    Column("id", String(40), primary_key=True),
    Column("mark", LargeBinary),
    Column("at", Utc),
    Column("document", Json),
    Column("flag", Boolean),
)
WHOLE: dict[str, Any] = {"id": "a", "mark": b"\x00\xff", "at": NOW, "document": {"é": [1, None]}, "flag": True}
FIND = Prepared(select(THING).where(THING.c.id == bindparam("wanted"), THING.c.flag.is_not(None)))
ADD = Prepared(inserting(THING))
MARK = Prepared(update(THING).where(THING.c.id == bindparam("wanted")).values(mark=bindparam("fresh")))


@pytest.fixture
def things(database: Database) -> Database:
    with database.write() as db:
        THING.create(db)
    return database


def test_every_type_comes_back_as_it_does_from_sqlalchemy(things: Database) -> None:
    with things.write() as db:
        assert ADD.run(db, **WHOLE) == 1
        slow = db.execute(select(THING)).one()
        quick = FIND.first(db, wanted="a")
    assert quick is not None
    assert tuple(quick) == tuple(slow) == ("a", b"\x00\xff", NOW.astimezone(UTC), {"é": [1, None]}, True)
    assert (quick.at.utcoffset(), quick.document) == (timedelta(0), WHOLE["document"])


def test_none_is_null_in_every_column(things: Database) -> None:
    with things.write() as db:
        ADD.run(db, **(dict.fromkeys(WHOLE) | {"id": "b"}))
        assert db.execute(select(THING.c.id).where(THING.c.document.is_(None))).scalar() == "b"
        nulls = Prepared(select(THING).where(THING.c.id == bindparam("wanted")))
        assert tuple(nulls.first(db, wanted="b") or ()) == ("b", None, None, None, None)


def test_run_counts_the_rows_and_scalar_gives_the_first_column(things: Database) -> None:
    with things.write() as db:
        ADD.run(db, **WHOLE)
        assert MARK.run(db, wanted="a", fresh=b"x") == 1
        assert MARK.run(db, wanted="nobody", fresh=b"x") == 0
        assert FIND.scalar(db, wanted="a") == "a"
        assert FIND.scalar(db, wanted="nobody") is None
        assert FIND.first(db, wanted="nobody") is None
        assert FIND.one(db, wanted="a").id == "a"
        with pytest.raises(NoResultFound):
            FIND.one(db, wanted="nobody")


def test_it_belongs_to_the_transaction_of_its_connection(things: Database) -> None:
    def fail() -> None:
        with things.write() as db:
            ADD.run(db, **WHOLE)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with things.read() as db:
        assert FIND.first(db, wanted="a") is None


def test_a_driver_error_is_sqlalchemys_error_and_the_transaction_is_rolled_back(things: Database) -> None:
    def add_twice() -> None:
        with things.write() as db:
            ADD.run(db, **WHOLE)
            ADD.run(db, **WHOLE)

    with pytest.raises(IntegrityError):
        add_twice()
    with things.read() as db:
        assert FIND.first(db, wanted="a") is None


def test_an_error_that_somebody_catches_takes_nothing_else_away(things: Database) -> None:
    with things.write() as db:
        ADD.run(db, **WHOLE)
        # PostgreSQL goes on after an error in a savepoint only.
        with pytest.raises(IntegrityError), nullcontext() if things.sqlite else db.begin_nested():
            ADD.run(db, **WHOLE)
        ADD.run(db, **(WHOLE | {"id": "b"}))
    with things.read() as db:
        assert db.execute(select(THING.c.id).order_by(THING.c.id)).scalars().all() == ["a", "b"]


def test_a_value_that_is_not_named_is_an_error(things: Database) -> None:
    with things.read() as db, pytest.raises((KeyError, DBAPIError)):
        FIND.first(db)


def test_a_default_of_python_is_refused_since_nobody_would_fill_it_in(database: Database) -> None:
    numbered = Table(
        "numbered", MetaData(), Column("id", String(9), primary_key=True, default=lambda: "1"),
        Column("name", String(9)),
    )  # fmt: skip
    with database.read() as db, pytest.raises(ValueError, match="default"):
        Prepared(_named(numbered)).run(db, name="x")


def _named(table: Table) -> Insert:
    return insert(table).values(name=bindparam("name"))


@pytest.mark.postgresql
def test_after_a_lost_server_the_next_request_gets_a_new_connection(database_url: str) -> None:
    engine = make_engine(database_url, pool_size=2)
    database = Database(engine)
    one = Prepared(select(literal(1)))
    with database.read() as db, database.read() as other:
        assert (one.scalar(db), one.scalar(other)) == (1, 1)
    with make_engine(database_url).connect() as killer:
        killer.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                 " AND datname = current_database()")
        )  # fmt: skip
    with pytest.raises(OperationalError), database.read() as db:
        one.scalar(db)
    # The first failure empties the pool: the second connection, which is as dead, is not handed out any more.
    with database.read() as db, database.read() as other:
        assert (one.scalar(db), one.scalar(other)) == (1, 1)
    engine.dispose()
