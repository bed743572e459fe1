"""Who works at a school: taken on, changed, let go."""

import threading

import pytest
from sqlalchemy import select

from idp.kernel.db import Database
from idp.school import employing, staff
from idp.school.employing import Hire
from idp.school.models import Staff
from tests.builders import KEYRING, NOW, a_group, a_school, a_teacher, an_address, queued_mails
from tests.races import overlapping


def _hire(address: str, *groups: str, role: str = "teacher") -> Hire:
    return Hire("Fleur", "Groen", an_address(address), role, frozenset(groups))


def test_somebody_new_is_invited_and_has_groups_of_this_school_only(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        own, foreign = a_group(db, school), a_group(db)
        hire = _hire("fleur@school.example", own, foreign)
        staff_id = employing.employ(db, KEYRING, school, hire, actor="staff:x", now=NOW)
        found = employing.colleague(db, school, staff_id or "")
        assert found is not None
        assert (found.name, found.role, found.ready, set(found.groups)) == ("Fleur Groen", "teacher", False, {own})
        assert [mail["to"] for mail in queued_mails(db, "staff_invited")] == ["fleur@school.example"]
        assert found.mail is not None
        assert found.mail.state == "queued"


def test_an_address_that_is_somebody_elses_is_refused(database: Database) -> None:
    with database.write() as db:
        a_teacher(db, address="fleur@school.example")
        school = a_school(db)
        assert employing.employ(db, KEYRING, school, _hire("Fleur@School.example"), actor="staff:x", now=NOW) is None
        assert employing.colleagues(db, school) == []


def test_who_returns_is_the_same_person_without_the_old_password(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        before = a_teacher(db, school, address="fleur@school.example", ended_at=NOW)
        again = employing.employ(db, KEYRING, school, _hire("fleur@school.example"), actor="staff:x", now=NOW)
        assert again == before
        assert db.execute(select(Staff.password_hash).where(Staff.id == before)).scalar() is None


def test_who_worked_at_another_school_starts_anew(database: Database) -> None:
    with database.write() as db:
        school, other = a_school(db), a_school(db, name="De Poort")
        before = a_teacher(db, other, address="fleur@school.example", ended_at=NOW)
        now_here = employing.employ(db, KEYRING, school, _hire("fleur@school.example"), actor="staff:x", now=NOW)
        assert now_here not in (None, before)
        found = staff.by_key(db, "fleur@school.example")
        assert found is not None
        assert found.school_id == school
        assert db.execute(select(Staff.school_id).where(Staff.id == before)).scalar() == other


def test_role_and_groups_change_and_foreign_ones_do_not_count(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        bever, egel = a_group(db, school), a_group(db, school, name="Egel")
        teacher = a_teacher(db, school, bever)
        before = employing.colleague(db, school, teacher)
        wanted = [egel, a_group(db)]
        assert employing.change(db, school, teacher, "support", wanted, actor="staff:x", now=NOW) is None
        found = employing.colleague(db, school, teacher)
        assert before is not None
        assert found is not None
        assert (found.role, list(found.groups)) == ("support", [egel])
        assert list(before.groups) == [bever]


@pytest.mark.parametrize("role", ["operator", "", "admin"])
def test_a_school_gives_no_other_roles(database: Database, role: str) -> None:
    with database.write() as db:
        school = a_school(db)
        teacher = a_teacher(db, school)
        assert employing.change(db, school, teacher, role, [], actor="staff:x", now=NOW) == employing.NO_ROLE
        assert db.execute(select(Staff.role)).scalar() == "teacher"


def test_the_last_ict_co_ordinator_stays(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        ict = a_teacher(db, school, role="ict")
        a_teacher(db, role="ict")  # of another school
        a_teacher(db, school, role="ict", ended_at=NOW)
        assert employing.end(db, school, ict, actor="staff:x", now=NOW) == employing.LAST_ICT
        assert employing.change(db, school, ict, "teacher", [], actor="staff:x", now=NOW) == employing.LAST_ICT
        a_teacher(db, school, role="ict")
        assert employing.end(db, school, ict, actor="staff:x", now=NOW) is None
        assert staff.by_id(db, ict, NOW) is None


def test_two_who_end_each_other_at_once_leave_one(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        pair = [a_teacher(db, school, role="ict") for _ in range(2)]
    gate, said = threading.Barrier(2), []

    def end(staff_id: str) -> None:
        gate.wait()
        with database.write() as db:
            said.append(employing.end(db, school, staff_id, actor="staff:x", now=NOW))

    threads = [threading.Thread(target=end, args=(one,)) for one in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said, key=str) == sorted([None, employing.LAST_ICT], key=str)


def test_of_two_schools_that_take_somebody_on_at_once_one_does(database: Database) -> None:
    with database.write() as db:
        schools = [a_school(db), a_school(db)]
    hire = _hire("fleur@school.example")
    first, second = overlapping(
        database,
        lambda db: employing.employ(db, KEYRING, schools[0], hire, actor="staff:x", now=NOW),
        lambda db: employing.employ(db, KEYRING, schools[1], hire, actor="staff:y", now=NOW),
    )
    assert (first is None, second) == (False, None)
    with database.read() as db:
        assert [one.id for one in employing.colleagues(db, schools[0])] == [first]
        assert employing.colleagues(db, schools[1]) == []
        assert len(queued_mails(db, "staff_invited")) == 1


def test_nobody_of_another_school_is_changed_or_ended(database: Database) -> None:
    with database.write() as db:
        school, teacher = a_school(db), a_teacher(db)
        employing.end(db, school, teacher, actor="staff:x", now=NOW)
        employing.change(db, school, teacher, "ict", [], actor="staff:x", now=NOW)
        found = staff.by_id(db, teacher, NOW)
        assert found is not None
        assert found.role == "teacher"
