"""A new school year: everybody a year up, year 8 out."""

import dataclasses

import pytest
from sqlalchemy import select

from idp.kernel.db import Database
from idp.school.models import Group, Pupil, StaffGroup
from idp.school.roster import new_year
from idp.school.roster.snapshot import GroupNow, Snapshot
from idp.school.years import SPECIAL
from tests.builders import NOW, a_group, a_home, a_pupil, a_school, a_teacher
from tests.unit.school.roster.imported import carried_out, state
from tests.unit.school.roster.states import a_school as as_values


def test_groups_go_up_and_year_eight_leaves(database: Database) -> None:
    with database.write() as db:
        school_id = a_school(db)
        seven, eight = a_group(db, school_id, name="Groep 7", year=7), a_group(db, school_id, name="Das", year=8)
        stays, goes = a_pupil(db, seven), a_pupil(db, eight)
        a_teacher(db, school_id, seven, eight)
        a_home(db, goes)
        applied = carried_out(db, new_year.plan(state(db, school_id)), confirmed=["leavers"])
        groups = [tuple(row) for row in db.execute(select(Group.id, Group.name, Group.year))]
        places = {row.id: (row.group_id, row.left_at) for row in db.execute(select(Pupil.__table__))}
        taught = db.execute(select(StaffGroup.group_id)).scalars().all()
    assert groups == [(seven, "Groep 8", 8)]
    assert places == {stays: (seven, None), goes: (None, NOW)}
    assert applied.ended == (f"pupil:{goes}",)
    assert taught == [seven]


def test_eight_years_later_nobody_is_left(database: Database) -> None:
    with database.write() as db:
        school_id = a_school(db)
        for year in range(1, 9):
            a_pupil(db, a_group(db, school_id, name=f"Groep {year}", year=year))
        for _ in range(8):
            carried_out(db, new_year.plan(state(db, school_id)))
        assert db.execute(select(Group.id)).first() is None
        assert db.execute(select(Pupil.id).where(Pupil.left_at.is_(None))).first() is None


@pytest.mark.parametrize(
    ("name", "year", "after"),
    [
        ("Groep 4", 4, "Groep 5"),
        ("4A", 4, "5A"),
        ("Bever", 4, "Bever"),
        ("Groep 3/4", 3, "Groep 3/4"),
        ("Lokaal 12", 1, "Lokaal 12"),
        ("Groep 2", 4, "Groep 2"),
    ],
)
def test_a_number_in_a_name_goes_up_with_the_year(name: str, year: int, after: str) -> None:
    assert new_year.next_name(GroupNow("g", None, name, year)) == after


def test_combination_groups_are_looked_at_first() -> None:
    now = dataclasses.replace(as_values(), groups={"G1": GroupNow("G1", None, "Groep 7/8", 7)})
    [conflict] = new_year.plan(now).conflicts
    assert (conflict.code, conflict.blocking, conflict.values) == ("combinations", False, {"names": "Groep 7/8"})


def test_a_group_of_no_year_stays_as_it_is(database: Database) -> None:
    with database.write() as db:
        school_id = a_school(db)
        geel = a_group(db, school_id, name="Geel 7/8", year=SPECIAL)
        stays = a_pupil(db, geel)
        made = new_year.plan(state(db, school_id))
        assert made.empty
        carried_out(db, made)
        assert [tuple(row) for row in db.execute(select(Group.name, Group.year))] == [("Geel 7/8", SPECIAL)]
        assert db.execute(select(Pupil.group_id).where(Pupil.id == stays)).scalar() == geel


def test_there_is_no_new_year_without_a_school() -> None:
    with pytest.raises(ValueError):
        new_year.plan(Snapshot())
