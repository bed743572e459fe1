"""Substitute teachers: one group, lent to one colleague, from now until a day that is at most two weeks away.

Who is a substitute at a moment follows from that moment alone: nothing has to be cleaned up when the time is over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, insert, select, update

from idp.kernel import audit
from idp.kernel.secrets import new_id
from idp.kernel.words import msgid
from idp.school.models import Group, Staff, StaffGroup, Substitution

LONGEST = timedelta(days=15)
"""Fourteen days after today, to the end of the last."""

WRONG_DAY = msgid("Kies een dag vanaf vandaag, en hoogstens twee weken vooruit.")
WRONG_COLLEAGUE = msgid("Kies een collega van deze school die de groep nog niet heeft.")


@dataclass(frozen=True, slots=True)
class Substitute:
    """A colleague who has the group now; `id` is that of the loan."""

    id: str
    staff_id: str
    name: str
    until_at: datetime


def live(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Which loans count at this moment."""
    return Substitution.from_at <= now, Substitution.until_at > now, Substitution.ended_at.is_(None)


def of_group(db: Connection, group_id: str, now: datetime) -> Sequence[Substitute]:
    """Who has this group now without being its teacher; by name."""
    rows = db.execute(
        select(Substitution.id, Staff.id, Staff.first_name + " " + Staff.family_name, Substitution.until_at)
        .join(Staff, Staff.id == Substitution.staff_id)
        .where(Substitution.group_id == group_id, Staff.ended_at.is_(None), *live(now))
    )
    return sorted((Substitute(*row) for row in rows), key=lambda found: (found.name.casefold(), found.id))


def colleagues(db: Connection, group_id: str, now: datetime) -> Sequence[tuple[str, str]]:
    """Who could take the group over: the school's teachers who do not have it; as (id, name), by name."""
    school_id = select(Group.school_id).where(Group.id == group_id).scalar_subquery()
    theirs = select(StaffGroup.staff_id).where(StaffGroup.group_id == group_id)
    have = select(Substitution.staff_id).where(Substitution.group_id == group_id, *live(now))
    rows = db.execute(
        select(Staff.id, Staff.first_name + " " + Staff.family_name).where(
            Staff.school_id == school_id,
            Staff.role == "teacher",
            Staff.ended_at.is_(None),
            Staff.id.not_in(theirs),
            Staff.id.not_in(have),
        )
    )
    return sorted(((row[0], row[1]) for row in rows), key=lambda one: (one[1].casefold(), one[0]))


def give(
    db: Connection, group_id: str, staff_id: str, until_at: datetime, *, actor: str, school_id: str, now: datetime
) -> str | None:
    """Lend the group to a colleague until `until_at`; None = done, else what is wrong, as a Dutch message id."""
    if not now < until_at <= now + LONGEST:
        return WRONG_DAY
    db.execute(select(Group.id).where(Group.id == group_id).with_for_update()).all()  # two who give at once: one loan
    if staff_id not in {colleague for colleague, _name in colleagues(db, group_id, now)}:
        return WRONG_COLLEAGUE
    loan = {"id": new_id(), "group_id": group_id, "staff_id": staff_id, "given_by": actor.partition(":")[2]}
    db.execute(insert(Substitution).values(**loan, from_at=now, until_at=until_at))
    facts = {"staff": staff_id, "until": until_at.isoformat()}
    audit.record(
        db, "substitute.given", now=now, actor=actor, thing=f"group:{group_id}", school_id=school_id, facts=facts
    )
    return None


def end(db: Connection, group_id: str, loan_id: str, *, actor: str, school_id: str, now: datetime) -> bool:
    """The colleague has the group no longer, from now on. False when the time was over, or nothing was lent."""
    ended = db.execute(
        update(Substitution)
        .where(Substitution.id == loan_id, Substitution.group_id == group_id, *live(now))
        .values(ended_at=now)
        .returning(Substitution.staff_id)
    ).scalar()
    if ended is None:
        return False
    facts = {"staff": ended}
    audit.record(
        db, "substitute.ended", now=now, actor=actor, thing=f"group:{group_id}", school_id=school_id, facts=facts
    )
    return True
