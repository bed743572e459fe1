"""What changed in a school between two looks at it, for the second of two co-ordinators."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from idp.school.roster.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Change:
    """`kind`: school, group, pupil or staff. `how`: added, changed or gone."""

    kind: str
    name: str
    how: str


class _Named(Protocol):
    @property
    def name(self) -> str: ...


def changes(before: Snapshot, after: Snapshot) -> tuple[Change, ...]:
    """Everything that is not as it was, by name."""
    found: list[Change] = []
    if (before.key, before.name) != (after.key, after.name):
        found.append(Change("school", after.name or "", "changed"))
    found += _between("group", before.groups, after.groups)
    found += _between("pupil", before.pupils, after.pupils)
    found += _between("staff", before.staff, after.staff)
    if before.taken != after.taken:
        found.append(Change("staff", "", "changed"))
    return tuple(found)


def _between(kind: str, before: Mapping[str, _Named], after: Mapping[str, _Named]) -> Iterable[Change]:
    found = [Change(kind, one.name, "gone") for row, one in before.items() if row not in after]
    for row, one in after.items():
        if row not in before:
            found.append(Change(kind, one.name, "added"))
        elif one != before[row]:
            found.append(Change(kind, one.name, "changed"))
    return sorted(found, key=lambda change: (change.name.casefold(), change.how))
