"""Who works here, and which groups are theirs."""

import pytest
from sqlalchemy import select, update

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school import staff
from idp.school.models import Staff
from idp.school.policy import Thing, may
from tests.builders import NOW, a_group, a_pupil, a_school, a_teacher


def test_a_member_is_found_by_id_and_by_address(database: Database) -> None:
    with database.write() as db:
        school = a_school(db, name="De Regenboog", network="moo")
        teacher = a_teacher(db, school, address="Juf@school.example", first_name="Anna", family_name="de Wit")
        member = staff.by_id(db, teacher)
        assert member is not None
        assert (member.id, member.school_id, member.role, member.name) == (teacher, school, "teacher", "Anna de Wit")
        assert (member.address, member.school_name, member.network) == ("Juf@school.example", "De Regenboog", "moo")
        assert staff.by_key(db, "juf@school.example") == member
        assert staff.by_id(db, "nobody") is None


def test_who_left_is_nobody_from_then_on(database: Database) -> None:
    with database.write() as db:
        teacher = a_teacher(db, address="juf@school.example")
        db.execute(update(Staff).where(Staff.id == teacher).values(ended_at=NOW))
        assert staff.by_id(db, teacher) is None
        assert staff.by_key(db, "juf@school.example") is None
        assert not staff.set_password(db, teacher, "hash", actor="staff:x", now=NOW)


def test_an_operator_has_no_school_and_no_groups(database: Database) -> None:
    with database.write() as db:
        group = a_group(db)
        member = staff.by_id(db, a_teacher(db, role="operator"))
        assert member is not None
        assert (member.school_id, member.school_name, member.network) == (None, None, None)
        assert staff.groups_of(db, member) == []
        assert not staff.may_see_group(db, member, group)


def test_a_teacher_has_own_groups_and_a_co_ordinator_those_of_the_school(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        bever, egel = a_group(db, school, name="Bever"), a_group(db, school, name="egel")
        arend = a_group(db, school, name="Arend", year=8)
        foreign = a_group(db)
        for left_at in (None, None, NOW):
            a_pupil(db, egel, left_at=left_at)
        teacher = staff.by_id(db, a_teacher(db, school, arend, egel, foreign))
        ict = staff.by_id(db, a_teacher(db, school, role="ict"))
        assert teacher is not None
        assert ict is not None
        assert [(group.id, group.pupils) for group in staff.groups_of(db, teacher)] == [(egel, 2), (arend, 0)]
        assert [group.id for group in staff.groups_of(db, ict)] == [bever, egel, arend]
        seen = {group for group in (bever, egel, arend, foreign, "none") if staff.may_see_group(db, teacher, group)}
        assert seen == {egel, arend}
        assert [staff.may_see_group(db, ict, group) for group in (bever, foreign)] == [True, False]


def test_the_table_of_rights_sees_the_member_as_the_database_has_it(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        group = a_group(db, school)
        member = staff.by_id(db, a_teacher(db, school, group))
        assert member is not None
        actor = staff.actor_of(db, member)
        assert may(actor, "pupil.edit", Thing(school, group))
        assert not may(actor, "pupil.edit", Thing(school, a_group(db, school)))


@pytest.mark.parametrize("role", ["teacher", "operator"])
def test_a_new_password_is_written_down_without_itself(database: Database, role: str) -> None:
    with database.write() as db:
        member = a_teacher(db, role=role)
        assert staff.set_password(db, member, "the new hash", actor=f"staff:{member}", now=NOW)
        assert db.execute(select(Staff.password_hash)).scalar() == "the new hash"
        (event,) = db.execute(select(AuditEvent.act, AuditEvent.thing, AuditEvent.facts)).all()
        assert tuple(event) == ("staff.password", f"staff:{member}", {})
