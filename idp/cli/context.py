"""What every command works with, built when it is first asked for; and how a command says what is wrong."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from sqlalchemy.exc import DatabaseError, OperationalError

from idp import config, migrations
from idp.kernel.db import Database, make_engine
from idp.kernel.secrets import KeyRing


class CommandError(Exception):
    """A reason to stop that the person at the keyboard can act on: one line."""


DEMO_PARENT = "SLEUTELBOS_DEMO_PARENT"
"""Set by `sleutelbos demo` for its children: its process id. IDP_DEMO=1 without it is refused."""


class App:
    """Settings, database and key ring of this call."""

    def __init__(self, settings: config.Settings | None = None) -> None:
        self._settings = settings

    @cached_property
    def settings(self) -> config.Settings:
        """The environment, checked. Raises CommandError."""
        if self._settings is not None:
            return self._settings
        try:
            settings = config.load()
        except config.SettingsError as error:
            raise CommandError(str(error).replace("\n", "\n  ")) from error
        if settings.demo and os.environ.get(DEMO_PARENT) != str(os.getppid()):
            raise CommandError("IDP_DEMO=1 is set only by `sleutelbos demo`; leave it out")
        return settings

    @cached_property
    def keyring(self) -> KeyRing:
        """The key ring of IDP_KEYS."""
        return KeyRing.parse(self.settings.keys.get_secret_value())

    @cached_property
    def database(self) -> Database:
        """The database, its folder made when it is the embedded one."""
        with explained(self.settings):
            if not self.settings.database_url:
                data = self.settings.data
                data.mkdir(parents=True, exist_ok=True)
                if not os.access(data, os.W_OK):
                    raise PermissionError(13, "Permission denied", str(data))
            return Database(make_engine(self.settings.database))

    def upgrade(self) -> None:
        """Bring the schema up to date. Raises CommandError."""
        with explained(self.settings), self.database.write() as db:
            migrations.upgrade(db)


def require_schema(app: App) -> None:
    """Raises CommandError unless the database is at this program's revision."""
    with explained(app.settings), app.database.read() as db:
        migrations.check_not_newer(db)
        if migrations.current(db) != migrations.head():
            raise CommandError("the database is not up to date: run `sleutelbos db upgrade` first")


@contextmanager
def explained(settings: config.Settings) -> Iterator[None]:
    """Turn the failures of disks and databases into one line that says what to do."""
    try:
        yield
    except migrations.NewerDatabaseError as error:
        raise CommandError(str(error)) from error
    except (OperationalError, DatabaseError, sqlite3.Error) as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise CommandError(f"the database {_shown(settings)} cannot be used: {cause}") from error
    except OSError as error:
        where = error.filename or settings.data
        raise CommandError(f"{where}: {error.strerror}; choose another folder with IDP_DATA") from error


def _shown(settings: config.Settings) -> str:
    url = settings.database
    return (
        str(Path(url.removeprefix("sqlite:///")))
        if url.startswith("sqlite")
        else make_engine(url).url.render_as_string()
    )
