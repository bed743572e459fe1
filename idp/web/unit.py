"""The request's unit of work: one connection, committed in one place on any answer below 500."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from flask import Flask, Response, g
from sqlalchemy import Connection

from idp.kernel.db import Database


@dataclass(slots=True)
class _Unit:
    database: Database
    stack: ExitStack | None = None
    connection: Connection | None = None
    writing: bool = False

    def open(self, *, writing: bool) -> Connection:
        if self.connection is not None and (self.writing or not writing):
            return self.connection
        self.close()
        stack = ExitStack()
        unit = self.database.write() if writing else self.database.read()
        self.connection, self.stack, self.writing = stack.enter_context(unit), stack, writing
        return self.connection

    def close(self, *, failed: bool = False) -> None:
        """Commit and let go; with `failed`, roll back and let go."""
        stack, self.stack, self.connection, self.writing = self.stack, None, None, False
        if stack is None:
            return
        if not failed:
            stack.close()
            return
        error = _RollbackError()
        try:
            if not stack.__exit__(_RollbackError, error, None):
                raise error
        except _RollbackError:
            return


class _RollbackError(Exception):
    """Unwinds the unit of work without being anybody's failure."""


def read_db() -> Connection:
    """The request's connection, for reading (it may be the writing one, when that is open)."""
    return _unit().open(writing=False)


def write_db() -> Connection:
    """The request's connection, in a transaction that may write."""
    return _unit().open(writing=True)


def release() -> None:
    """Commit what was recorded and let the connection go, before slow work (a password hash) or a second step."""
    _unit().close()


def undo() -> None:
    """Take back what was not committed yet, and let the connection go: this request failed."""
    _unit().close(failed=True)


def _unit() -> _Unit:
    unit: _Unit = g.unit
    return unit


def install(app: Flask, database: Database) -> None:
    """Give each request of `app` its unit of work."""

    def begin() -> None:
        g.unit = _Unit(database)

    def commit(response: Response) -> Response:
        if "unit" in g:
            _unit().close(failed=response.status_code >= 500)
        return response

    def drop(_error: BaseException | None) -> None:
        if "unit" in g:
            _unit().close(failed=True)

    before: Callable[[], None] = begin
    app.before_request_funcs.setdefault(None, []).insert(0, before)
    app.after_request(commit)
    app.teardown_request(drop)
