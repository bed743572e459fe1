"""What was looked at is done, all of it or nothing."""

import pytest
from sqlalchemy import Connection, select, update

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school import slots
from idp.school.bulk import checking, reading, saving
from idp.school.models import EmailSlot, HomeAccount, Pupil
from idp.school.roster.values import Problem
from tests.builders import KEYRING, NOW, a_group, a_home, a_pupil, a_school, a_teacher, an_address, queued_mails

A, B, C = (f"ouder.{letter}@thuis.example" for letter in "abc")


def a_preview(db: Connection, group: str, text: str) -> checking.Preview:
    lines = reading.of_text(text)
    assert not isinstance(lines, Problem)
    return checking.check(db, group, lines)


def test_every_slot_gets_its_mail_and_the_group_one_line_in_the_books(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        group = a_group(db, school)
        noor, mees = a_pupil(db, group), a_pupil(db, group, first_name="Mees")
        teacher = a_teacher(db, school, group)
        wishes = a_preview(db, group, f"Noor; {A}; {B}\nMees; {A}").wishes
        saved = saving.save(db, KEYRING, group, wishes, staff_id=teacher, school_id=school, now=NOW)
        assert saved == saving.Saved(2, 3, [])
        filled = slots.of_pupils(db, [noor, mees])
        assert {(slot.pupil_id, slot.position, slot.address) for slot in filled} == {
            (noor, 1, A),
            (noor, 2, B),
            (mees, 1, A),
        }
        assert sorted(mail["to"] for mail in queued_mails(db)) == [A, A, B]
        events = db.execute(select(AuditEvent.act, AuditEvent.actor, AuditEvent.facts)).all()
        assert [row.act for row in events].count("slot.filled") == 3
        (pasted,) = [row for row in events if row.act == "group.pasted"]
        assert (pasted.actor, pasted.facts) == (f"staff:{teacher}", {"pupils": 2, "addresses": 3})


@pytest.mark.parametrize("meanwhile", ["filled", "left", "moved"])
def test_nothing_is_done_when_anything_changed_since(database: Database, meanwhile: str) -> None:
    with database.write() as db:
        school = a_school(db)
        group = a_group(db, school)
        noor, mees = a_pupil(db, group), a_pupil(db, group, first_name="Mees")
        a_home(db, mees, address=B)
        wishes = a_preview(db, group, f"Noor; {A}\nMees; {C}").wishes
        if meanwhile == "filled":
            slots.fill(db, KEYRING, mees, 2, an_address(), staff_id=None, now=NOW)
        elif meanwhile == "left":
            db.execute(update(Pupil).where(Pupil.id == mees).values(left_at=NOW))
        else:
            db.execute(update(Pupil).where(Pupil.id == mees).values(group_id=a_group(db, school)))
        before = len(queued_mails(db))
        assert saving.save(db, KEYRING, group, wishes, staff_id="t", school_id=school, now=NOW) is None
        assert db.execute(select(EmailSlot.id).where(EmailSlot.pupil_id == noor)).first() is None
        assert db.execute(select(HomeAccount.id).where(HomeAccount.address == A)).first() is None
        assert len(queued_mails(db)) == before
