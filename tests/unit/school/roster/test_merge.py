"""Two schools become one, and nobody loses anything but the name of a school."""

import pytest
from sqlalchemy import Connection, select, update

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school import homes
from idp.school.models import Group, Pupil, School, Staff
from idp.school.roster import merge
from idp.school.roster.merge import Merge, Unmerged
from tests.builders import NOW, a_home, a_school
from tests.roster_files import a_file
from tests.unit.school.roster.imported import imported, state


def two_schools(db: Connection, *, clashing: bool = False) -> tuple[str, str]:
    first = imported(db, a_file()).school_id
    second = imported(db, a_file(4, 1, seed=2, brin="11AA")).school_id
    if not clashing:
        for table in (Pupil, Group, Staff):
            theirs = table.school_id == second
            db.execute(update(table).where(theirs).values(roster_key="b-" + table.roster_key))
    return first, second


def test_everybody_goes_to_the_first_school(database: Database) -> None:
    with database.write() as db:
        first, second = two_schools(db)
        child = db.execute(select(Pupil.id).where(Pupil.school_id == second)).scalars().first()
        account = a_home(db, str(child))
        before, theirs = state(db, first), state(db, second)
        made = merge.plan(db, first, second)
        assert made.counts == {"group": 1, "pupil": 4, "staff": 1}
        assert isinstance(merge.apply(db, made, actor="staff:op", now=NOW), Merge)
        after, left = state(db, first), state(db, second)
        assert [one.pupil_id for one in homes.children(db, account.id)] == [child]
        keys = dict(db.execute(select(School.id, School.key)).all())
        events = db.execute(select(AuditEvent.school_id).where(AuditEvent.act == "school.merged")).scalars().all()
    assert after.groups == {**before.groups, **theirs.groups}
    assert after.pupils == {**before.pupils, **theirs.pupils}
    assert after.staff == {**before.staff, **theirs.staff}
    assert (left.groups, left.pupils, left.staff) == ({}, {}, {})
    assert keys == {first: "99ZZ", second: None}
    assert sorted(events) == sorted([first, second])


def test_clashing_keys_wait_for_somebody_and_are_then_dropped(database: Database) -> None:
    with database.write() as db:
        first, second = two_schools(db, clashing=True)
        before, made = state(db, first), merge.plan(db, first, second)
        refused = merge.apply(db, made, actor=None, now=NOW)
        assert isinstance(refused, Unmerged)
        assert [conflict.code for conflict in refused.conflicts] == ["group_keys", "pupil_keys", "staff_keys"]
        assert state(db, first) == before
        done = merge.apply(db, made, confirmed=["group_keys", "pupil_keys", "staff_keys"], actor=None, now=NOW)
        assert isinstance(done, Merge)
        after = state(db, first)
    assert {one: row for one, row in after.pupils.items() if one in before.pupils} == before.pupils
    assert {row.key for one, row in after.pupils.items() if one not in before.pupils} == {None}
    assert len(after.pupils) == 10


def test_another_network_environment_is_looked_at(database: Database) -> None:
    with database.write() as db:
        made = merge.plan(db, a_school(db, network="moo"), a_school(db))
    assert [conflict.code for conflict in made.conflicts] == ["network"]


def test_a_merge_is_refused_when_a_school_changed(database: Database) -> None:
    with database.write() as db:
        first, second = two_schools(db)
        made = merge.plan(db, first, second)
        db.execute(update(Pupil).where(Pupil.school_id == second).values(school_id=first))
        refused = merge.apply(db, made, actor=None, now=NOW)
    assert isinstance(refused, Unmerged)
    assert refused.stale


def test_a_school_is_not_merged_with_itself_or_nobody(database: Database) -> None:
    with database.write() as db:
        school_id = a_school(db)
        with pytest.raises(ValueError):
            merge.plan(db, school_id, school_id)
        with pytest.raises(LookupError):
            merge.plan(db, school_id, "nowhere")


def test_the_second_schools_key_is_free_afterwards(database: Database) -> None:
    with database.write() as db:
        first, second = two_schools(db)
        merge.apply(db, merge.plan(db, first, second), actor=None, now=NOW)
        assert imported(db, a_file(2, 1, seed=3, brin="11AA")).school_id not in (first, second)
