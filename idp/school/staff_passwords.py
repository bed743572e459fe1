"""Another password for a member of staff: chosen by the member alone, on their own page or through a mailed link.

The link leads past the password only: the second factor is asked for as ever, and every factor stays (ASVS 5.0 V6.4.3):
whoever reads somebody's mail must not come out of it with an account that has none. Nobody else sets a password.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from idp.kernel import audit, throttle
from idp.kernel.mail import enqueue_mail
from idp.kernel.secrets import KeyRing, fingerprint, new_id, random_token
from idp.school import addresses, half_signin, staff
from idp.school.models import Staff, StaffReset
from idp.school.staff import Member

LIFE = timedelta(hours=1)
"""How long the mailed link works, and then once."""


def words(member: Member) -> Sequence[str]:
    """What anybody near would try as this member's password."""
    return [word for word in (member.address, member.first_name, member.family_name, member.school_name) if word]


def change(db: Connection, keyring: KeyRing, staff_id: str, password_hash: str, now: datetime) -> bool:
    """The new password, already hashed; its owner is told (ASVS 5.0 V6.3.7), and older links and half-done sign-ins
    are worth nothing. The caller ends the sessions. False when the member is not in service.
    """
    if not staff.set_password(db, staff_id, password_hash, actor=f"staff:{staff_id}", now=now):
        return False
    half_signin.forget(db, staff_id)
    db.execute(delete(StaffReset).where(StaffReset.staff_id == staff_id, StaffReset.used_at.is_(None)))
    address = db.execute(select(Staff.address).where(Staff.id == staff_id)).scalar_one()
    enqueue_mail(db, keyring, address, "password_changed", {"path": "/leerkracht"}, locale="nl", now=now)
    return True


def request_reset(db: Connection, keyring: KeyRing, address_text: str, source: str, now: datetime) -> None:
    """ "I forgot my password": a mail to whoever works here, and not a word or a moment that tells who does."""
    key = addresses.key_for_lookup(address_text)
    for limit, whose in (("forgot_source", source), ("forgot_address", f"staff:{key}")):
        if isinstance(throttle.take(db, limit, whose, now), throttle.Locked):
            return
    member = staff.by_key(db, key)
    # For an unknown address the same is done for somebody who does not exist, and taken back.
    undo = db.begin_nested()
    if member is None:
        enqueue_mail(db, keyring, f"{new_id()}@invalid", "reset", _link(random_token("sr")), locale="nl", now=now)
        audit.record(db, "staff.forgotten", now=now)
        undo.rollback()
        return
    token = random_token("sr")
    db.execute(insert(StaffReset).values(fingerprint=fingerprint(token), staff_id=member.id, expires_at=now + LIFE))
    enqueue_mail(db, keyring, member.address, "reset", _link(token), locale="nl", now=now)
    audit.record(db, "staff.forgotten", now=now, thing=f"staff:{member.id}", school_id=member.school_id)
    undo.commit()


def _link(token: str) -> dict[str, str]:
    return {"path": f"/leerkracht/herstel/{token}"}


def whose(db: Connection, token: str, now: datetime) -> Member | None:
    """Whose link this is, when it still works; looking spends nothing."""
    fresh = (StaffReset.fingerprint == fingerprint(token), StaffReset.used_at.is_(None), StaffReset.expires_at > now)
    staff_id = db.execute(select(StaffReset.staff_id).where(*fresh)).scalar()
    return None if staff_id is None else staff.by_id(db, staff_id)


def reset(db: Connection, keyring: KeyRing, token: str, password_hash: str, now: datetime) -> str | None:
    """Spend the link and set the password: the member's id. None when somebody was first, or it is too old."""
    fresh = (StaffReset.fingerprint == fingerprint(token), StaffReset.used_at.is_(None), StaffReset.expires_at > now)
    staff_id = db.execute(update(StaffReset).where(*fresh).values(used_at=now).returning(StaffReset.staff_id)).scalar()
    return staff_id if staff_id is not None and change(db, keyring, staff_id, password_hash, now) else None
