"""Tables, types, engines and the unit of work, the same for SQLite and PostgreSQL.

Declarative classes describe the tables; every statement runs on a Core `Connection`. There is no ORM session:
what a function does to the database stands in the function.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    String,
    TypeDecorator,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase

BUSY_TIMEOUT_MS = 10_000
"""How long a SQLite writer waits for another process; threads of one process queue on a lock instead."""

CONNECT_TIMEOUT_S = 5
"""How long PostgreSQL may take to let us in; `?connect_timeout=` in the URL says otherwise."""


class Utc(TypeDecorator[datetime]):
    """An aware UTC moment. PostgreSQL keeps it as timestamptz, SQLite as sortable text without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON().with_variant(postgresql.JSONB(), "postgresql")
"""A JSON document; `jsonb` on PostgreSQL."""

INSERTS: Mapping[str, Callable[..., sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
"""An INSERT that may say ON CONFLICT: SQLAlchemy has one for each kind of database (the name of its dialect)."""

Id = String(40)
"""A random identifier, see `idp.kernel.secrets.new_id`."""


class Base(DeclarativeBase):
    """All tables; constraint names are fixed so that migrations can name them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Utc}  # noqa: RUF012 (SQLAlchemy reads it from the class)


def insert_into(db: Connection, table: Any) -> sqlite.Insert | postgresql.Insert:
    """An INSERT for the database of `db` that may say ON CONFLICT. `table`: a mapped class or a table."""
    return INSERTS[db.dialect.name](table)


def make_engine(url: str, *, pool_size: int = 8) -> Engine:
    """An engine for `url`, with the settings that each of the two databases needs."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            parsed,
            pool_size=pool_size,
            max_overflow=32,
            connect_args={"timeout": 0},
            paramstyle="named",  # as psycopg has it: a prepared statement gets its values by name on both
            pool_use_lifo=True,  # each connection keeps pages of its own in memory: the one used last knows most
        )
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    # A server that is gone without a word must not hold a request for minutes.
    patience = {} if "connect_timeout" in parsed.query else {"connect_timeout": CONNECT_TIMEOUT_S}
    return create_engine(parsed, pool_size=pool_size, max_overflow=32, connect_args=patience)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "wal_autocheckpoint=4000",  # pages: each round ends in an fsync, so four times as rarely as usual
        "foreign_keys=ON",
        "cache_size=-2000",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def on_driver(connection: Connection, statement: str, values: Mapping[str, Any]) -> Any:
    """Run a statement on the driver itself; its cursor. Raises what `connection.execute` raises."""
    driver: Any = connection.connection.driver_connection
    try:
        return driver.execute(statement, values)
    except Exception as error:
        # SQLAlchemy's own way out: its exceptions, and a pool that forgets connections to a server that is gone.
        connection._handle_dbapi_exception(error, statement, values, None, None)


def size_mib(db: Connection) -> float:
    """How large the database is, in MiB."""
    pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    asked = pages if db.dialect.name == "sqlite" else "SELECT pg_database_size(current_database())"
    return float(db.execute(text(asked)).scalar_one()) / 2**20


class Database:
    """One database and its two kinds of unit of work."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.sqlite = engine.dialect.name == "sqlite"
        self._writer = threading.Lock()
        self._writing: set[int] = set()  # threads that have a transaction open
        # On PostgreSQL a read is statements on their own: no BEGIN, no ROLLBACK, one round trip each.
        self._read_engine = engine if self.sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading; what is written through it is lost on SQLite."""
        with self._read_engine.connect() as connection:
            if self.sqlite:
                # A listener of SQLAlchemy's "begin" would make every statement look for listeners.
                on_driver(connection, "BEGIN", {})
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed when the block ends, rolled back when it raises. One at a time in each thread."""
        thread = threading.get_ident()
        if thread in self._writing:
            # It would wait for itself: for ever on SQLite, on PostgreSQL as soon as both touch one row.
            raise RuntimeError("this thread is writing already: pass `db` down instead of opening a second transaction")
        self._writing.add(thread)
        try:
            # SQLite has one writer. Threads of this process wait in line here instead of polling the file.
            with self._writer if self.sqlite else nullcontext(), self.engine.begin() as connection:
                if self.sqlite:
                    # A deferred transaction that turns into a writer fails at once when somebody else wrote in
                    # between; a writer therefore says so at the start.
                    on_driver(connection, "BEGIN IMMEDIATE", {})
                yield connection
        finally:
            self._writing.discard(thread)
