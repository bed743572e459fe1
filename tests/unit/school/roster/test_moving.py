"""A pupil goes to another group; one who left goes nowhere."""

from sqlalchemy import select

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school import pupils
from idp.school.models import Group, Pupil
from idp.school.roster import moving
from tests.builders import NOW, a_group, a_pupil


def test_a_pupil_moves_and_the_audit_says_where(database: Database) -> None:
    with database.write() as db:
        here, there = a_group(db), a_group(db)
        pupil_id, school_id = (
            a_pupil(db, here),
            db.execute(select(Group.school_id).where(Group.id == here)).scalar_one(),
        )
        moving.move(db, school_id, pupil_id, there, actor="staff:x", now=NOW)
        found = pupils.by_id(db, pupil_id)
        facts = db.execute(select(AuditEvent.facts).where(AuditEvent.act == "pupil.moved")).scalar_one()
    assert found is not None
    assert (found.group_id, facts) == (there, {"group": there})


def test_who_left_is_neither_moved_nor_renamed(database: Database) -> None:
    with database.write() as db:
        group_id = a_group(db)
        pupil_id = a_pupil(db, group_id, left_at=NOW)
        moving.move(db, "school", pupil_id, None, actor=None, now=NOW)
        moving.rename_all(db, "school", {pupil_id: ("Anders", "Anders")}, actor=None, now=NOW)
        assert tuple(db.execute(select(Pupil.group_id, Pupil.first_name)).one()) == (group_id, "Noor")
