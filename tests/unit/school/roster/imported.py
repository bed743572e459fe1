"""A school that came out of a file."""

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from idp.school.models import Group, Pupil
from idp.school.roster import detect, plan, snapshot
from idp.school.roster.apply import Applied, apply
from idp.school.roster.plan import Plan
from idp.school.roster.values import Roster
from tests.builders import KEYRING, NOW
from tests.roster_files import File, edexml


def read(data: bytes) -> Roster:
    """A file that is right."""
    roster = detect.read(data)
    assert isinstance(roster, Roster), roster
    return roster


def planned(db: Connection, roster: Roster, school_id: str | None = None) -> Plan:
    """The roster beside the school as it is now: this one, or the one of its key."""
    school_id = school_id or snapshot.find_school(db, roster.school.key)
    return plan.compare(snapshot.take(db, KEYRING, school_id, roster), roster)


def carried_out(
    db: Connection, made: Plan, *, confirmed: Iterable[str] = (), actor: str | None = "staff:ict", now: datetime = NOW
) -> Applied:
    """The plan, done."""
    applied = apply(db, KEYRING, made, confirmed=confirmed, actor=actor, now=now)
    assert isinstance(applied, Applied), applied
    return applied


def imported(db: Connection, file: File, *, confirmed: Iterable[str] = (), now: datetime = NOW) -> Applied:
    """The file, in the database."""
    return carried_out(db, planned(db, read(edexml(file))), confirmed=confirmed, now=now)


def pupils(db: Connection) -> dict[str, Row[Any]]:
    """The pupils' rows by key."""
    return {row.roster_key: row for row in db.execute(select(Pupil.__table__))}


def groups(db: Connection) -> dict[str, str]:
    """Group ids by name."""
    return {row.name: row.id for row in db.execute(select(Group.name, Group.id))}


def state(db: Connection, school_id: str) -> snapshot.Snapshot:
    """All of a school that a roster touches."""
    return snapshot.take(db, KEYRING, school_id)


def changed(file: File, number: int, **values: object) -> File:
    """The same file with one child changed."""
    children = list(file.children)
    children[number] = dataclasses.replace(children[number], **values)
    return dataclasses.replace(file, children=children)
