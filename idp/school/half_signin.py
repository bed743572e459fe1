"""Between the password and the second factor of a member of staff there is no session: only this row, for one browser.

It is good for a few minutes and for one end; whoever has no such row starts at the password (CVE-2026-49443).
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from idp.kernel.secrets import fingerprint, random_token
from idp.school import factors, staff
from idp.school.models import HalfSignIn, Staff
from idp.school.staff import Member

LIFE, LIFE_ENROLLING = timedelta(minutes=5), timedelta(minutes=20)
"""To give a code; and to install an app and set it up, for who has no factor yet and must have one."""


def begin(db: Connection, staff_id: str, now: datetime) -> str:
    """The password was right: the value of this browser's cookie."""
    token = random_token("hs")
    life = LIFE if factors.has(db, staff_id) else LIFE_ENROLLING
    db.execute(insert(HalfSignIn).values(fingerprint=fingerprint(token), staff_id=staff_id, expires_at=now + life))
    return token


def find(db: Connection, token: str, now: datetime) -> Member | None:
    """Who is half signed in under this cookie; None = nobody, or not any more."""
    row = select(HalfSignIn.staff_id).where(HalfSignIn.fingerprint == fingerprint(token), HalfSignIn.expires_at > now)
    staff_id = db.execute(row).scalar()
    return None if staff_id is None else staff.by_id(db, staff_id)


def finish(db: Connection, token: str, now: datetime) -> str | None:
    """Take the row away: the id of the member, once; None when it is gone, too old, or its member not in service."""
    serving = select(Staff.id).where(Staff.ended_at.is_(None))
    live = (
        HalfSignIn.fingerprint == fingerprint(token),
        HalfSignIn.expires_at > now,
        HalfSignIn.staff_id.in_(serving),
    )
    return db.execute(delete(HalfSignIn).where(*live).returning(HalfSignIn.staff_id)).scalar()


def forget(db: Connection, staff_id: str) -> None:
    """The password was changed: who came in with the old one starts again."""
    db.execute(delete(HalfSignIn).where(HalfSignIn.staff_id == staff_id))
