"""A roster beside a school: what would change. Pure; nothing here touches the database."""

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from idp.kernel.words import msgid
from idp.school.roster import compare_groups, compare_pupils, compare_staff
from idp.school.roster.changes import (
    ClosedGroup,
    Conflict,
    EckId,
    GroupChange,
    Joiner,
    Leaver,
    Mover,
    NewGroup,
    Renamed,
    StaffChanges,
)
from idp.school.roster.snapshot import GroupNow, PupilNow, Snapshot, StaffNow
from idp.school.roster.values import Problem, Roster

MANY = 0.3
"""The share of a school that does not leave in one go, outside a mistake."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would change in the school as `made_from` saw it. `group_ids`: where a ref leads, as far as it is here."""

    made_from: Snapshot = dataclasses.field(repr=False)
    roster: Roster | None = dataclasses.field(default=None, repr=False)
    school_key: str | None = None
    school_name: str = ""
    joiners: tuple[Joiner, ...] = ()
    movers: tuple[Mover, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    eck_ids: tuple[EckId, ...] = ()
    leavers: tuple[Leaver, ...] = ()
    new_groups: tuple[NewGroup, ...] = ()
    changed_groups: tuple[GroupChange, ...] = ()
    closed_groups: tuple[ClosedGroup, ...] = ()
    staff: StaffChanges = dataclasses.field(default_factory=StaffChanges)
    conflicts: tuple[Conflict, ...] = ()
    notices: tuple[Problem, ...] = ()
    group_ids: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)

    @property
    def fingerprint(self) -> str:
        """Of the state that it was made from: short, and without personal data."""
        return fingerprint(self.made_from)

    @property
    def counts(self) -> Mapping[str, int]:
        """How many of each there are."""
        lists = {
            "joiners": self.joiners,
            "movers": self.movers,
            "renamed": self.renamed,
            "eck_ids": self.eck_ids,
            "leavers": self.leavers,
            "new_groups": self.new_groups,
            "changed_groups": self.changed_groups,
            "closed_groups": self.closed_groups,
            "staff_joiners": self.staff.joiners,
            "staff_changed": self.staff.changed,
            "staff_groups": self.staff.groups,
            "staff_leavers": self.staff.leavers,
        }
        return {name: len(found) for name, found in lists.items()}

    @property
    def empty(self) -> bool:
        """Would nothing change?"""
        same_school = self.made_from.school_id is not None and self.school_key == self.made_from.key
        return same_school and not any(self.counts.values())

    def unconfirmed(self, confirmed: Iterable[str]) -> tuple[Conflict, ...]:
        """What stands in the way, after what a person confirmed."""
        said = set(confirmed)
        return tuple(conflict for conflict in self.conflicts if conflict.blocking or conflict.code not in said)


def compare(now: Snapshot, roster: Roster) -> Plan:
    """What this roster changes in the school as it is now."""
    groups = compare_groups.match(now, roster)
    pupils = compare_pupils.compare(now, roster, groups)
    staff = compare_staff.compare(now, roster, groups)
    closed = compare_groups.closed(now, roster, groups, pupils.stay_in)
    mistaken = (*_school_conflicts(now, roster), *_many_leave(now, pupils, staff))
    return Plan(
        made_from=now,
        roster=roster,
        school_key=now.key or roster.school.key,
        school_name=now.name or roster.school.name or f"School {roster.school.key or ''}".strip(),
        joiners=tuple(pupils.joiners),
        movers=tuple(pupils.movers),
        renamed=tuple(pupils.renamed),
        eck_ids=tuple(pupils.eck_ids),
        leavers=tuple(pupils.leavers),
        new_groups=tuple(groups.new),
        changed_groups=tuple(groups.changed),
        closed_groups=closed,
        staff=staff.changes,
        conflicts=(*mistaken, *groups.conflicts, *pupils.conflicts),
        notices=(*roster.notices, *pupils.notices, *staff.notices),
        group_ids=groups.ids,
    )


def _school_conflicts(now: Snapshot, roster: Roster) -> Iterable[Conflict]:
    """A file of one school never lands in another."""
    if now.key is not None and roster.school.key is not None and now.key != roster.school.key:
        values = {"file": roster.school.key, "school": now.key}
        sentence = msgid("Dit bestand is van school %(file)s, en dit is school %(school)s.")
        yield Conflict("other_school", sentence, values, blocking=True)
    if now.school_id is None and roster.delta:
        sentence = msgid("In dit bestand staan alleen wijzigingen, maar deze school is er nog niet.")
        yield Conflict("new_school", sentence, blocking=True)


def _many_leave(now: Snapshot, pupils: compare_pupils.Compared, staff: compare_staff.Compared) -> Iterable[Conflict]:
    present, teachers = len(now.present), sum(not member.ended for member in now.staff.values())
    gone, ended = len(pupils.leavers), len(staff.changes.leavers)
    if gone > MANY * present:
        sentence = msgid("Van de %(present)s leerlingen staan er %(gone)s niet in dit bestand. Zij gaan van school.")
        yield Conflict("leavers", sentence, {"gone": str(gone), "present": str(present)})
    if ended > MANY * teachers:
        sentence = msgid("Van de %(present)s medewerkers staan er %(gone)s niet in dit bestand. Zij stoppen.")
        yield Conflict("staff_leavers", sentence, {"gone": str(ended), "present": str(teachers)})


def fingerprint(now: Snapshot) -> str:
    """The state of a school in 64 hexadecimal digits; another state has others."""
    parts = [repr((now.school_id, now.key, now.name, sorted(now.taken)))]
    rows: tuple[GroupNow | PupilNow | StaffNow, ...] = (
        *now.groups.values(),
        *now.pupils.values(),
        *now.staff.values(),
    )
    parts += sorted(repr(_values(row)) for row in rows)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _values(row: GroupNow | PupilNow | StaffNow) -> list[object]:
    values = (getattr(row, one.name) for one in dataclasses.fields(row))
    return [sorted(value) if isinstance(value, frozenset) else value for value in values]
