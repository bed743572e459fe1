"""Teachers come, change, get other groups and go, as the school administration says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, bindparam, delete, insert, update
from sqlalchemy.exc import IntegrityError

from idp.kernel import audit
from idp.kernel.secrets import new_id
from idp.school.models import Staff, StaffGroup
from idp.school.roster.changes import StaffChange, StaffChanges, StaffJoiner

_STAFF, _LINK = cast(Table, Staff.__table__), cast(Table, StaffGroup.__table__)
_RENAME = (
    _STAFF.update()
    .where(_STAFF.c.id == bindparam("which"))
    .values(first_name=bindparam("first"), family_name=bindparam("family"), roster_key=bindparam("new_key"))
)
_READDRESS = (
    _STAFF.update()
    .where(_STAFF.c.id == bindparam("which"))
    .values(address=bindparam("written"), address_key=bindparam("compared"))
)
_UNLINK = _LINK.delete().where(_LINK.c.staff_id == bindparam("which"), _LINK.c.group_id == bindparam("group"))


class TakenError(Exception):
    """Another school took on one of these people while the plan was looked at; the caller undoes what was done."""


@dataclass(frozen=True, slots=True)
class Staffed:
    """`invited`: the ids of those who have no password yet. `ended`: subjects whose sessions are to end."""

    invited: tuple[str, ...]
    ended: tuple[str, ...]


def change(
    db: Connection,
    school_id: str,
    changes: StaffChanges,
    group_ids: Mapping[str, str],
    *,
    actor: str | None,
    now: datetime,
) -> Staffed:
    """All changes among the staff; `group_ids`: where each ref leads. Raises TakenError."""
    try:
        invited = _joins(db, school_id, changes.joiners, group_ids, actor, now)
        _renames(db, changes.changed)
    except IntegrityError as taken:
        raise TakenError from taken
    facts: list[tuple[str, Mapping[str, object]]] = [
        (f"staff:{one.staff_id}", {"address": one.address is not None}) for one in changes.changed
    ]
    audit.record_each(db, "staff.changed", facts, now=now, actor=actor, school_id=school_id)
    _regroups(db, changes, group_ids)
    facts = [(f"staff:{one.staff_id}", {"gets": len(one.gets), "loses": len(one.loses)}) for one in changes.groups]
    audit.record_each(db, "staff.groups", facts, now=now, actor=actor, school_id=school_id)
    leavers = [leaver.staff_id for leaver in changes.leavers]
    ended = _ends(db, school_id, leavers, now)
    facts = [(subject, {}) for subject in ended]
    audit.record_each(db, "staff.ended", facts, now=now, actor=actor, school_id=school_id)
    return Staffed(invited, ended)


def _joins(
    db: Connection,
    school_id: str,
    joiners: Sequence[StaffJoiner],
    group_ids: Mapping[str, str],
    actor: str | None,
    now: datetime,
) -> tuple[str, ...]:
    """New teachers, without a password. One who returns has no more than a new one: not even the password of before."""
    ids = [joiner.returning or new_id() for joiner in joiners]
    links: list[dict[str, str]] = []
    for staff_id, joiner in zip(ids, joiners, strict=True):
        values = {
            "school_id": school_id,
            "roster_key": joiner.key,
            "role": "teacher",
            "first_name": joiner.first_name,
            "family_name": joiner.family_name,
            "address": joiner.address.written,
            "address_key": joiner.address.key,
            "password_hash": None,
            "created_at": now,
            "ended_at": None,
        }
        if joiner.returning:
            db.execute(delete(StaffGroup).where(StaffGroup.staff_id == staff_id))
            db.execute(update(Staff).where(Staff.id == staff_id).values(values))
        else:
            db.execute(insert(Staff).values(id=staff_id, **values))
        links += [{"staff_id": staff_id, "group_id": group_ids[ref]} for ref in joiner.refs]
    if links:
        db.execute(insert(_LINK), links)
    audit.record_each(
        db, "staff.joined", [(f"staff:{one}", {}) for one in ids], now=now, actor=actor, school_id=school_id
    )
    return tuple(ids)


def _renames(db: Connection, changed: Sequence[StaffChange]) -> None:
    if changed:
        rows = [
            {"which": one.staff_id, "first": one.first_name, "family": one.family_name, "new_key": one.key}
            for one in changed
        ]
        db.execute(_RENAME, rows)
    readdressed = [
        {"which": one.staff_id, "written": one.address.written, "compared": one.address.key}
        for one in changed
        if one.address is not None
    ]
    if readdressed:
        db.execute(_READDRESS, readdressed)


def _regroups(db: Connection, changes: StaffChanges, group_ids: Mapping[str, str]) -> None:
    lost = [{"which": one.staff_id, "group": group_id} for one in changes.groups for group_id in one.loses]
    got = [{"staff_id": one.staff_id, "group_id": group_ids[ref]} for one in changes.groups for ref in one.gets]
    if lost:
        db.execute(_UNLINK, lost)
    if got:
        db.execute(insert(_LINK), got)


def _ends(db: Connection, school_id: str, staff_ids: Sequence[str], now: datetime) -> tuple[str, ...]:
    if not staff_ids:
        return ()
    statement = update(Staff).where(Staff.id.in_(staff_ids), Staff.school_id == school_id, Staff.ended_at.is_(None))
    ended = db.execute(statement.values(ended_at=now).returning(Staff.id)).scalars().all()
    db.execute(delete(StaffGroup).where(StaffGroup.staff_id.in_(ended)))
    return tuple(f"staff:{staff_id}" for staff_id in ended)
