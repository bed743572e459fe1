"""Invitations of staff: a mailed link with which somebody chooses a password. Nobody else ever chooses it for them.

The first password, or another one when it was lost (ASVS 5.0 V6.4.6). The link signs nobody in: whoever has chosen
signs in next, with the second factor that belongs to the account (V6.4.3).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from idp.kernel import audit
from idp.kernel.mail import enqueue_mail
from idp.kernel.secrets import KeyRing, fingerprint, random_token
from idp.school import half_signin, staff
from idp.school.models import Invitation, School, Staff

LIFE = timedelta(days=7)
PLATFORM = "Sleutelbos"
"""Where somebody works who has no school."""


@dataclass(frozen=True, slots=True)
class Invited:
    """What an invitation leads to: `state` is fresh, used, expired, or gone (not in service or at that address now)."""

    state: str
    staff_id: str
    first_name: str
    family_name: str
    address: str
    school_name: str

    @property
    def words(self) -> tuple[str, ...]:
        """What anybody near would try as a password."""
        return self.first_name, self.family_name, self.address, self.school_name


def ref(staff_id: str) -> str:
    """Under which the outbox knows the mails with an invitation."""
    return f"invitation:{staff_id}"


def send(db: Connection, keyring: KeyRing, staff_id: str, *, actor: str | None, now: datetime) -> bool:
    """Mail a link to a member of staff. False when they are not in service."""
    row = db.execute(
        select(Staff.address, Staff.address_key, Staff.first_name, Staff.school_id, School.name)
        .outerjoin(School, School.id == Staff.school_id)
        .where(Staff.id == staff_id, Staff.ended_at.is_(None))
    ).first()
    if row is None:
        return False
    address, address_key, first_name, school_id, school_name = row
    token = random_token("iv")
    values = {"staff_id": staff_id, "address_key": address_key, "created_at": now, "expires_at": now + LIFE}
    db.execute(insert(Invitation).values(fingerprint=fingerprint(token), **values))
    told = {"first_name": first_name, "school": school_name or PLATFORM, "path": f"/uitnodiging/{token}"}
    enqueue_mail(db, keyring, address, "staff_invited", told, locale="nl", now=now, ref=ref(staff_id))
    audit.record(db, "staff.invited", now=now, actor=actor, thing=f"staff:{staff_id}", school_id=school_id)
    return True


def look(db: Connection, token: str, now: datetime) -> Invited | None:
    """What this link leads to, without spending it; None = there never was such a link."""
    row = db.execute(
        select(Invitation, Staff.first_name, Staff.family_name, Staff.address, School.name, Staff.ended_at)
        .add_columns(Staff.address_key.label("now_at"))
        .join(Staff, Staff.id == Invitation.staff_id)
        .outerjoin(School, School.id == Staff.school_id)
        .where(Invitation.fingerprint == fingerprint(token))
    ).first()
    if row is None:
        return None
    state = "fresh"
    if row.used_at is not None:
        state = "used"
    elif row.ended_at is not None or row.address_key != row.now_at:
        state = "gone"
    elif row.expires_at <= now:
        state = "expired"
    return Invited(state, row.staff_id, row.first_name, row.family_name, row.address, row.name or PLATFORM)


def accept(db: Connection, token: str, password_hash: str, now: datetime) -> str | None:
    """The link is spent, by one statement, and the password is theirs; returns the staff id.

    None when somebody was first, or it is no fresh link (any more). Every other link of this member is spent as well;
    the caller ends the sessions of `staff:ID`.
    """
    here = select(Staff.id).where(
        Staff.id == Invitation.staff_id, Staff.address_key == Invitation.address_key, Staff.ended_at.is_(None)
    )
    fresh = (Invitation.used_at.is_(None), Invitation.expires_at > now)
    spent = update(Invitation).where(Invitation.fingerprint == fingerprint(token), *fresh, here.exists())
    staff_id: str | None = db.execute(spent.values(used_at=now).returning(Invitation.staff_id)).scalar()
    if staff_id is None:
        return None
    others = update(Invitation).where(Invitation.staff_id == staff_id, Invitation.used_at.is_(None))
    db.execute(others.values(used_at=now))
    staff.set_password(db, staff_id, password_hash, actor=f"staff:{staff_id}", now=now)
    half_signin.forget(db, staff_id)
    return staff_id
