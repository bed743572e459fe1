""" "Forget me": everything of one home account goes at once, and nothing of another."""

from sqlalchemy import func, select

from idp.kernel import audit
from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.kernel.outbox import Outbox
from idp.school import address_change, forgetting, homes, households, slots
from idp.school.households import SignedIn
from idp.school.models import AddressChange, HomeAccount, HomePasskey, HomeVisit, Household, Link
from tests.builders import KEYRING, NOW, a_home, a_pupil, an_address, queued_mails


def test_everything_of_the_account_goes(database: Database) -> None:
    with database.write() as db:
        pupil, other_pupil = a_pupil(db), a_pupil(db)
        account = a_home(db, pupil, other_pupil)
        token = households.start(db, account.id, NOW)
        households.visit(db, SignedIn(token, account.id, account.address, "nl", NOW), pupil, "sid-1", NOW)
        homes.send_reset(db, KEYRING, account, NOW)
        address_change.ask(db, KEYRING, account, an_address("nieuw@thuis.example"), NOW)
        audit.record(db, "signin.password", now=NOW, actor=f"home:{account.id}", thing=f"home:{account.id}")
        gone = forgetting.forget_home(db, KEYRING, account.id, NOW)
        assert gone == forgetting.Forgotten(2, ["sid-1"])
        for table in (HomeAccount, Household, HomeVisit, Link, AddressChange, HomePasskey):
            assert db.execute(select(func.count()).select_from(table)).scalar() == 0, table
        assert slots.of_pupils(db, [pupil, other_pupil]) == []
        named = [event for event in db.execute(select(AuditEvent.__table__)) if account.id in repr(event)]
        assert named == []


def test_the_audit_tells_what_happened_by_one_stand_in(database: Database) -> None:
    with database.write() as db:
        account = a_home(db, a_pupil(db))
        forgetting.forget_home(db, KEYRING, account.id, NOW)
        actors = {actor for actor in db.execute(select(AuditEvent.actor)).scalars() if actor}
        assert len(actors) == 1
        assert actors != {f"home:{account.id}"}


def test_mail_that_waits_does_not_leave_but_for_the_receipt(database: Database) -> None:
    with database.write() as db:
        account = a_home(db, a_pupil(db))
        homes.send_reset(db, KEYRING, account, NOW)
        homes.send_reset(db, KEYRING, a_home(db, a_pupil(db), address="ander@thuis.example"), NOW)
        forgetting.forget_home(db, KEYRING, account.id, NOW)
        assert [(mail["to"], mail["template"]) for mail in queued_mails(db) if mail["to"] == account.address] == [
            (account.address, "account_deleted")
        ]
        assert queued_mails(db, "account_deleted")[0]["facts"] == {"asked": True}
        assert [mail["to"] for mail in queued_mails(db, "reset")] == ["ander@thuis.example"]
        keys = [once for once in db.execute(select(Outbox.once)).scalars() if once]
        assert not [once for once in keys if account.id in once]


def test_the_other_home_of_a_child_stays(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        mine, theirs = a_home(db, pupil), a_home(db, pupil)
        forgetting.forget_home(db, KEYRING, mine.id, NOW)
        assert [slot.home_account_id for slot in slots.of_pupils(db, [pupil])] == [theirs.id]


def test_twice_is_once(database: Database) -> None:
    with database.write() as db:
        account = a_home(db, a_pupil(db))
        forgetting.forget_home(db, KEYRING, account.id, NOW)
        assert forgetting.forget_home(db, KEYRING, account.id, NOW) is None
