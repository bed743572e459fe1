"""What a plan is made of. All values; `ref` is how the roster names a group, which may not be here yet."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from idp.school.addresses import Address


@dataclass(frozen=True, slots=True)
class Joiner:
    """A pupil who comes; `returning`: the id of one who left before and is the same."""

    key: str
    first_name: str
    family_name: str
    ref: str | None
    eck_id: str | None = dataclasses.field(default=None, repr=False)
    returning: str | None = None


@dataclass(frozen=True, slots=True)
class Mover:
    """A pupil who goes to another group, or to none."""

    pupil_id: str
    name: str
    before: str | None  # the group's name
    after: str | None
    ref: str | None


@dataclass(frozen=True, slots=True)
class Renamed:
    """A pupil whose name is written differently now."""

    pupil_id: str
    before: str
    first_name: str
    family_name: str


@dataclass(frozen=True, slots=True)
class EckId:
    """A pupil's new or other ECK iD."""

    pupil_id: str
    eck_id: str = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class Leaver:
    """A pupil who is not at this school any more."""

    pupil_id: str
    name: str
    group: str | None


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A group as it will be."""

    group_id: str
    before: str
    name: str
    year: int
    key: str | None


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A group that is not here yet."""

    ref: str
    key: str | None
    name: str
    year: int


@dataclass(frozen=True, slots=True)
class ClosedGroup:
    """A group that nobody is in any more."""

    group_id: str
    name: str


@dataclass(frozen=True, slots=True)
class StaffJoiner:
    """A new teacher, to be invited; `returning`: the id of one who ended before and is the same."""

    key: str
    first_name: str
    family_name: str
    address: Address = dataclasses.field(repr=False)
    refs: tuple[str, ...] = ()
    returning: str | None = None


@dataclass(frozen=True, slots=True)
class StaffChange:
    """A member of staff as they will be; `address` None: it stays."""

    staff_id: str
    before: str
    first_name: str
    family_name: str
    key: str
    address: Address | None = dataclasses.field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class StaffGroups:
    """The groups that somebody gets (by ref) and loses (by id)."""

    staff_id: str
    name: str
    gets: tuple[str, ...]
    loses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StaffLeaver:
    """A teacher who does not work here any more."""

    staff_id: str
    name: str


@dataclass(frozen=True, slots=True)
class StaffChanges:
    """All that changes among the staff."""

    joiners: tuple[StaffJoiner, ...] = ()
    changed: tuple[StaffChange, ...] = ()
    groups: tuple[StaffGroups, ...] = ()
    leavers: tuple[StaffLeaver, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """What a person has to look at: `blocking` stops the plan, another is carried out once its `code` is confirmed."""

    code: str
    message: str
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)
    blocking: bool = False
