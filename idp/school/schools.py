"""The schools of the platform, as its operator sees them: names and numbers, and no pupil."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, func, select
from sqlalchemy.sql.elements import ColumnElement

from idp.kernel import audit
from idp.kernel.db import insert_into
from idp.kernel.secrets import KeyRing, new_id
from idp.school import invitations
from idp.school.addresses import Address
from idp.school.models import Group, Pupil, School, Staff
from idp.school.names import sort_key

MOST = 200
"""Schools on one page; a search finds the others."""


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """A school with how many there are of each."""

    id: str
    name: str
    key: str | None
    network: str | None
    created_at: datetime
    pupils: int
    groups: int
    staff: int


@dataclass(frozen=True, slots=True)
class Coordinator:
    """An ICT co-ordinator; `ready`: has chosen a password."""

    id: str
    name: str
    address: str
    ready: bool


def _counted() -> Select[str, str, str | None, str | None, datetime, int, int, int]:
    def count(*of: ColumnElement[bool]) -> ColumnElement[int]:
        return select(func.count()).where(*of).correlate(School).scalar_subquery()

    return select(
        School.id,
        School.name,
        School.key,
        School.network,
        School.created_at,
        count(Pupil.school_id == School.id, Pupil.left_at.is_(None)),
        count(Group.school_id == School.id),
        count(Staff.school_id == School.id, Staff.ended_at.is_(None)),
    )


def search(db: Connection, words: str = "") -> Sequence[SchoolRow]:
    """The schools whose name or number holds `words`, by name; at most MOST."""
    everything = db.execute(select(School.id, School.name, School.key))
    by_name = sorted((sort_key(one.name), one.id, sort_key(one.key or "")) for one in everything)
    wanted = sort_key(words)  # compared here: few databases know that É is an é
    ids = [school_id for name, school_id, key in by_name if wanted in name or wanted in key][:MOST]
    rows = {row.id: SchoolRow(*row) for row in db.execute(_counted().where(School.id.in_(ids)))}
    return [rows[school_id] for school_id in ids if school_id in rows]


def by_id(db: Connection, school_id: str) -> SchoolRow | None:
    """One school; None when there is none."""
    row = db.execute(_counted().where(School.id == school_id)).first()
    return None if row is None else SchoolRow(*row)


def coordinators(db: Connection, school_id: str) -> Sequence[Coordinator]:
    """The ICT co-ordinators who are in service."""
    columns = (Staff.id, Staff.first_name, Staff.family_name, Staff.address, Staff.password_hash)
    asked = select(*columns).where(Staff.school_id == school_id, Staff.role == "ict", Staff.ended_at.is_(None))
    return [
        Coordinator(row.id, f"{row.first_name} {row.family_name}", row.address, row.password_hash is not None)
        for row in db.execute(asked.order_by(Staff.family_name, Staff.id))
    ]


def found(
    db: Connection,
    keyring: KeyRing,
    name: str,
    key: str | None,
    first: tuple[str, str, Address],
    *,
    actor: str,
    now: datetime,
) -> str | None:
    """A new school with its first ICT co-ordinator (first name, family name, address), who gets an invitation.

    The id of the school; None when somebody else is at that address, or another school has that number.
    """
    school_id, undo = new_id(), db.begin_nested()
    made = insert_into(db, School).values(id=school_id, name=name, key=key, created_at=now)
    if db.execute(made.on_conflict_do_nothing().returning(School.id)).first() is not None:
        audit.record(db, "school.founded", now=now, actor=actor, thing=f"school:{school_id}", school_id=school_id)
        if _invite(db, keyring, "ict", school_id, first, actor=actor, now=now):
            undo.commit()
            return school_id
    undo.rollback()
    return None


def invite_operator(db: Connection, keyring: KeyRing, who: tuple[str, str, Address], *, now: datetime) -> bool:
    """A new operator (first name, family name, address). False when somebody is at that address."""
    return _invite(db, keyring, "operator", None, who, actor="operator:command line", now=now)


def _invite(
    db: Connection,
    keyring: KeyRing,
    role: str,
    school_id: str | None,
    who: tuple[str, str, Address],
    *,
    actor: str,
    now: datetime,
) -> bool:
    first_name, family_name, address = who
    staff_id = new_id()
    made = insert_into(db, Staff).values(
        id=staff_id,
        school_id=school_id,
        role=role,
        first_name=first_name,
        family_name=family_name,
        address=address.written,
        address_key=address.key,
        created_at=now,
    )
    if db.execute(made.on_conflict_do_nothing().returning(Staff.id)).first() is None:
        return False
    invitations.send(db, keyring, staff_id, actor=actor, now=now)
    return True
