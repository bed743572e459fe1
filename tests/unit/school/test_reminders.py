"""A reminder to who has not activated, and to nobody else."""

from datetime import timedelta

from sqlalchemy import update

from idp.kernel.db import Database
from idp.kernel.outbox import Outbox
from idp.school import pupils, reminders, slots
from idp.school.reminders import Reminded
from tests.builders import KEYRING, NOW, a_group, a_home, a_pupil, an_address


def test_each_waiting_address_hears_once_a_day(database: Database) -> None:
    with database.write() as db:
        group = a_group(db)
        waiting, failed, done, queued = (a_pupil(db, group, first_name=name) for name in "ABCD")
        a_home(db, done)
        for pupil in (waiting, failed):
            slots.fill(db, KEYRING, pupil, 1, an_address(), staff_id=None, now=NOW)
        db.execute(update(Outbox).values(state="done", ended_at=NOW))
        bad = slots.of_pupils(db, [failed])[0]
        db.execute(update(Outbox).where(Outbox.ref == f"slot:{bad.id}").values(state="failed"))
        slots.fill(db, KEYRING, queued, 1, an_address(), staff_id=None, now=NOW)

        def remind(hours: int) -> Reminded:
            page = pupils.group_page(db, KEYRING, group)
            assert page is not None
            found = reminders.remind(db, KEYRING, page.rows, staff_id="t", now=NOW + timedelta(hours=hours))
            db.execute(update(Outbox).where(Outbox.state == "queued", Outbox.created_at > NOW).values(state="done"))
            return found

        assert remind(1) == Reminded(sent=1, queued=1, failed=1)
        assert remind(2) == Reminded(today=1, queued=1, failed=1)
        assert remind(24) == Reminded(sent=1, queued=1, failed=1)
