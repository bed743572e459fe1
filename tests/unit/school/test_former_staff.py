"""Who left is kept for a while; what they made for others stays when they go."""

from datetime import timedelta

from sqlalchemy import insert, select

from idp.kernel.db import Database
from idp.kernel.secrets import fingerprint, new_id
from idp.school import former_staff
from idp.school.models import EmailSlot, Staff, StaffFactor, StaffVisit, Substitution
from tests.builders import NOW, a_group, a_home, a_pupil, a_school, a_teacher


def test_who_serves_is_not_erased_and_who_left_long_ago_comes_first(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        here, left, longer = (a_teacher(db, school) for _ in range(3))
        for staff_id, days in ((left, 1), (longer, 2)):
            db.execute(Staff.__table__.update().where(Staff.id == staff_id).values(ended_at=NOW - timedelta(days)))
        assert former_staff.left_before(db, NOW, 10) == [longer, left]
        assert former_staff.left_before(db, NOW, 1) == [longer]
        assert former_staff.left_before(db, NOW - timedelta(days=2), 10) == []
        assert former_staff.erase(db, here) is None
        assert former_staff.erase(db, "nobody") is None


def test_what_they_made_for_others_stays_without_their_name(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        group = a_group(db, school)
        teacher, colleague = (a_teacher(db, school, group) for _ in range(2))
        a_home(db, a_pupil(db, group))
        db.execute(EmailSlot.__table__.update().values(filled_by=teacher))
        lent = {"id": new_id(), "group_id": group, "staff_id": colleague, "given_by": teacher, "from_at": NOW}
        db.execute(insert(Substitution).values(until_at=NOW, **lent))
        visit = {"sid": new_id(), "staff_id": teacher, "browser": "Firefox", "started_at": NOW}
        db.execute(insert(StaffVisit).values(visit))
        factor = {"id": new_id(), "staff_id": teacher, "kind": "passkey", "secret": b"x", "name": "sleutel"}
        db.execute(insert(StaffFactor).values(credential_id=fingerprint("x"), created_at=NOW, counter=0, **factor))
        db.execute(Staff.__table__.update().where(Staff.id == teacher).values(ended_at=NOW))
        assert former_staff.erase(db, teacher) is not None
        assert db.execute(select(EmailSlot.filled_by)).scalars().all() == [None]
        assert db.execute(select(Substitution.given_by, Substitution.staff_id)).all() == [(None, colleague)]
        assert db.execute(select(StaffVisit.sid)).all() + db.execute(select(StaffFactor.id)).all() == []
        assert db.execute(select(Staff.id)).scalars().all() == [colleague]
