"""A process that adds a row per transaction, for test_db: python -m tests.unit.kernel.write_rows URL NAME COUNT."""

import sys

from sqlalchemy import func, select

from idp.kernel import audit, clock
from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database, make_engine


def main(url: str, name: str, count: int) -> None:
    """Each transaction reads first and writes afterwards, which only works when it said at its start that it writes."""
    database = Database(make_engine(url))
    for _ in range(count):
        with database.write() as db:
            db.execute(select(func.count()).select_from(AuditEvent)).scalar()
            audit.record(db, name, now=clock.now())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
