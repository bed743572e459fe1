"""A new school year without a file: every group goes up a year, and year 8 leaves. Who is of no year stays."""

import re

from idp.kernel.words import msgid
from idp.school.roster.changes import ClosedGroup, Conflict, GroupChange, Leaver
from idp.school.roster.plan import Plan
from idp.school.roster.snapshot import GroupNow, Snapshot
from idp.school.years import LAST, SPECIAL

_NUMBERS = re.compile(r"(?<!\d)[1-8](?!\d)")


def plan(now: Snapshot) -> Plan:
    """The new year of a school as it is now; `apply.apply` carries it out. Raises ValueError without a school."""
    if now.school_id is None:
        raise ValueError("a new year of a school that is not here")
    ending = {group.id for group in now.groups.values() if group.year == LAST}
    return Plan(
        made_from=now,
        school_key=now.key,
        school_name=now.name or "",
        leavers=tuple(
            Leaver(pupil.id, pupil.name, now.groups[pupil.group_id].name)
            for pupil in now.present
            if pupil.group_id is not None and pupil.group_id in ending
        ),
        changed_groups=tuple(
            GroupChange(group.id, group.name, next_name(group), group.year + 1, group.key)
            for group in now.groups.values()
            if group.id not in ending and group.year != SPECIAL
        ),
        closed_groups=tuple(ClosedGroup(group_id, now.groups[group_id].name) for group_id in sorted(ending)),
        conflicts=tuple(_combinations(now)),
    )


def next_name(group: GroupNow) -> str:
    """ "Groep 4" becomes "Groep 5", and "4A" "5A"; "Bever" stays, and so does a name with several years in it."""
    found = list(_NUMBERS.finditer(group.name))
    if len(found) != 1 or int(found[0][0]) != group.year:
        return group.name
    [number] = found
    return f"{group.name[: number.start()]}{group.year + 1}{group.name[number.end() :]}"


def _combinations(now: Snapshot) -> list[Conflict]:
    """Which children of a 7/8 are in year 8, only the school administration knows."""
    moving = [group.name for group in now.groups.values() if group.year != SPECIAL]
    names = [name for name in moving if len(set(_NUMBERS.findall(name))) > 1]
    if not names:
        return []
    sentence = msgid("Combinatiegroepen gaan als geheel een jaar omhoog: %(names)s. Importeer liever een bestand.")
    return [Conflict("combinations", sentence, {"names": ", ".join(sorted(names))})]
