"""Groups and pupils by hand, by an ICT co-ordinator: what a roster does for a whole school, here for one of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from idp.kernel import audit
from idp.kernel.words import msgid
from idp.school.hold import hold
from idp.school.models import Group, Pupil, Staff, StaffGroup
from idp.school.models.school import METHODS, SCHOOL_METHODS
from idp.school.names import sort_key
from idp.school.roster import grouping, moving
from idp.school.roster.changes import GroupChange, NewGroup

NOT_EMPTY = msgid("In deze groep zitten nog leerlingen. Zet hen eerst in een andere groep.")


@dataclass(frozen=True, slots=True)
class Classmate:
    """A pupil as it stands in a list."""

    id: str
    first_name: str
    family_name: str

    @property
    def name(self) -> str:
        """The whole of it."""
        return f"{self.first_name} {self.family_name}"


def add(db: Connection, school_id: str, name: str, year: int, *, actor: str, now: datetime) -> str:
    """A new group; returns the id."""
    return grouping.make_all(db, school_id, [NewGroup("new", None, name, year)], actor=actor, now=now)["new"]


def change(db: Connection, school_id: str, group_id: str, name: str, year: int, *, actor: str, now: datetime) -> None:
    """Another name or year; the key in the administration stays."""
    own = select(Group.roster_key, Group.name).where(Group.id == group_id, Group.school_id == school_id)
    row = db.execute(own.with_for_update()).first()
    if row is not None:
        changed = GroupChange(group_id, row.name, name, year, row.roster_key)
        grouping.change_all(db, school_id, [changed], actor=actor, now=now)


def close(db: Connection, school_id: str, group_id: str, *, actor: str, now: datetime) -> str | None:
    """A group that nobody is in ends; None = done, else what is wrong, as a Dutch message id."""
    db.execute(select(Group.id).where(Group.id == group_id, Group.school_id == school_id).with_for_update()).all()
    if pupils_of(db, school_id, group_id):
        return NOT_EMPTY
    grouping.close_all(db, school_id, [group_id], actor=actor, now=now)
    return None


def pupils_of(db: Connection, school_id: str, group_id: str | None) -> Sequence[Classmate]:
    """The pupils of a group, by first name; of None: those at school who are in no group."""
    place = Pupil.group_id.is_(None) if group_id is None else Pupil.group_id == group_id
    rows = db.execute(
        select(Pupil.id, Pupil.first_name, Pupil.family_name).where(
            Pupil.school_id == school_id, Pupil.left_at.is_(None), place
        )
    )
    return sorted(
        (Classmate(*row) for row in rows), key=lambda one: (sort_key(one.first_name), sort_key(one.family_name), one.id)
    )


def teach(
    db: Connection, school_id: str, group_id: str, staff_ids: Iterable[str], *, actor: str, now: datetime
) -> None:
    """Whose group it is: exactly these, as far as they work at this school."""
    hold(db, school_id)
    here = (Staff.school_id == school_id, Staff.ended_at.is_(None))
    wanted = set(db.execute(select(Staff.id).where(*here, Staff.id.in_(list(staff_ids)))).scalars())
    before = set(db.execute(select(StaffGroup.staff_id).where(StaffGroup.group_id == group_id)).scalars())
    if wanted == before:
        return
    db.execute(delete(StaffGroup).where(StaffGroup.group_id == group_id))
    if wanted:
        db.execute(insert(StaffGroup), [{"staff_id": one, "group_id": group_id} for one in sorted(wanted)])
    facts = [
        (f"staff:{one}", {"gets": int(one in wanted), "loses": int(one in before)})
        for one in sorted(wanted.symmetric_difference(before))
    ]
    audit.record_each(db, "staff.groups", facts, now=now, actor=actor, school_id=school_id)


def place(db: Connection, school_id: str, pupil_id: str, group_id: str | None, *, actor: str, now: datetime) -> None:
    """A pupil goes to another group of the school, or to none; nothing happens when it is there already."""
    current = db.execute(select(Pupil.group_id).where(Pupil.id == pupil_id, Pupil.school_id == school_id)).first()
    if current is None or current.group_id == group_id:
        return
    if group_id is not None and not _is_own(db, school_id, group_id):
        raise LookupError("a group of another school")
    moving.move(db, school_id, pupil_id, group_id, actor=actor, now=now)


def _is_own(db: Connection, school_id: str, group_id: str) -> bool:
    return db.execute(select(Group.id).where(Group.id == group_id, Group.school_id == school_id)).first() is not None


def set_login_method(db: Connection, group_id: str, method: str, actor: str, now: datetime) -> bool:
    """How the children of a group show who they are at home: one of METHODS. False for another, or no such group."""
    return method in METHODS and _set_method(db, group_id, "login_method", method, actor, now)


def set_school_method(db: Connection, group_id: str, method: str, actor: str, now: datetime) -> bool:
    """The same at school: one of SCHOOL_METHODS."""
    return method in SCHOOL_METHODS and _set_method(db, group_id, "school_method", method, actor, now)


def _set_method(db: Connection, group_id: str, column: str, method: str, actor: str, now: datetime) -> bool:
    statement = update(Group).where(Group.id == group_id).values({column: method}).returning(Group.school_id)
    school_id = db.execute(statement).scalar()
    if school_id is None:
        return False
    thing, facts = f"group:{group_id}", {"method": method}
    audit.record(db, f"group.{column}", now=now, actor=actor, thing=thing, school_id=school_id, facts=facts)
    return True
