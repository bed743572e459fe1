"""A group is lent to a colleague, for some days and no longer."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school import staff, substitutes
from idp.school.policy import Thing, may
from tests.builders import NOW, a_group, a_school, a_teacher

WEEK = timedelta(days=7)


def test_a_substitute_has_the_group_from_that_moment_until_the_last(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        group, own = a_group(db, school), a_group(db, school, name="Egel")
        anna, bram = a_teacher(db, school, group), a_teacher(db, school, own, first_name="Bram")
        given = {"actor": f"staff:{anna}", "school_id": school, "now": NOW}
        assert substitutes.give(db, group, bram, NOW + WEEK, **given) is None
        moments = {
            NOW - timedelta(seconds=1): {own},
            NOW: {own, group},
            NOW + WEEK - timedelta(seconds=1): {own, group},
            NOW + WEEK: {own},
        }
        for moment, groups in moments.items():
            member = staff.by_id(db, bram, moment)
            assert member is not None
            assert member.group_ids == groups
            assert {found.id for found in staff.groups_of(db, member)} == groups
            assert may(member.actor, "pupil.edit", Thing(school, group)) == (group in groups)
            assert staff.may_see_group(db, member, group) == (group in groups)
            assert not may(member.actor, "substitute.give", Thing(school, group))
        assert [one.staff_id for one in substitutes.of_group(db, group, NOW)] == [bram]
        (event,) = db.execute(select(AuditEvent.act, AuditEvent.actor, AuditEvent.thing, AuditEvent.facts)).all()
        assert tuple(event)[:3] == ("substitute.given", f"staff:{anna}", f"group:{group}")
        assert event.facts == {"staff": bram, "until": (NOW + WEEK).isoformat()}


def test_the_loan_ends_by_hand_and_once(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        group = a_group(db, school)
        bram = a_teacher(db, school)
        who = {"actor": "staff:x", "school_id": school, "now": NOW}
        substitutes.give(db, group, bram, NOW + WEEK, **who)
        (loan,) = substitutes.of_group(db, group, NOW)
        assert not substitutes.end(db, a_group(db, school), loan.id, **who)
        assert [substitutes.end(db, group, loan.id, **who) for _ in range(2)] == [True, False]
        member = staff.by_id(db, bram, NOW)
        assert member is not None
        assert member.group_ids == frozenset()
        assert substitutes.give(db, group, bram, NOW + WEEK, **who) is None  # and may be lent again


@pytest.mark.parametrize("days", [-1, 0, 16, 4000])
def test_a_day_that_is_over_or_too_far_is_refused(database: Database, days: int) -> None:
    with database.write() as db:
        school = a_school(db)
        group, bram = a_group(db, school), a_teacher(db, school)
        until = NOW + timedelta(days=days)
        refused = substitutes.give(db, group, bram, until, actor="staff:x", school_id=school, now=NOW)
        assert refused == substitutes.WRONG_DAY
        assert substitutes.of_group(db, group, NOW) == []


def test_only_a_teacher_of_the_school_who_lacks_the_group(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        group = a_group(db, school)
        fine = a_teacher(db, school, first_name="Bram")
        wrong = [
            a_teacher(db, school, group),
            a_teacher(db, school, role="ict"),
            a_teacher(db, school, ended_at=NOW),
            a_teacher(db),
            "nobody",
            "",
        ]
        who = {"actor": "staff:x", "school_id": school, "now": NOW}
        assert substitutes.colleagues(db, group, NOW) == [(fine, "Bram de Wit")]
        for one in wrong:
            assert substitutes.give(db, group, one, NOW + WEEK, **who) == substitutes.WRONG_COLLEAGUE
        assert substitutes.give(db, group, fine, NOW + WEEK, **who) is None
        assert substitutes.give(db, group, fine, NOW + WEEK, **who) == substitutes.WRONG_COLLEAGUE
