"""Two schools become one: groups, pupils and staff of the second go to the first, with everything that is theirs.

Slots, home accounts, pseudonyms and sessions hang on pupils and stay as they are; tablets and registered addresses stay
where they stand, and belong to the first school from then on. So does the second school's log. What is left of it is a
name, until somebody deletes it; its contracts with publishers are not taken over, and `plan` says what that means.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from idp.kernel import audit
from idp.kernel.words import msgid
from idp.school import contracts, networks
from idp.school.hold import hold
from idp.school.models import (
    Device,
    DeviceLink,
    Group,
    Pupil,
    RosterDraft,
    School,
    SchoolAddress,
    SchoolDeletion,
    Staff,
)
from idp.school.roster.changes import Conflict

_KEYED: Mapping[str, type[Group] | type[Pupil] | type[Staff]] = {"group": Group, "pupil": Pupil, "staff": Staff}
_MOVED = (DeviceLink, Device, SchoolAddress)
"""What has no key of the administration and simply goes along: a tablet in a classroom stays where it is.

Links first: a device that is being enrolled holds its link, and is there to be moved once we have that.
"""

_COUNTED: Mapping[str, tuple[type[Group | Pupil | Staff | Device | SchoolAddress], ColumnElement[bool] | None]] = {
    "group": (Group, None),
    "pupil": (Pupil, Pupil.left_at.is_(None)),
    "former_pupil": (Pupil, Pupil.left_at.is_not(None)),
    "staff": (Staff, Staff.ended_at.is_(None)),
    "former_staff": (Staff, Staff.ended_at.is_not(None)),
    "device": (Device, Device.ended_at.is_(None)),
    "address": (SchoolAddress, None),
}
"""What somebody sees of it beforehand."""

_CLASHES = {
    "pupil": msgid("Leerlingen met dezelfde sleutel in de twee scholen: %(count)s."),
    "group": msgid("Groepen met dezelfde sleutel in de twee scholen: %(count)s."),
    "staff": msgid("Medewerkers met dezelfde sleutel in de twee scholen: %(count)s."),
}
_NAMES = msgid("Groepen met dezelfde naam: %(names)s. Ze blijven naast elkaar bestaan.")
_NETWORK = msgid(
    "De tweede school werkt via %(before)s, de eerste via %(after)s. Dat wordt voor iedereen %(after)s. "
    "Leerlingen van de tweede school die nu zijn ingelogd, moeten opnieuw inloggen."
)
_DIRECT = "Sleutelbos"
_CLOSED = msgid("Apps die leerlingen van de tweede school niet meer kunnen openen: %(names)s.")
_OPENED = msgid("Apps die leerlingen van de tweede school erbij krijgen: %(names)s.")
_TOLD = msgid("Apps die iets anders te horen krijgen over leerlingen van de tweede school: %(names)s.")
_DOOMED = msgid("Voor een van de twee scholen is gevraagd om te verwijderen. Trek dat eerst in.")


@dataclass(frozen=True, slots=True)
class Merge:
    """What goes from one school to the other. Clashing keys are dropped once their conflict is confirmed."""

    into: str
    gone: str
    counts: Mapping[str, int]
    clashes: Mapping[str, frozenset[str]]  # of each kind the ids in the school that goes
    conflicts: tuple[Conflict, ...]
    other_way: bool  # pupils of the school that goes sign in in another way from here on

    @property
    def seen(self) -> str:
        """What somebody looked at, to be compared when they say "do it": the counts, and a digest of the rest."""
        rest = repr((sorted((kind, sorted(ids)) for kind, ids in self.clashes.items()), self.conflicts))
        counted = " ".join(f"{kind}={count}" for kind, count in self.counts.items())
        return f"{counted} {hashlib.sha256(rest.encode()).hexdigest()[:16]}"

    def changed_since(self, seen: str) -> dict[str, tuple[int, int]]:
        """Which counts are not what they were in `seen`: (then, now) by kind."""
        pairs = (part.partition("=") for part in seen.split())
        then = {kind: int(count) for kind, _, count in pairs if count.isascii() and count.isdigit()}
        return {kind: (then[kind], n) for kind, n in self.counts.items() if kind in then and then[kind] != n}


@dataclass(frozen=True, slots=True)
class Unmerged:
    """Nothing was done: these were not confirmed, or the schools changed since (`stale`)."""

    conflicts: tuple[Conflict, ...]
    stale: bool = False


def plan(db: Connection, into: str, gone: str) -> Merge:
    """Look at two schools. Raises LookupError when one of them is not there, ValueError when they are one."""
    if into == gone:
        raise ValueError("a school merged with itself")
    if db.execute(select(func.count()).where(School.id.in_([into, gone]))).scalar_one() != 2:
        raise LookupError("no such school")
    counts, clashes = {}, {}
    for kind, (table, which) in _COUNTED.items():
        there = (table.school_id == gone,) if which is None else (table.school_id == gone, which)
        counts[kind] = db.execute(select(func.count()).where(*there)).scalar_one()
    for kind, keyed in _KEYED.items():
        taken = select(keyed.roster_key).where(keyed.school_id == into, keyed.roster_key.is_not(None))
        clashing = select(keyed.id).where(keyed.school_id == gone, keyed.roster_key.in_(taken))
        clashes[kind] = frozenset(db.execute(clashing).scalars())
    conflicts = [
        Conflict(f"{kind}_keys", _CLASHES[kind], {"count": str(len(ids))}) for kind, ids in clashes.items() if ids
    ]
    ways = [networks.way_of(db, school_id) for school_id in (gone, into)]
    conflicts += [*_same_names(db, into, gone), *_other_way(*ways), *_other_contracts(db, into, gone)]
    if db.execute(select(SchoolDeletion.school_id).where(SchoolDeletion.school_id.in_([into, gone]))).first():
        conflicts.append(Conflict("deletion", _DOOMED, blocking=True))
    return Merge(into, gone, counts, clashes, tuple(conflicts), ways[0] != ways[1])


def _same_names(db: Connection, into: str, gone: str) -> Iterable[Conflict]:
    theirs, ours = (
        {name.casefold(): name for name in db.execute(select(Group.name).where(Group.school_id == school_id)).scalars()}
        for school_id in (gone, into)
    )
    if same := sorted(theirs[name] for name in theirs.keys() & ours.keys()):
        yield Conflict("group_names", _NAMES, {"names": ", ".join(same)})


def _other_way(before: networks.Way, after: networks.Way) -> Iterable[Conflict]:
    if before != after:
        names = [networks.name_of(way.network) or _DIRECT for way in (before, after)]
        yield Conflict("network", _NETWORK, dict(zip(("before", "after"), names, strict=True)))


def _other_contracts(db: Connection, into: str, gone: str) -> Iterable[Conflict]:
    """What the first school's contracts mean for the pupils of the second."""
    theirs, ours = ({one.client_id: one for one in contracts.of_school(db, school_id)} for school_id in (gone, into))
    both = [(theirs[client_id], ours[client_id]) for client_id in theirs.keys() & ours.keys()]
    for code, sentence, names in (
        ("closed", _CLOSED, {then.name for then, now in both if then.open and not now.open}),
        ("opened", _OPENED, {then.name for then, now in both if now.open and not then.open}),
        ("told", _TOLD, {then.name for then, now in both if then.open and now.open and then.told != now.told}),
    ):
        if names:
            yield Conflict(f"contracts_{code}", sentence, {"names": ", ".join(sorted(names))})


