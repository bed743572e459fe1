"""A pupil leaves: no group, no slots, no way in. The row stays until retention takes it, so that a child can return."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, select, update

from idp.kernel import audit
from idp.kernel.secrets import KeyRing
from idp.school import slots
from idp.school.models import Pupil

_AT_ONCE = 10_000
"""Ids in one statement; both databases stop somewhere above thirty thousand."""


def leave(db: Connection, keyring: KeyRing, pupil_id: str, *, actor: str | None, why: str, now: datetime) -> list[str]:
    """One pupil leaves; returns the subjects whose sessions are to end (nobody, for one who had left before)."""
    school_id = db.execute(select(Pupil.school_id).where(Pupil.id == pupil_id)).scalar()
    return [] if school_id is None else leave_all(db, keyring, school_id, [pupil_id], actor=actor, why=why, now=now)


def leave_all(
    db: Connection,
    keyring: KeyRing,
    school_id: str,
    pupil_ids: Iterable[str],
    *,
    actor: str | None,
    why: str,
    now: datetime,
) -> list[str]:
    """Many leave at once; an account without another child is deleted, with a mail. Returns subjects ("pupil:ID")."""
    wanted = list(pupil_ids)
    gone: list[str] = []
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        statement = update(Pupil).where(Pupil.id.in_(some), Pupil.school_id == school_id, Pupil.left_at.is_(None))
        left = db.execute(statement.values(left_at=now, group_id=None).returning(Pupil.id)).scalars().all()
        for slot in slots.of_pupils(db, left):
            slots.empty(db, keyring, slot.id, actor=actor or "program", why=why, now=now)
        gone += left
    facts = [(f"pupil:{pupil_id}", {"why": why}) for pupil_id in gone]
    audit.record_each(db, "pupil.left", facts, now=now, actor=actor, school_id=school_id)
    return [f"pupil:{pupil_id}" for pupil_id in gone]
