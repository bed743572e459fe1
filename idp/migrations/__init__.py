"""The history of the schema, and the three things done with it: upgrade, check, compare.

Runs with the connection that it is given, on SQLite and on PostgreSQL.
"""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

import idp.engine.tables
import idp.engine.upstream.tables
import idp.kernel.audit
import idp.kernel.mail
import idp.kernel.outbox
import idp.kernel.throttle
import idp.school.models  # noqa: F401 (each import adds its tables to Base)
from idp.kernel.db import Base


class NewerDatabaseError(Exception):
    """The database was made by a newer version of the program; nothing was touched."""


def metadata() -> MetaData:
    """Every table of the program."""
    return Base.metadata


def config(db: Connection) -> Config:
    """Alembic's configuration for one connection."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["connection"] = db
    return made


def upgrade(db: Connection, to: str = "head") -> None:
    """Bring the schema to `to`. Raises NewerDatabaseError when the database is ahead of this program."""
    check_not_newer(db)
    command.upgrade(config(db), to)


def downgrade(db: Connection, to: str) -> None:
    """Take the schema back to `to` ("base" = empty)."""
    command.downgrade(config(db), to)


def current(db: Connection) -> str | None:
    """The revision that the database is at; None = empty."""
    return MigrationContext.configure(db).get_current_revision()


def head() -> str | None:
    """The newest revision that this program knows."""
    return _scripts().get_current_head()


def check_not_newer(db: Connection) -> None:
    """Raises NewerDatabaseError when the database's revision is one that this program does not know."""
    at = current(db)
    if at is not None and at not in {script.revision for script in _scripts().walk_revisions()}:
        raise NewerDatabaseError(
            f"the database is at revision {at}, which this version of the program does not know: "
            "install the version that made it, or a newer one"
        )


def drift(db: Connection) -> list[str]:
    """Where the database differs from the tables as the code describes them; empty = nowhere."""
    context = MigrationContext.configure(db, opts={"compare_type": True})
    return [str(difference) for difference in compare_metadata(context, metadata())]


def _scripts() -> ScriptDirectory:
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    return ScriptDirectory.from_config(made)