def apply(
    db: Connection, made: Merge, *, confirmed: Iterable[str] = (), actor: str | None, now: datetime
) -> Merge | Unmerged:
    """Carry the merge out in the caller's transaction. Clashing keys of the school that goes are dropped.

    Whoever lost a key is found again by no file: the next full import names them as lookalikes.
    """
    hold(db, made.into, made.gone)
    current = plan(db, made.into, made.gone)
    if current != made:
        return Unmerged(current.conflicts, stale=True)
    said = set(confirmed)
    open_ = tuple(conflict for conflict in made.conflicts if conflict.blocking or conflict.code not in said)
    if open_:
        return Unmerged(open_)
    for kind, table in _KEYED.items():
        if made.clashes[kind]:
            db.execute(update(table).where(table.id.in_(made.clashes[kind])).values(roster_key=None))
        db.execute(update(table).where(table.school_id == made.gone).values(school_id=made.into))
    for moved in _MOVED:
        db.execute(update(moved).where(moved.school_id == made.gone).values(school_id=made.into))
    db.execute(delete(RosterDraft).where(RosterDraft.school_id == made.gone))  # made for a school that is no more
    db.execute(update(School).where(School.id == made.gone).values(key=None))
    audit.hand_over(db, made.gone, made.into)
    facts = {**made.counts, "into": made.into, "gone": made.gone, "confirmed": sorted(said)}
    for school_id in (made.into, made.gone):
        audit.record(
            db, "school.merged", now=now, actor=actor, thing=f"school:{school_id}", school_id=school_id, facts=facts
        )
    return made
