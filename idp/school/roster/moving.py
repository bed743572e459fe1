"""A pupil goes to another group, or is called differently; slots, pseudonyms and sessions stay as they are."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, bindparam

from idp.kernel import audit
from idp.school.models import Pupil

_PUPIL = cast(Table, Pupil.__table__)
_PRESENT = (_PUPIL.c.id == bindparam("which"), _PUPIL.c.left_at.is_(None))
_MOVE = _PUPIL.update().where(*_PRESENT).values(group_id=bindparam("target"))
_RENAME = _PUPIL.update().where(*_PRESENT).values(first_name=bindparam("first"), family_name=bindparam("family"))


def move(
    db: Connection, school_id: str, pupil_id: str, group_id: str | None, *, actor: str | None, now: datetime
) -> None:
    """One pupil goes to a group of the same school (the caller has looked), or to none."""
    move_all(db, school_id, {pupil_id: group_id}, actor=actor, now=now)


def move_all(
    db: Connection, school_id: str, places: Mapping[str, str | None], *, actor: str | None, now: datetime
) -> None:
    """Many go at once: pupil id -> group id."""
    if not places:
        return
    db.execute(_MOVE, [{"which": pupil_id, "target": group_id} for pupil_id, group_id in places.items()])
    facts = [(f"pupil:{pupil_id}", {"group": group_id}) for pupil_id, group_id in places.items()]
    audit.record_each(db, "pupil.moved", facts, now=now, actor=actor, school_id=school_id)


def rename_all(
    db: Connection, school_id: str, names: Mapping[str, tuple[str, str]], *, actor: str | None, now: datetime
) -> None:
    """Names as they are written now: pupil id -> (first name, family name)."""
    if not names:
        return
    rows = [{"which": pupil_id, "first": first, "family": family} for pupil_id, (first, family) in names.items()]
    db.execute(_RENAME, rows)
    facts: list[tuple[str, Mapping[str, str]]] = [(f"pupil:{pupil_id}", {}) for pupil_id in names]
    audit.record_each(db, "pupil.renamed", facts, now=now, actor=actor, school_id=school_id)
