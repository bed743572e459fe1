"""Somebody who worked here and left: kept for a while, in case they come back, and then erased."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from idp.kernel.db import Base
from idp.school.models import RosterDraft, SchoolDeletion, Staff

NAMED_BY = ("filled_by", "enrolled_by", "made_by", "added_by", "given_by")
"""Columns of other tables that say which member of staff did it, without being a key to the row."""


def left_before(db: Connection, moment: datetime, most: int) -> Sequence[str]:
    """The ids of staff whose service ended before `moment`, the longest ago first."""
    asked = select(Staff.id).where(Staff.ended_at < moment).order_by(Staff.ended_at).limit(most)
    return db.execute(asked).scalars().all()


def erase(db: Connection, staff_id: str) -> tuple[str, str | None] | None:
    """Factors, links, visits, groups, and the row: (address, school id). None when they serve, or are not there.

    What they made for others stays (a slot, a device), and says no longer who it was.
    """
    asked = select(Staff.address, Staff.school_id).where(Staff.id == staff_id, Staff.ended_at.is_not(None))
    row = db.execute(asked.with_for_update()).first()
    if row is None:
        return None
    db.execute(delete(RosterDraft).where(RosterDraft.made_by == staff_id))
    db.execute(delete(SchoolDeletion).where(SchoolDeletion.asked_by == staff_id))
    for table in Base.metadata.tables.values():
        if "staff_id" in table.c:
            db.execute(delete(table).where(table.c.staff_id == staff_id))
        for name in NAMED_BY:
            if name in table.c and table.c[name].nullable:
                db.execute(update(table).where(table.c[name] == staff_id).values({name: None}))
    db.execute(delete(Staff).where(Staff.id == staff_id))
    return row.address, row.school_id
