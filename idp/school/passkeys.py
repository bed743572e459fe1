"""Passkeys of staff (Web Authentication, level 3): added, and shown instead of a password and a code.

The passkey's device asks for a fingerprint, a face or its own PIN (user verification), so a passkey alone is two
factors. What passes between the browser and us: `ceremony`.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, select, update

from idp.kernel import audit
from idp.kernel.secrets import KeyRing, new_id
from idp.school import ceremony, factors
from idp.school.ceremony import Answer, Here, Owner
from idp.school.credentials import Fail
from idp.school.models import Staff, StaffFactor
from idp.school.staff import Member


def ask_to_add(db: Connection, here: Here, member: Member, now: datetime) -> str:
    """What `navigator.credentials.create` is to be told, as JSON."""
    owner = Owner(member.id, member.address, member.name)
    return ceremony.ask_to_add(db, here, "add", owner, _known(db, member.id), now)


def ask_to_show(db: Connection, here: Here, now: datetime) -> str:
    """What `navigator.credentials.get` is to be told, as JSON: the browser offers every passkey that it has for us."""
    return ceremony.ask_to_show(db, here, "show", now)


def add(
    db: Connection, keyring: KeyRing, here: Here, member: Member, answer: str, name: str, now: datetime
) -> Sequence[str] | Fail:
    """Keep a new passkey. The recovery codes when it is the first factor, to be shown once."""
    given = ceremony.read(answer)
    if given is None or ceremony.spend(db, here, "add", given, now) != (member.id,):
        return Fail("wrong")
    made = ceremony.verify_new(here, given)
    if made is None:
        return Fail("wrong")
    if db.execute(select(StaffFactor.id).where(StaffFactor.credential_id == made.credential_id)).first() is not None:
        return Fail("wrong")
    return factors.add(
        db, keyring, member.id, new_id(), "passkey", made.credential_public_key, name,
        now=now, counter=made.sign_count, credential_id=made.credential_id,
    )  # fmt: skip


def check(db: Connection, here: Here, answer: str, staff_id: str | None, now: datetime) -> str | Fail:
    """The id of the member whose passkey this is, with its user verified. `staff_id`: nobody else's will do."""
    given = ceremony.read(answer)
    if given is None or ceremony.spend(db, here, "show", given, now) is None:
        return Fail("wrong")
    row = _of_credential(db, given)
    if row is None or staff_id not in (None, row.staff_id):
        return Fail("wrong")
    counter = ceremony.verify_shown(here, given, row.secret, row.counter)
    if counter is None:
        audit.record(db, "signin.failed", now=now, thing=f"staff:{row.staff_id}", facts={"way": "passkey"})
        return Fail("wrong")
    # The counter as it was read: of two answers with one counter only one counts (7.2, step 22).
    mine = update(StaffFactor).where(StaffFactor.id == row.id, StaffFactor.counter == row.counter)
    if db.execute(mine.values(counter=counter, last_used_at=now)).rowcount != 1:
        return Fail("wrong")
    who = f"staff:{row.staff_id}"
    audit.record(db, "signin.factor", now=now, actor=who, thing=who, facts={"way": "passkey"})
    return str(row.staff_id)


def _known(db: Connection, staff_id: str) -> Sequence[bytes]:
    mine = select(StaffFactor.credential_id).where(StaffFactor.staff_id == staff_id, StaffFactor.kind == "passkey")
    return [one for one in db.execute(mine).scalars() if one is not None]


def _of_credential(db: Connection, given: Answer) -> Row[str, str, bytes, int] | None:
    """The passkey that this answer names, of somebody in service."""
    columns = (StaffFactor.id, StaffFactor.staff_id, StaffFactor.secret, StaffFactor.counter)
    named = select(*columns).join(Staff, Staff.id == StaffFactor.staff_id)
    return db.execute(named.where(StaffFactor.credential_id == given.credential_id, Staff.ended_at.is_(None))).first()
