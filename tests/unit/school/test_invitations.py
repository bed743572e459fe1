"""A mailed link with which a member of staff chooses a password, once."""

from datetime import timedelta

from sqlalchemy import select, update

from idp.kernel.db import Database
from idp.school import invitations
from idp.school.models import Invitation, Staff
from tests.builders import KEYRING, NOW, a_school, a_teacher, link_in, queued_mails

LATER = NOW + timedelta(days=1)


def _invite(database: Database, **member: str | None) -> tuple[str, str]:
    """A member's id, and the token in the mail."""
    with database.write() as db:
        staff_id = a_teacher(db, a_school(db), password_hash=None, **member)
        assert invitations.send(db, KEYRING, staff_id, actor="staff:ict", now=NOW)
        return staff_id, link_in(queued_mails(db, "staff_invited", ref=invitations.ref(staff_id))[-1])


def test_a_link_is_spent_once_and_sets_the_password(database: Database) -> None:
    staff_id, token = _invite(database)
    with database.write() as db:
        found = invitations.look(db, token, LATER)
        assert found is not None
        assert (found.state, found.staff_id, found.school_name) == ("fresh", staff_id, "De Regenboog")
        assert invitations.accept(db, token, "hash", LATER) == staff_id
        assert invitations.accept(db, token, "other", LATER) is None
        assert db.execute(select(Staff.password_hash).where(Staff.id == staff_id)).scalar() == "hash"
        seen = invitations.look(db, token, LATER)
        assert seen is not None
        assert seen.state == "used"


def test_choosing_a_password_spends_the_other_links(database: Database) -> None:
    staff_id, first = _invite(database)
    with database.write() as db:
        invitations.send(db, KEYRING, staff_id, actor=None, now=LATER)
        tokens = {link_in(mail) for mail in queued_mails(db, "staff_invited")}
        (second,) = tokens - {first}
        assert invitations.accept(db, second, "hash", LATER) == staff_id
        assert invitations.accept(db, first, "other", LATER) is None


def test_a_link_of_more_than_seven_days_does_nothing(database: Database) -> None:
    _staff_id, token = _invite(database)
    with database.write() as db:
        over = NOW + invitations.LIFE
        seen = invitations.look(db, token, over)
        assert seen is not None
        assert seen.state == "expired"
        assert invitations.accept(db, token, "hash", over) is None


def test_a_link_to_an_older_address_or_of_somebody_who_left_does_nothing(database: Database) -> None:
    for change in ({"address_key": "elders@school.example"}, {"ended_at": LATER}):
        staff_id, token = _invite(database)
        with database.write() as db:
            db.execute(update(Staff).where(Staff.id == staff_id).values(change))
            seen = invitations.look(db, token, LATER)
            assert seen is not None
            assert seen.state == "gone"
            assert invitations.accept(db, token, "hash", LATER) is None


def test_only_the_mail_holds_the_link(database: Database) -> None:
    _staff_id, token = _invite(database)
    with database.read() as db:
        assert token.encode() not in db.execute(select(Invitation.fingerprint)).scalar_one()
        assert invitations.look(db, "iv_something", NOW) is None


def test_who_left_is_not_invited(database: Database) -> None:
    with database.write() as db:
        assert not invitations.send(db, KEYRING, a_teacher(db, ended_at=NOW), actor=None, now=NOW)
        assert not queued_mails(db)
