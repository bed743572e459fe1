"""A pupil leaves by hand, as one leaves by a file."""

from sqlalchemy import select

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school import homes, person
from idp.school.models import EmailSlot
from idp.school.roster import leaving
from tests.builders import KEYRING, NOW, a_home, a_pupil, queued_mails


def test_who_leaves_is_nobody_to_a_publisher_and_its_sessions_end(database: Database) -> None:
    with database.write() as db:
        pupil_id = a_pupil(db)
        account = a_home(db, pupil_id)
        ended = leaving.leave(db, KEYRING, pupil_id, actor="staff:x", why="moved away", now=NOW)
        assert not person.active(db, pupil_id)
        assert homes.by_id(db, account.id) is None
        assert db.execute(select(EmailSlot.id)).first() is None
        assert [mail["to"] for mail in queued_mails(db, "account_deleted")] == [account.address]
        acts = set(db.execute(select(AuditEvent.act)).scalars())
    assert ended == [f"pupil:{pupil_id}"]
    assert acts >= {"pupil.left", "slot.emptied", "home.deleted"}


def test_who_left_before_does_not_leave_again(database: Database) -> None:
    with database.write() as db:
        pupil_id = a_pupil(db, left_at=NOW)
        assert leaving.leave(db, KEYRING, pupil_id, actor=None, why="x", now=NOW) == []
        assert leaving.leave(db, KEYRING, "nobody", actor=None, why="x", now=NOW) == []
        assert db.execute(select(AuditEvent.act)).first() is None


def test_a_pupil_of_another_school_does_not_leave(database: Database) -> None:
    with database.write() as db:
        pupil_id = a_pupil(db)
        assert leaving.leave_all(db, KEYRING, "other", [pupil_id], actor=None, why="x", now=NOW) == []
        assert person.active(db, pupil_id)
