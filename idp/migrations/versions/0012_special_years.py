"""Groups of special education, which are of no year 1 to 8"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_BEFORE = "year BETWEEN 1 AND 8"
_AFTER = "year BETWEEN 1 AND 9"


def _change_years(before: str, after: str) -> None:
    """The check on school_group.year. As in 0008: to SQLite, whose other tables point at this one, its text is enough."""
    db = op.get_bind()
    if db.dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_school_group_year"), "school_group", type_="check")
        op.create_check_constraint(op.f("ck_school_group_year"), "school_group", after)
        return
    version = db.exec_driver_sql("PRAGMA schema_version").scalar_one()
    db.exec_driver_sql("PRAGMA writable_schema=ON")
    changed = db.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?)"
        " WHERE type = 'table' AND name = 'school_group' AND instr(sql, ?)",
        (before, after, before),
    )
    if changed.rowcount != 1:
        raise RuntimeError("the table school_group has not the check that it should have")
    db.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    db.exec_driver_sql("PRAGMA writable_schema=OFF")


def upgrade() -> None:
    _change_years(_BEFORE, _AFTER)


def downgrade() -> None:
    op.execute(sa.text("UPDATE school_group SET year = 8 WHERE year = 9"))
    _change_years(_AFTER, _BEFORE)
