"""The schema goes up, down and up again, and is what the code describes, on both databases."""

import pytest
from sqlalchemy import inspect, text

from idp import migrations
from idp.kernel.db import Database


def test_up_down_up_leaves_no_drift(database: Database) -> None:
    with database.write() as db:
        assert migrations.drift(db) == []
        migrations.downgrade(db, "base")
        assert set(inspect(db).get_table_names()) <= {"alembic_version"}
        migrations.upgrade(db)
        assert migrations.drift(db) == []
        assert migrations.current(db) == migrations.head()


def test_a_database_from_a_newer_version_is_left_alone(database: Database) -> None:
    with database.write() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(migrations.NewerDatabaseError, match="revision 9999"), database.write() as db:
        migrations.upgrade(db)
