"""Which group of a roster is which group here: by key, else by name."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.kernel.words import msgid
from idp.school.roster.changes import ClosedGroup, Conflict, GroupChange, NewGroup
from idp.school.roster.snapshot import GroupNow, Snapshot
from idp.school.roster.values import GroupEntry, Roster


@dataclass(slots=True)
class Matched:
    """The roster's groups beside those that are here; `names` by ref, as they will be."""

    ids: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    new: list[NewGroup] = field(default_factory=list)
    changed: list[GroupChange] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)

    def knows(self, ref: str) -> bool:
        """Does this ref lead to a group, here or to be made?"""
        return ref in self.names


def match(now: Snapshot, roster: Roster) -> Matched:
    """By key first, for all of them, so that a name never takes another key's group."""
    matched = Matched()
    by_key = {group.key: group for group in now.groups.values() if group.key is not None}
    by_name: defaultdict[str, list[GroupNow]] = defaultdict(list)
    for group in now.groups.values():
        by_name[group.name.casefold()].append(group)
    for entry in roster.groups:
        if entry.key is not None and entry.key in by_key:
            _found(matched, entry, by_key[entry.key])
    for entry in roster.groups:
        if entry.ref not in matched.ids:
            _by_name(matched, entry, by_name)
    if roster.delta:
        for key, group in by_key.items():
            matched.ids.setdefault(key, group.id)
            matched.names.setdefault(key, group.name)
    return matched


def _by_name(matched: Matched, entry: GroupEntry, by_name: Mapping[str, list[GroupNow]]) -> None:
    used = set(matched.ids.values())
    same_name = by_name.get(entry.name.casefold(), [])
    free = [group for group in same_name if group.id not in used and (entry.key is None or group.key is None)]
    if len(free) == 1:
        _found(matched, entry, free[0])
        return
    matched.names[entry.ref] = entry.name
    values = {"name": entry.name}
    if free:
        sentence = msgid("Er zijn hier twee groepen met de naam %(name)s. Geef er één een andere naam.")
        matched.conflicts.append(Conflict("group_name_twice", sentence, values, blocking=True))
    elif entry.year is None:
        sentence = msgid("Groep %(name)s is nieuw en heeft geen jaargroep. Zet de jaargroep in het bestand.")
        matched.conflicts.append(Conflict("group_without_year", sentence, values, blocking=True))
    else:
        matched.new.append(NewGroup(entry.ref, entry.key, entry.name, entry.year))


def _found(matched: Matched, entry: GroupEntry, group: GroupNow) -> None:
    """A file that knows groups by name alone does not rename them."""
    name = entry.name if entry.key is not None else group.name
    change = GroupChange(group.id, group.name, name, entry.year or group.year, entry.key or group.key)
    matched.ids[entry.ref] = group.id
    matched.names[entry.ref] = name
    if (change.name, change.year, change.key) != (group.name, group.year, group.key):
        matched.changed.append(change)


def closed(now: Snapshot, roster: Roster, matched: Matched, stay_in: frozenset[str]) -> tuple[ClosedGroup, ...]:
    """The groups that the file does not name and in which no pupil stays. One made by hand and never used stays."""
    used, were_in = set(matched.ids.values()), {pupil.group_id for pupil in now.present}
    keyed = any(entry.key for entry in roster.groups)
    if roster.delta:
        gone = {group.id for group in now.groups.values() if group.key in roster.gone.groups}
    elif "groups" in roster.covers:
        gone = {
            group.id
            for group in now.groups.values()
            if group.id not in used and (group.id in were_in or (keyed and group.key is not None))
        }
    else:
        gone = set()
    return tuple(ClosedGroup(group.id, group.name) for group in now.groups.values() if group.id in gone - stay_in)
