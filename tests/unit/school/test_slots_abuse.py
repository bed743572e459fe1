"""A teacher who puts an own address with a child is seen: by the child's other home, and in the audit (T32)."""

import pytest
from sqlalchemy import select

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school import activation, homes, slots
from idp.school.addresses import AddressProblem
from tests.builders import (
    KEYRING,
    NOW,
    a_group,
    a_home,
    a_pupil,
    a_school,
    a_teacher,
    an_address,
    link_in,
    queued_mails,
)

OWN = "juf.prive@mail.example"


@pytest.fixture
def abused(database: Database) -> tuple[str, str, str]:
    """The pupil, its teacher, and the address of the parent who was there first; the teacher is in by now."""
    with database.write() as db:
        school = a_school(db)
        group = a_group(db, school)
        teacher, pupil = a_teacher(db, school, group), a_pupil(db, group)
        parent = a_home(db, pupil)
        slots.fill(db, KEYRING, pupil, 2, an_address(OWN), staff_id=teacher, now=NOW)
        (mail,) = queued_mails(db, "activate")
        assert activation.start(db, KEYRING, link_in(mail), "the hash of a password", NOW)
    return pupil, teacher, parent.address


def test_t32_the_other_home_hears_of_it(database: Database, abused: tuple[str, str, str]) -> None:
    _pupil, _teacher, parent = abused
    with database.read() as db:
        assert [mail["to"] for mail in queued_mails(db, "second_home")] == [parent]


def test_t32_the_audit_names_who_filled_it(database: Database, abused: tuple[str, str, str]) -> None:
    pupil, teacher, _parent = abused
    with database.read() as db:
        actors = select(AuditEvent.actor).where(AuditEvent.act == "slot.filled", AuditEvent.thing == f"pupil:{pupil}")
        assert db.execute(actors).scalars().all() == [f"staff:{teacher}"]


def test_t32_the_parents_account_is_not_touched_and_there_is_no_third_place(
    database: Database, abused: tuple[str, str, str]
) -> None:
    pupil, teacher, parent = abused
    with database.write() as db:
        account = homes.by_key(db, parent)
        assert account is not None
        assert account.password_hash == "the hash of a password"
        again = slots.fill(db, KEYRING, pupil, 1, an_address(), staff_id=teacher, now=NOW)
        assert isinstance(again, AddressProblem)
