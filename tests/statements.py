"""What a database is asked, seen at the driver: whatever way a statement took, it is counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine, event

_FRAME = ("BEGIN", "COMMIT", "ROLLBACK")


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """The statements on connections that are taken from the pool within the block, without BEGIN and its ends."""
    seen: list[str] = []
    watched: list[Any] = []

    class Watched(psycopg.Cursor[Any]):
        def execute(self, query: Any, *arguments: Any, **options: Any) -> Any:
            seen.append(str(query))
            return super().execute(query, *arguments, **options)

    def note(statement: str) -> None:
        if not statement.startswith(_FRAME):
            seen.append(statement)

    def watch(driver: Any, *_: object) -> None:
        watched.append(driver)
        if engine.dialect.name == "sqlite":
            driver.set_trace_callback(note)
        else:
            driver.cursor_factory = Watched

    event.listen(engine, "checkout", watch)
    try:
        yield seen
    finally:
        event.remove(engine, "checkout", watch)
        for driver in watched:
            if engine.dialect.name == "sqlite":
                driver.set_trace_callback(None)
            else:
                driver.cursor_factory = psycopg.Cursor
