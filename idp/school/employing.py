"""Who works at a school: an ICT co-ordinator takes people on, gives them groups and a role, and lets them go."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, delete, func, insert, select, update

from idp.kernel import audit, outbox
from idp.kernel.db import insert_into
from idp.kernel.outbox import Outcome
from idp.kernel.secrets import KeyRing, new_id
from idp.kernel.words import msgid
from idp.school import invitations
from idp.school.addresses import Address
from idp.school.hold import hold
from idp.school.models import Group, Staff, StaffGroup
from idp.school.models.staff import SCHOOL_ROLES
from idp.school.names import sort_key

LAST_ICT = msgid("Een school heeft altijd een ICT-coördinator. Maak eerst een collega ICT-coördinator.")
TAKEN = msgid("Dit e-mailadres is al van iemand anders.")
NO_ROLE = msgid("Kies een rol.")


@dataclass(frozen=True, slots=True)
class Hire:
    """Somebody to be taken on; `role` is one of SCHOOL_ROLES."""

    first_name: str
    family_name: str
    address: Address
    role: str
    group_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works at the school. `ready`: they chose a password; `mail`: their newest invitation."""

    id: str
    first_name: str
    family_name: str
    address: str
    role: str
    ready: bool
    groups: Mapping[str, str]  # id -> name
    mail: Outcome | None

    @property
    def name(self) -> str:
        """As colleagues write it."""
        return f"{self.first_name} {self.family_name}"


def colleagues(db: Connection, school_id: str, staff_id: str | None = None) -> list[Colleague]:
    """Everybody in service at the school, by name; or the one with this id."""
    which = [Staff.school_id == school_id, Staff.ended_at.is_(None)]
    which += [] if staff_id is None else [Staff.id == staff_id]
    columns = (Staff.id, Staff.first_name, Staff.family_name, Staff.address, Staff.role)
    rows = db.execute(select(*columns, Staff.password_hash.is_not(None)).where(*which)).all()
    groups: defaultdict[str, dict[str, str]] = defaultdict(dict)
    links = (
        select(StaffGroup.staff_id, Group.id, Group.name)
        .join(Group, Group.id == StaffGroup.group_id)
        .join(Staff, Staff.id == StaffGroup.staff_id)
    )
    for member_id, group_id, name in db.execute(links.where(*which).order_by(Group.year, Group.name)):
        groups[member_id][group_id] = name
    mails = outbox.latest(db, [invitations.ref(row[0]) for row in rows])
    found = [Colleague(*row[:5], bool(row[5]), groups[row[0]], mails.get(invitations.ref(row[0]))) for row in rows]
    return sorted(found, key=lambda one: (sort_key(one.first_name), sort_key(one.family_name), one.id))


def colleague(db: Connection, school_id: str, staff_id: str) -> Colleague | None:
    """One of them; None when nobody of that id works there."""
    return next(iter(colleagues(db, school_id, staff_id)), None)


def employ(db: Connection, keyring: KeyRing, school_id: str, hire: Hire, *, actor: str, now: datetime) -> str | None:
    """Take somebody on, and invite them; returns the id, None when the address is somebody else's.

    Who worked here before comes back as the same person, without the password of before. Who worked at another school
    starts anew here, and leaves that school's history alone.
    """
    hold(db, school_id)
    before = db.execute(
        select(Staff.id, Staff.school_id, Staff.ended_at).where(Staff.address_key == hire.address.key).with_for_update()
    ).first()
    if before is not None and before.ended_at is None:
        return None
    values: dict[str, Any] = {
        "role": hire.role,
        "first_name": hire.first_name,
        "family_name": hire.family_name,
        "address": hire.address.written,
        "password_hash": None,
        "created_at": now,
        "ended_at": None,
    }
    if before is not None and before.school_id == school_id:
        staff_id = cast(str, before.id)
        db.execute(update(Staff).where(Staff.id == staff_id).values(values))
    else:
        if before is not None:
            db.execute(update(Staff).where(Staff.id == before.id).values(address_key=f"ended {before.id}"))
        staff_id = new_id()
        row = insert_into(db, Staff).values(id=staff_id, school_id=school_id, address_key=hire.address.key, **values)
        if db.execute(row.on_conflict_do_nothing().returning(Staff.id)).first() is None:
            return None  # another school took them on at this moment
    _regroup(db, school_id, staff_id, hire.group_ids)
    facts = {"role": hire.role}
    audit.record(db, "staff.joined", now=now, actor=actor, thing=f"staff:{staff_id}", school_id=school_id, facts=facts)
    invitations.send(db, keyring, staff_id, actor=actor, now=now)
    return staff_id


def change(
    db: Connection, school_id: str, staff_id: str, role: str, group_ids: Iterable[str], *, actor: str, now: datetime
) -> str | None:
    """Another role, other groups; None = done, else what is wrong, as a Dutch message id."""
    if role not in SCHOOL_ROLES:
        return NO_ROLE
    hold(db, school_id)
    if role != "ict" and _is_last_ict(db, school_id, staff_id):
        return LAST_ICT
    db.execute(update(Staff).where(Staff.id == staff_id, Staff.school_id == school_id).values(role=role))
    kept = _regroup(db, school_id, staff_id, group_ids)
    facts = {"role": role, "groups": len(kept)}
    audit.record(db, "staff.role", now=now, actor=actor, thing=f"staff:{staff_id}", school_id=school_id, facts=facts)
    return None


def end(db: Connection, school_id: str, staff_id: str, *, actor: str, now: datetime) -> str | None:
    """Somebody stops; None = done, else what is wrong. The caller ends the sessions of `staff:ID` with it."""
    hold(db, school_id)
    if _is_last_ict(db, school_id, staff_id):
        return LAST_ICT
    statement = update(Staff).where(Staff.id == staff_id, Staff.school_id == school_id, Staff.ended_at.is_(None))
    if db.execute(statement.values(ended_at=now, password_hash=None)).rowcount:
        db.execute(delete(StaffGroup).where(StaffGroup.staff_id == staff_id))
        audit.record(db, "staff.ended", now=now, actor=actor, thing=f"staff:{staff_id}", school_id=school_id)
    return None


def _is_last_ict(db: Connection, school_id: str, staff_id: str) -> bool:
    ict = (Staff.school_id == school_id, Staff.role == "ict", Staff.ended_at.is_(None))
    others = db.execute(select(func.count()).where(*ict, Staff.id != staff_id)).scalar_one()
    return others == 0 and db.execute(select(Staff.id).where(*ict, Staff.id == staff_id)).first() is not None


def _regroup(db: Connection, school_id: str, staff_id: str, group_ids: Iterable[str]) -> list[str]:
    """Exactly these groups, as far as they are the school's own."""
    own = select(Group.id).where(Group.school_id == school_id, Group.id.in_(list(group_ids)))
    kept = list(db.execute(own).scalars())
    db.execute(delete(StaffGroup).where(StaffGroup.staff_id == staff_id))
    if kept:
        db.execute(insert(StaffGroup), [{"staff_id": staff_id, "group_id": group_id} for group_id in kept])
    return kept
