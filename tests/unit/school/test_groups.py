"""Groups and pupils by hand."""

import pytest
from sqlalchemy import select

from idp.kernel.db import Database
from idp.school import groups
from idp.school.models import Group, Pupil, StaffGroup
from tests.builders import NOW, a_group, a_pupil, a_school, a_teacher
from tests.races import overlapping


def test_a_group_is_made_renamed_and_closed_when_nobody_is_in_it(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        group = groups.add(db, school, "Bever", 1, actor="staff:x", now=NOW)
        groups.change(db, school, group, "Das", 2, actor="staff:x", now=NOW)
        assert tuple(db.execute(select(Group.name, Group.year)).one()) == ("Das", 2)
        pupil = a_pupil(db, group)
        assert groups.close(db, school, group, actor="staff:x", now=NOW) == groups.NOT_EMPTY
        groups.place(db, school, pupil, None, actor="staff:x", now=NOW)
        assert [one.id for one in groups.pupils_of(db, school, None)] == [pupil]
        assert groups.close(db, school, group, actor="staff:x", now=NOW) is None
        assert db.execute(select(Group.id)).first() is None


def test_a_group_of_another_school_is_out_of_reach(database: Database) -> None:
    with database.write() as db:
        school, foreign = a_school(db), a_group(db, name="Bever")
        pupil = a_pupil(db, a_group(db, school))
        groups.change(db, school, foreign, "Das", 2, actor="staff:x", now=NOW)
        groups.close(db, school, foreign, actor="staff:x", now=NOW)
        assert db.execute(select(Group.name).where(Group.id == foreign)).scalar() == "Bever"
        with pytest.raises(LookupError):
            groups.place(db, school, pupil, foreign, actor="staff:x", now=NOW)
        assert db.execute(select(Pupil.group_id)).scalar() != foreign


def test_the_teachers_of_a_group_are_those_of_its_school(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        group = a_group(db, school)
        anna, bram, dewi = a_teacher(db, school, group), a_teacher(db, school), a_teacher(db)
        groups.teach(db, school, group, [bram, dewi], actor="staff:x", now=NOW)
        assert list(db.execute(select(StaffGroup.staff_id)).scalars()) == [bram]
        assert anna != bram


def test_of_two_who_say_whose_group_it_is_the_later_counts(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        group, anna, bram, dewi = a_group(db, school), *(a_teacher(db, school) for _ in range(3))
        groups.teach(db, school, group, [anna], actor="staff:x", now=NOW)
    overlapping(
        database,
        lambda db: groups.teach(db, school, group, [anna, bram], actor="staff:x", now=NOW),
        lambda db: groups.teach(db, school, group, [anna, dewi], actor="staff:y", now=NOW),
    )
    with database.read() as db:
        assert set(db.execute(select(StaffGroup.staff_id).where(StaffGroup.group_id == group)).scalars()) == {
            anna,
            dewi,
        }
