"""Which pupil of a roster is which pupil here: by key, and by nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from idp.kernel.words import msgid
from idp.school.roster.changes import Conflict, EckId, Joiner, Leaver, Mover, Renamed
from idp.school.roster.compare_groups import Matched
from idp.school.roster.snapshot import PupilNow, Snapshot
from idp.school.roster.values import Problem, PupilEntry, Roster

_NAMED = 5
"""So many names stand in a sentence; of the rest the number."""


@dataclass(slots=True)
class Compared:
    """What changes among the pupils; `stay_in`: the groups here that will have pupils."""

    joiners: list[Joiner] = field(default_factory=list)
    movers: list[Mover] = field(default_factory=list)
    renamed: list[Renamed] = field(default_factory=list)
    eck_ids: list[EckId] = field(default_factory=list)
    leavers: list[Leaver] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    notices: list[Problem] = field(default_factory=list)
    stay_in: frozenset[str] = frozenset()


def compare(now: Snapshot, roster: Roster, groups: Matched) -> Compared:
    """Joiners, movers, renamed and leavers."""
    found = Compared()
    by_key = {pupil.key: pupil for pupil in now.pupils.values() if pupil.key is not None}
    places: dict[str, str | None] = {pupil.id: pupil.group_id for pupil in now.present}
    arrived: set[str | None] = set()
    for entry in roster.pupils:
        pupil = by_key.get(entry.key)
        ref, said = _place(entry, pupil, now, roster, groups, found)
        if pupil is None or pupil.left:
            _joins(found, entry, pupil, ref)
            arrived.add(groups.ids.get(ref or ""))
            continue
        _stays(found, entry, pupil)
        target = groups.ids.get(ref) if ref is not None else None
        if said and (target != pupil.group_id or (ref is not None and target is None)):
            places[pupil.id] = target
            found.movers.append(_mover(pupil, ref, now, groups))
    for pupil in _leavers(now, roster):
        places.pop(pupil.id)
        found.leavers.append(Leaver(pupil.id, pupil.name, _name(now, pupil.group_id)))
    found.stay_in = frozenset(place for place in (*places.values(), *arrived) if place is not None)
    found.conflicts += _lookalikes(now, found)
    return found


def _place(
    entry: PupilEntry, pupil: PupilNow | None, now: Snapshot, roster: Roster, groups: Matched, found: Compared
) -> tuple[str | None, bool]:
    """The group (its ref) that the file puts a pupil in, and whether it says so at all."""
    if entry.groups is None:
        return None, False
    refs = [ref for ref in entry.groups if groups.knows(ref)]
    if not roster.delta:
        return (refs[0] if refs else None), bool(refs) or "groups" in roster.covers
    if len(refs) > 1:
        sentence = msgid("Leerling %(key)s zit in meer dan één groep.")
        found.conflicts.append(Conflict("two_groups", sentence, {"key": entry.key}, blocking=True))
    if len(refs) < len(entry.groups):
        sentence = msgid("Leerling %(key)s zit ook in een groep die hier niet is. Die telt niet mee.")
        found.notices.append(Problem(0, "enrollments.csv", sentence, {"key": entry.key}))
    if refs:
        return refs[0], True
    current = now.groups.get(pupil.group_id or "") if pupil else None
    return None, current is not None and current.key in entry.left


def _joins(found: Compared, entry: PupilEntry, before: PupilNow | None, ref: str | None) -> None:
    first_name = entry.first_name or (before.first_name if before else None)
    family_name = entry.family_name if entry.family_name is not None else before.family_name if before else ""
    if first_name is None:
        sentence = msgid("Leerling %(key)s is hier niet, en dit bestand noemt geen naam.")
        found.conflicts.append(Conflict("unknown_pupil", sentence, {"key": entry.key}, blocking=True))
        return
    returning = before.id if before else None
    found.joiners.append(Joiner(entry.key, first_name, family_name, ref, entry.eck_id, returning))


def _stays(found: Compared, entry: PupilEntry, pupil: PupilNow) -> None:
    first_name = pupil.first_name if entry.first_name is None else entry.first_name
    family_name = pupil.family_name if entry.family_name is None else entry.family_name
    if (first_name, family_name) != (pupil.first_name, pupil.family_name):
        found.renamed.append(Renamed(pupil.id, pupil.name, first_name, family_name))
    if entry.eck_id is not None and entry.eck_id != pupil.eck_id:
        found.eck_ids.append(EckId(pupil.id, entry.eck_id))


def _mover(pupil: PupilNow, ref: str | None, now: Snapshot, groups: Matched) -> Mover:
    after = groups.names.get(ref) if ref is not None else None
    return Mover(pupil.id, pupil.name, _name(now, pupil.group_id), after, ref)


def _name(now: Snapshot, group_id: str | None) -> str | None:
    group = now.groups.get(group_id or "")
    return None if group is None else group.name


def _leavers(now: Snapshot, roster: Roster) -> Iterable[PupilNow]:
    """Of a full file: whom it does not name. Who was added by hand, without a key, is left alone."""
    named = {entry.key for entry in roster.pupils}
    for pupil in now.present:
        gone = pupil.key in roster.gone.people if roster.delta else pupil.key is not None and pupil.key not in named
        if gone:
            yield pupil


def _lookalikes(now: Snapshot, found: Compared) -> Iterable[Conflict]:
    """The same name comes and goes: an administration that gives new keys would make every child a new one."""
    here = {pupil.name.casefold() for pupil in now.present if pupil.key is None}
    here |= {leaver.name.casefold() for leaver in found.leavers}
    names = [f"{new.first_name} {new.family_name}".strip() for new in found.joiners if new.returning is None]
    same = sorted(name for name in names if name.casefold() in here)
    if same:
        sentence = msgid("Nieuwe leerlingen die net zo heten als een leerling die er al is (%(count)s): %(names)s.")
        values = {"count": str(len(same)), "names": ", ".join(same[:_NAMED]) + (" ..." if len(same) > _NAMED else "")}
        yield Conflict("lookalikes", sentence, values)
