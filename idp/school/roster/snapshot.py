"""A school as it stands, read in six statements: what a roster is compared with, and what a plan was made from."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from idp.kernel.secrets import KeyRing
from idp.school.models import Group, Pupil, School, Staff, StaffGroup
from idp.school.roster.values import Roster


@dataclass(frozen=True, slots=True)
class GroupNow:
    """A group as it is."""

    id: str
    key: str | None
    name: str
    year: int


@dataclass(frozen=True, slots=True)
class PupilNow:
    """A pupil as it is; one who left is still known by its key."""

    id: str
    key: str | None
    first_name: str
    family_name: str
    group_id: str | None
    eck_id: str | None = field(repr=False)
    left: bool

    @property
    def name(self) -> str:
        """As it stands in a list."""
        return f"{self.first_name} {self.family_name}".strip()


@dataclass(frozen=True, slots=True)
class StaffNow:
    """A member of staff as they are; one who ended is still known by key and address."""

    id: str
    key: str | None
    first_name: str
    family_name: str
    address_key: str = field(repr=False)
    role: str
    ended: bool
    group_ids: frozenset[str]

    @property
    def name(self) -> str:
        """As it stands in a list."""
        return f"{self.first_name} {self.family_name}".strip()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A school, by id; `school_id` None = it is not here yet. `taken`: addresses of the roster that are not free."""

    school_id: str | None = None
    key: str | None = None
    name: str | None = None
    groups: Mapping[str, GroupNow] = field(default_factory=dict)
    pupils: Mapping[str, PupilNow] = field(default_factory=dict)
    staff: Mapping[str, StaffNow] = field(default_factory=dict)
    taken: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def present(self) -> list[PupilNow]:
        """The pupils who are at school."""
        return [pupil for pupil in self.pupils.values() if not pupil.left]


def find_school(db: Connection, key: str | None) -> str | None:
    """The id of the school with this key in the administration."""
    return None if key is None else db.execute(select(School.id).where(School.key == key)).scalar()


def take(db: Connection, keyring: KeyRing, school_id: str | None, roster: Roster | None = None) -> Snapshot:
    """The school as it stands; a school that is not here yet has nobody. Raises LookupError for an unknown id."""
    if school_id is None:
        return Snapshot(taken=_taken(db, None, roster))
    school = db.execute(select(School.key, School.name).where(School.id == school_id)).first()
    if school is None:
        raise LookupError("no such school")
    groups = db.execute(
        select(Group.id, Group.roster_key, Group.name, Group.year).where(Group.school_id == school_id)
    ).all()
    return Snapshot(
        school_id=school_id,
        key=school.key,
        name=school.name,
        groups={row.id: GroupNow(*row) for row in groups},
        pupils=_pupils(db, keyring, school_id),
        staff=_staff(db, school_id),
        taken=_taken(db, school_id, roster),
    )


def _pupils(db: Connection, keyring: KeyRing, school_id: str) -> dict[str, PupilNow]:
    columns = (Pupil.id, Pupil.roster_key, Pupil.first_name, Pupil.family_name, Pupil.group_id, Pupil.eck_id)
    rows = db.execute(select(*columns, Pupil.left_at.is_not(None)).where(Pupil.school_id == school_id))
    found = {}
    for pupil_id, key, first_name, family_name, group_id, sealed, left in rows:
        if left and key is None:
            continue
        eck_id = None if sealed is None else keyring.unseal(sealed, ("pupil", "eck_id", pupil_id)).decode()
        found[pupil_id] = PupilNow(pupil_id, key, first_name, family_name, group_id, eck_id, bool(left))
    return found


def _staff(db: Connection, school_id: str) -> dict[str, StaffNow]:
    groups: defaultdict[str, set[str]] = defaultdict(set)
    links = select(StaffGroup.staff_id, StaffGroup.group_id).join(Staff, Staff.id == StaffGroup.staff_id)
    for staff_id, group_id in db.execute(links.where(Staff.school_id == school_id)):
        groups[staff_id].add(group_id)
    columns = (Staff.id, Staff.roster_key, Staff.first_name, Staff.family_name, Staff.address_key, Staff.role)
    rows = db.execute(select(*columns, Staff.ended_at.is_not(None)).where(Staff.school_id == school_id))
    return {row[0]: StaffNow(*row[:6], bool(row[6]), frozenset(groups[row[0]])) for row in rows}


def _taken(db: Connection, school_id: str | None, roster: Roster | None) -> frozenset[str]:
    """Which addresses of the roster's staff belong to somebody of another school, or of the platform."""
    asked = [member.address.key for member in roster.staff if member.address] if roster else []
    if not asked:
        return frozenset()
    elsewhere = Staff.school_id.is_distinct_from(school_id)
    return frozenset(db.execute(select(Staff.address_key).where(Staff.address_key.in_(asked), elsewhere)).scalars())
