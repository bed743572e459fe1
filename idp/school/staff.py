"""People who work at a school, or on the platform: who they are and which groups are theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select, update

from idp.kernel import audit
from idp.school.models import Group, Pupil, School, Staff, StaffGroup
from idp.school.models.school import ONLY_VIA
from idp.school.policy import Actor, Thing, may


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff who is still in service; an operator has no school."""

    id: str
    school_id: str | None
    role: str
    first_name: str
    family_name: str
    address: str
    school_name: str | None
    network: str | None  # slug of the school's network environment: home slots do not apply there

    @property
    def name(self) -> str:
        """As colleagues write it."""
        return f"{self.first_name} {self.family_name}"


@dataclass(frozen=True, slots=True)
class GroupOf:
    """A group as it stands in a list of groups."""

    id: str
    school_id: str
    name: str
    year: int
    login_method: str
    pupils: int

    @property
    def thing(self) -> Thing:
        """What the table of rights looks at."""
        return Thing(self.school_id, self.id)


_MEMBER = (
    Staff.id,
    Staff.school_id,
    Staff.role,
    Staff.first_name,
    Staff.family_name,
    Staff.address,
    School.name,
    ONLY_VIA,
)


def by_id(db: Connection, staff_id: str) -> Member | None:
    """A member of staff; None when there is none, or not any more."""
    return _one(db, Staff.id == staff_id)


def by_key(db: Connection, address_key: str) -> Member | None:
    """The member of staff with this address (its key, see `addresses`); None when there is none, or not any more."""
    return _one(db, Staff.address_key == address_key)


def _one(db: Connection, which: ColumnElement[bool]) -> Member | None:
    row = db.execute(
        select(*_MEMBER).outerjoin(School, School.id == Staff.school_id).where(which, Staff.ended_at.is_(None))
    ).first()
    return None if row is None else Member(*row)


def groups_of(db: Connection, member: Member) -> Sequence[GroupOf]:
    """A teacher's own groups, or all of the school for IB/RT and an ICT co-ordinator; by year, then name."""
    pupils = (
        select(func.count())
        .where(Pupil.group_id == Group.id, Pupil.left_at.is_(None))
        .correlate(Group)
        .scalar_subquery()
    )
    groups = select(Group.id, Group.school_id, Group.name, Group.year, Group.login_method, pupils)
    groups = groups.where(Group.school_id == member.school_id)
    if member.role not in ("ict", "support"):
        own = select(StaffGroup.group_id).where(StaffGroup.staff_id == member.id)
        groups = groups.where(Group.id.in_(own))
    found = [GroupOf(*row) for row in db.execute(groups)]
    return sorted(found, key=lambda group: (group.year, group.name.casefold(), group.id))


def actor_of(db: Connection, member: Member) -> Actor:
    """The member as the table of rights sees it."""
    own = select(StaffGroup.group_id).where(StaffGroup.staff_id == member.id)
    return Actor(member.id, member.role, member.school_id, frozenset(db.execute(own).scalars()))


def may_see_group(db: Connection, member: Member, group_id: str) -> bool:
    """Is this a group that the member may look into? A group that is not there is one that nobody may see."""
    school_id = db.execute(select(Group.school_id).where(Group.id == group_id)).scalar()
    return school_id is not None and may(actor_of(db, member), "group.view", Thing(school_id, group_id))


def set_password(db: Connection, staff_id: str, password_hash: str, *, actor: str, now: datetime) -> bool:
    """A new password, already hashed. False when the member is not in service."""
    statement = (
        update(Staff)
        .where(Staff.id == staff_id, Staff.ended_at.is_(None))
        .values(password_hash=password_hash)
        .returning(Staff.school_id)
    )
    row = db.execute(statement).first()
    if row is None:
        return False
    audit.record(db, "staff.password", now=now, actor=actor, thing=f"staff:{staff_id}", school_id=row.school_id)
    return True


def rehash(db: Connection, staff_id: str, password_hash: str) -> None:
    """The same password under newer parameters."""
    db.execute(update(Staff).where(Staff.id == staff_id).values(password_hash=password_hash))
