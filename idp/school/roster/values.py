"""What a reader gives: one checked roster, or what is wrong with the file, line by line."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from idp.school.addresses import Address

PROBLEM_LIMIT = 100
"""Nobody reads more of them; a file of rubbish does not fill the memory."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, or was left out: `line` from 1 (0 = the file as a whole), `field` as the file calls it.

    `message` is a Dutch message id with its `values`; a value is a key, a count or a column's name, never what stood
    in a field that we do not read.
    """

    line: int
    field: str
    message: str
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SchoolEntry:
    """The school that the file is about. `key`: BRIN with a location, or the administration's own number."""

    key: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """A group: `ref` is how this file's pupils point at it, `key` the administration's (None: known by name only).

    `year` is one of `years.YEARS`, None when the file does not say.
    """

    ref: str
    key: str | None
    name: str
    year: int | None


@dataclass(frozen=True, slots=True)
class PupilEntry:
    """A pupil. None is "not said", for a name, the ECK iD and the groups; no groups at all is "in no group".

    In a delta `groups` are those that were added, `left` those that were taken away.
    """

    key: str
    first_name: str | None
    family_name: str | None
    groups: tuple[str, ...] | None = None
    left: frozenset[str] = frozenset()
    eck_id: str | None = dataclasses.field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class StaffEntry:
    """Somebody who works with groups; `groups` and `left` as with a pupil."""

    key: str
    first_name: str | None
    family_name: str | None
    address: Address | None = dataclasses.field(default=None, repr=False)
    groups: tuple[str, ...] | None = None
    left: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Gone:
    """The keys that a delta says are no longer there."""

    people: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Roster:
    """A checked file. `covers`: which of "groups" and "staff" it lists in full, besides the pupils.

    Whoever a full file does not name is not there any more; a `delta` changes only what it names.
    """

    source: str  # "edexml", "oneroster" or "csv"
    school: SchoolEntry
    groups: tuple[GroupEntry, ...]
    pupils: tuple[PupilEntry, ...]
    staff: tuple[StaffEntry, ...] = ()
    covers: frozenset[str] = frozenset()
    delta: bool = False
    gone: Gone = Gone()
    notices: tuple[Problem, ...] = ()


Reading = Roster | list[Problem]
"""What every reader returns."""
