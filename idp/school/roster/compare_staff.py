"""Which member of staff of a roster is who here: by key, else by address. A file makes teachers, and nobody else.

Co-ordinators are made and ended by people: an import can neither raise somebody nor lock a school out of itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from idp.kernel.words import msgid
from idp.school.addresses import Address
from idp.school.roster.changes import StaffChange, StaffChanges, StaffGroups, StaffJoiner, StaffLeaver
from idp.school.roster.compare_groups import Matched
from idp.school.roster.snapshot import Snapshot, StaffNow
from idp.school.roster.values import Problem, Roster, StaffEntry


@dataclass(frozen=True, slots=True)
class Compared:
    """What changes among the staff, and who was left out."""

    changes: StaffChanges
    notices: tuple[Problem, ...]


@dataclass(slots=True)
class _Found:
    """The lists in the making; `used`: who was matched, first of all those whose key the file names."""

    joiners: list[StaffJoiner] = field(default_factory=list)
    changed: list[StaffChange] = field(default_factory=list)
    groups: list[StaffGroups] = field(default_factory=list)
    notices: list[Problem] = field(default_factory=list)
    used: set[str] = field(default_factory=set)


def compare(now: Snapshot, roster: Roster, groups: Matched) -> Compared:
    """Who comes, changes, gets other groups, and goes."""
    found = _Found()
    by_key = {member.key: member for member in now.staff.values() if member.key is not None}
    by_address = {member.address_key: member for member in now.staff.values()}
    found.used = {by_key[entry.key].id for entry in roster.staff if entry.key in by_key}
    for entry in roster.staff:
        same_address = by_address.get(entry.address.key) if entry.address else None
        member = by_key.get(entry.key)
        if member is None and same_address is not None and same_address.id not in found.used:
            member = same_address
            found.used.add(member.id)
        if member is None or member.ended:
            in_use = same_address is not None and same_address is not member
            in_use = in_use or (entry.address is not None and entry.address.key in now.taken)
            _joins(found, entry, member, groups, in_use)
        else:
            _stays(found, entry, member, now, by_address)
            _teaches(found, entry, member, now, roster, groups)
    leavers = tuple(StaffLeaver(member.id, member.name) for member in _leavers(now, roster, found.used))
    changes = StaffChanges(tuple(found.joiners), tuple(found.changed), tuple(found.groups), leavers)
    return Compared(changes, tuple(found.notices))


def _joins(found: _Found, entry: StaffEntry, before: StaffNow | None, groups: Matched, in_use: bool) -> None:
    first_name = entry.first_name or (before.first_name if before else None)
    if first_name is None:
        return
    if entry.address is None:
        sentence = msgid("%(name)s heeft geen e-mailadres in dit bestand en krijgt daarom geen account.")
        found.notices.append(Problem(0, "", sentence, {"name": f"{first_name} {entry.family_name or ''}".strip()}))
        return
    if in_use:
        # Where else it is in use is no concern of this school.
        sentence = msgid("Het e-mailadres van %(name)s kan hier niet worden gebruikt.")
        found.notices.append(Problem(0, "", sentence, {"name": f"{first_name} {entry.family_name or ''}".strip()}))
        return
    refs = tuple(ref for ref in entry.groups or () if groups.knows(ref))
    family_name = entry.family_name or (before.family_name if before else "")
    returning = before.id if before else None
    found.joiners.append(StaffJoiner(entry.key, first_name, family_name, entry.address, refs, returning))


def _stays(found: _Found, entry: StaffEntry, member: StaffNow, now: Snapshot, by_address: dict[str, StaffNow]) -> None:
    first_name = member.first_name if entry.first_name is None else entry.first_name
    family_name = member.family_name if entry.family_name is None else entry.family_name
    address = _other_address(entry, member, now, by_address)
    if (first_name, family_name, entry.key) != (member.first_name, member.family_name, member.key) or address:
        found.changed.append(StaffChange(member.id, member.name, first_name, family_name, entry.key, address))


def _other_address(
    entry: StaffEntry, member: StaffNow, now: Snapshot, by_address: dict[str, StaffNow]
) -> Address | None:
    """A teacher's new address, when it is free. Who may do more signs in with what a person gave them."""
    if entry.address is None or entry.address.key == member.address_key or member.role != "teacher":
        return None
    return None if entry.address.key in now.taken or entry.address.key in by_address else entry.address


def _teaches(
    found: _Found, entry: StaffEntry, member: StaffNow, now: Snapshot, roster: Roster, groups: Matched
) -> None:
    if entry.groups is None:
        return
    wanted = {ref for ref in entry.groups if groups.knows(ref)}
    ids = {groups.ids[ref] for ref in wanted if ref in groups.ids}
    gets = tuple(sorted(ref for ref in wanted if groups.ids.get(ref) not in member.group_ids))
    if roster.delta:
        loses = {now_id for now_id in member.group_ids if now.groups[now_id].key in entry.left} - ids
    else:
        loses = set(member.group_ids) - ids
    if gets or loses:
        found.groups.append(StaffGroups(member.id, member.name, gets, tuple(sorted(loses))))


def _leavers(now: Snapshot, roster: Roster, used: set[str]) -> Iterable[StaffNow]:
    """Teachers whom the administration made known before, and does not name now."""
    for member in now.staff.values():
        if member.ended or member.role != "teacher" or member.key is None or member.id in used:
            continue
        if member.key in roster.gone.people if roster.delta else "staff" in roster.covers:
            yield member
