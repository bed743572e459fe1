"""A statement of SQLAlchemy Core that is compiled once for each kind of database and then runs on the driver itself.

For the statements of a token or a sign-in, which run thousands of times a second: what a `Connection.execute` does
around the driver takes three times as long as SQLite does. Types, errors and transactions stay SQLAlchemy's.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol, cast

from sqlalchemy import Connection, Delete, Dialect, Insert, Select, Table, Update, bindparam, insert
from sqlalchemy.exc import NoResultFound

from idp.kernel.db import on_driver

_NAMEDTUPLE: Any = namedtuple  # its names are data here, which a type checker cannot follow


class Record(Protocol):
    """A row: its columns by name, in the order of the statement."""

    def __getattr__(self, name: str) -> Any: ...

    def __getitem__(self, index: int) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...


class _Compiled:
    """One statement as one database's driver takes it."""

    __slots__ = ("binds", "defaults", "record", "results", "sql")

    def __init__(self, statement: Select[Any] | Insert | Update | Delete, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        if compiled.prefetch:
            raise ValueError("a prepared statement has a column with a default: name its value")
        self.sql = str(compiled)
        processors = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
        }
        self.binds = tuple((name, processor) for name, processor in processors.items() if processor is not None)
        self.defaults: Mapping[str, Any] = {
            name: value for name, value in compiled.params.items() if not compiled.binds[name].required
        }
        columns = list(statement.exported_columns)
        self.record = _record([str(column.key) for column in columns])
        found = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self.results = tuple((at, processor) for at, processor in enumerate(found) if processor is not None)


def _record(names: list[str]) -> Callable[[Iterable[Any]], Record]:
    kind: Any = _NAMEDTUPLE("Record", names, rename=True)
    return cast(Callable[[Iterable[Any]], Record], kind._make)


def inserting(table: Table, *without: str) -> Insert:
    """A row with a value for each column of `table`, but for those `without`."""
    named = [column for column in table.columns if column.name not in without]
    return insert(table).values({column: bindparam(column.name, type_=column.type) for column in named})


class Prepared:
    """`statement` names each value by a `bindparam`. It may not hold IN lists nor columns with defaults of Python.

    None is NULL, in a column of JSON as well.
    """

    __slots__ = ("_compiled", "_statement")

    def __init__(self, statement: Select[Any] | Insert | Update | Delete) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def first(self, db: Connection, **values: Any) -> Record | None:
        """The first row, or None. Raises what `db.execute` raises."""
        compiled = self._for(db.dialect)
        row = self._run(db, compiled, values).fetchone()
        if row is None:
            return None
        if compiled.results:
            row = list(row)
            for at, processor in compiled.results:
                if row[at] is not None:
                    row[at] = processor(row[at])
        return compiled.record(row)

    def one(self, db: Connection, **values: Any) -> Record:
        """The first row of a statement that always has one. Raises NoResultFound."""
        row = self.first(db, **values)
        if row is None:
            raise NoResultFound("a row that has to be there is not")
        return row

    def scalar(self, db: Connection, **values: Any) -> Any:
        """The first column of the first row, or None."""
        row = self.first(db, **values)
        return None if row is None else row[0]

    def run(self, db: Connection, **values: Any) -> int:
        """How many rows it changed."""
        changed: int = self._run(db, self._for(db.dialect), values).rowcount
        return changed

    def _for(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        return compiled

    @staticmethod
    def _run(db: Connection, compiled: _Compiled, values: dict[str, Any]) -> Any:
        if compiled.defaults:
            values = {**compiled.defaults, **values}
        for name, processor in compiled.binds:
            if values[name] is not None:
                values[name] = processor(values[name])
        return on_driver(db, compiled.sql, values)
