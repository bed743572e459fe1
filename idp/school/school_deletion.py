"""A whole school goes, with every pupil, slot and member of staff: one operator asks, another confirms in seven days.

What goes is found from the tables themselves: every row that leads to the school by a foreign key. A table that is
added later goes along without being named here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, delete, or_, select

from idp.kernel import audit, outbox, transports
from idp.kernel.db import Base, insert_into
from idp.kernel.secrets import KeyRing
from idp.school import homes
from idp.school.models import EmailSlot, HomeAccount, HomeVisit, Link, Pupil, School, SchoolDeletion, Staff

LIFE = timedelta(days=7)
"""How long the second operator has."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A deletion that waits for a second operator."""

    asked_by: str  # staff id
    at: datetime
    until: datetime


def ask(db: Connection, school_id: str, staff_id: str, now: datetime) -> bool:
    """One operator asks. False when there is no such school, or somebody asked before."""
    if db.execute(select(School.id).where(School.id == school_id)).first() is None:
        return False
    db.execute(delete(SchoolDeletion).where(SchoolDeletion.school_id == school_id, SchoolDeletion.expires_at <= now))
    values = {"school_id": school_id, "asked_by": staff_id, "asked_at": now, "expires_at": now + LIFE}
    asked = insert_into(db, SchoolDeletion).values(values).on_conflict_do_nothing().returning(SchoolDeletion.school_id)
    if db.execute(asked).first() is None:
        return False
    _record(db, "school.deletion_asked", school_id, staff_id, now)
    return True


def waiting(db: Connection, school_id: str, now: datetime) -> Asked | None:
    """Who asked; None = nobody, or too long ago."""
    columns = (SchoolDeletion.asked_by, SchoolDeletion.asked_at, SchoolDeletion.expires_at)
    live = (SchoolDeletion.school_id == school_id, SchoolDeletion.expires_at > now)
    row = db.execute(select(*columns).where(*live)).first()
    return None if row is None else Asked(*row)


def withdraw(db: Connection, school_id: str, staff_id: str, now: datetime) -> bool:
    """Either operator thinks better of it."""
    gone = db.execute(delete(SchoolDeletion).where(SchoolDeletion.school_id == school_id)).rowcount == 1
    if gone:
        _record(db, "school.deletion_withdrawn", school_id, staff_id, now)
    return gone


@dataclass(frozen=True, slots=True)
class Gone:
    """Whom engine, outbox and audit must forget: subjects "pupil:ID" and "staff:ID", and the ids of the slots."""

    subjects: Sequence[str]
    slot_ids: Sequence[str]


def confirm(db: Connection, keyring: KeyRing, school_id: str, staff_id: str, now: datetime) -> Gone | None:
    """Another operator confirms, and the school is gone. None when nobody else asked, or too long ago.

    Home accounts that led to no other child go with a mail that says so. The caller lets the engine forget.
    """
    spent = delete(SchoolDeletion).where(
        SchoolDeletion.school_id == school_id, SchoolDeletion.asked_by != staff_id, SchoolDeletion.expires_at > now
    )
    if db.execute(spent.returning(SchoolDeletion.school_id)).first() is None:
        return None
    people = [
        f"{kind}:{identifier}"
        for kind, table in (("pupil", Pupil), ("staff", Staff))
        for identifier in db.execute(select(table.id).where(table.school_id == school_id)).scalars()
    ]
    filled = select(EmailSlot.id, EmailSlot.home_account_id).join(Pupil, Pupil.id == EmailSlot.pupil_id)
    slots = db.execute(filled.where(Pupil.school_id == school_id)).all()
    slot_ids = {slot.id for slot in slots} | audit.told_of_school(db, school_id, "slot.", "slot")
    _forget_mail(db, keyring, school_id, now)
    here = select(Pupil.id).where(Pupil.school_id == school_id)
    db.execute(delete(HomeVisit).where(HomeVisit.pupil_id.in_(here)))
    db.execute(delete(Link).where(Link.slot_id.in_(slot_ids)))
    for table, doomed in reversed(_doomed(school_id)):
        db.execute(delete(table).where(doomed))
    for account_id in {slot.home_account_id for slot in slots}:
        homes.delete_if_childless(db, keyring, account_id, now)
    _record(db, "school.deleted", school_id, staff_id, now)
    return Gone(people, sorted(slot_ids))


def _forget_mail(db: Connection, keyring: KeyRing, school_id: str, now: datetime) -> None:
    """What waits for the school's staff, and for parents about a child of it, has lost its reason."""
    homes_of = (
        select(HomeAccount.address, Pupil.first_name)
        .join(EmailSlot, EmailSlot.home_account_id == HomeAccount.id)
        .join(Pupil, Pupil.id == EmailSlot.pupil_id)
    )
    about = {(row.address, row.first_name) for row in db.execute(homes_of.where(Pupil.school_id == school_id))}
    staff = set(db.execute(select(Staff.address).where(Staff.school_id == school_id)).scalars())

    def unwanted(mail: Mapping[str, Any]) -> bool:
        return mail["to"] in staff or (mail["to"], mail["facts"].get("first_name")) in about

    outbox.withdraw_where(db, keyring, "mail", unwanted, now=now)
    for address, first_name in about:
        transports.forget_demo_mail(db, address, first_name)
    for address in staff:
        transports.forget_demo_mail(db, address)


def _doomed(school_id: str) -> list[tuple[Table, ColumnElement[bool]]]:
    """Each table with what goes of it, the school first; a row goes when what it leads to goes."""
    doomed: dict[Table, ColumnElement[bool]] = {}
    for table in Base.metadata.sorted_tables:
        if table.name == School.__tablename__:
            doomed[table] = table.c.id == school_id
            continue
        leads = [
            foreign.parent.in_(select(foreign.column).where(doomed[foreign.column.table]))
            for foreign in table.foreign_keys
            if foreign.column.table in doomed
        ]
        if leads:
            doomed[table] = or_(*leads)
    return list(doomed.items())


def _record(db: Connection, act: str, school_id: str, staff_id: str, now: datetime) -> None:
    audit.record(db, act, now=now, actor=f"staff:{staff_id}", thing=f"school:{school_id}", school_id=school_id)
