"""Whatever points at a group, a school or a pupil is known to those who close, merge and end them."""

from sqlalchemy import select

from idp import migrations
from idp.kernel.db import Database
from idp.school.models import Group, Pupil, StaffGroup
from idp.school.roster import grouping
from tests.builders import NOW, a_group, a_pupil, a_school, a_teacher

CLOSE_ALL_KNOWS = {"pupil", "staff_group", "substitution"}
MERGE_KNOWS = {
    *("school_group", "pupil", "staff", "contract", "school_deletion"),
    *("school_device", "school_device_link", "school_address", "roster_draft"),
}


def pointing_at(table: str) -> set[str]:
    return {
        one.name
        for one in migrations.metadata().tables.values()
        for key in one.foreign_keys
        if key.column.table.name == table
    }


def test_every_table_that_points_at_a_group_is_seen_to_when_it_closes() -> None:
    assert pointing_at("school_group") == CLOSE_ALL_KNOWS


def test_every_table_that_points_at_a_school_was_thought_of_when_schools_merge() -> None:
    assert pointing_at("school") == MERGE_KNOWS


def test_a_group_closes_whoever_still_pointed_at_it(database: Database) -> None:
    with database.write() as db:
        school_id = a_school(db)
        group_id, other = a_group(db, school_id), a_group(db, school_id, name="Das")
        pupil_id, former = a_pupil(db, group_id), a_pupil(db, group_id, left_at=NOW)
        a_teacher(db, school_id, group_id, other)
        grouping.close_all(db, school_id, [group_id], actor=None, now=NOW)
        assert db.execute(select(Group.id)).scalars().all() == [other]
        assert db.execute(select(StaffGroup.group_id)).scalars().all() == [other]
        assert dict(db.execute(select(Pupil.id, Pupil.group_id)).all()) == {pupil_id: None, former: None}
