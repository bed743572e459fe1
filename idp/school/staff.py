"""People who work at a school, or on the platform: who they are and which groups are theirs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, func, select, update

from idp.kernel import audit
from idp.school import substitutes
from idp.school.models import Group, Pupil, School, Staff, StaffGroup, Substitution
from idp.school.models.school import ONLY_VIA
from idp.school.policy import Actor, Thing, may


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff who is still in service; an operator has no school.

    `group_ids`: a teacher's own groups, and those of colleagues (`lent_ids`) for as long as they were lent.
    """

    id: str
    school_id: str | None
    role: str
    first_name: str
    family_name: str
    address: str
    school_name: str | None
    network: str | None  # slug of the school's network environment: home slots do not apply there
    group_ids: frozenset[str] = frozenset()
    lent_ids: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """As colleagues write it."""
        return f"{self.first_name} {self.family_name}"

    @property
    def actor(self) -> Actor:
        """The member as the table of rights sees it."""
        return Actor(self.id, self.role, self.school_id, self.group_ids, self.lent_ids)


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


def by_id(db: Connection, staff_id: str, now: datetime | None = None) -> Member | None:
    """A member of staff; None when there is none, or not any more. `now`: also the groups lent to them then count."""
    return _one(db, Staff.id == staff_id, now)


def by_key(db: Connection, address_key: str) -> Member | None:
    """The same by address (its key, see `addresses`), with none of the groups lent to them."""
    return _one(db, Staff.address_key == address_key, None)


def _one(db: Connection, which: ColumnElement[bool], now: datetime | None) -> Member | None:
    lent = and_(Substitution.staff_id == Staff.id, *(substitutes.live(now) if now else (false(),)))
    rows: Sequence[Sequence[Any]] = db.execute(
        select(*_MEMBER, StaffGroup.group_id, Substitution.group_id)
        .outerjoin(School, School.id == Staff.school_id)
        .outerjoin(StaffGroup, StaffGroup.staff_id == Staff.id)
        .outerjoin(Substitution, lent)
        .where(which, Staff.ended_at.is_(None))
    ).all()
    if not rows:
        return None
    own, lent_to = (frozenset(row[at] for row in rows if row[at] is not None) for at in (-2, -1))
    member = Member(*rows[0][: len(_MEMBER)])
    return replace(member, group_ids=own | lent_to, lent_ids=lent_to - own)


def groups_of(db: Connection, member: Member) -> Sequence[GroupOf]:
    """A teacher's groups, own and lent, or all of the school for IB/RT and ICT; by year, then name."""
    pupils = (
        select(func.count())
        .where(Pupil.group_id == Group.id, Pupil.left_at.is_(None))
        .correlate(Group)
        .scalar_subquery()
    )
    groups = select(Group.id, Group.school_id, Group.name, Group.year, Group.login_method, pupils)
    groups = groups.where(Group.school_id == member.school_id)
    if member.role not in ("ict", "support"):
        groups = groups.where(Group.id.in_(member.group_ids))
    found = [GroupOf(*row) for row in db.execute(groups)]
    return sorted(found, key=lambda group: (group.year, group.name.casefold(), group.id))


def actor_of(_db: Connection, member: Member) -> Actor:
    """The member as the table of rights sees it."""
    return member.actor


def may_see_group(db: Connection, member: Member, group_id: str) -> bool:
    """Is this a group that the member may look into? A group that is not there is one that nobody may see."""
    school_id = db.execute(select(Group.school_id).where(Group.id == group_id)).scalar()
    return school_id is not None and may(member.actor, "group.view", Thing(school_id, group_id))


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
