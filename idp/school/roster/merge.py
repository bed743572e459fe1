"""Two schools become one: groups, pupils and staff of the second go to the first, with everything that is theirs.

Slots, home accounts, pseudonyms and sessions hang on pupils and stay as they are. The second school stays behind empty,
with its history, until somebody deletes it; its contracts with publishers are not taken over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from idp.kernel import audit
from idp.kernel.words import msgid
from idp.school.models import Device, DeviceLink, Group, Pupil, RosterDraft, School, SchoolAddress, Staff
from idp.school.roster.changes import Conflict

_KEYED: Mapping[str, type[Group] | type[Pupil] | type[Staff]] = {"group": Group, "pupil": Pupil, "staff": Staff}
_MOVED = (Device, DeviceLink, SchoolAddress)
"""What has no key of the administration and simply goes along: a tablet in a classroom stays where it is."""

_CLASHES = {
    "pupil": msgid("Leerlingen met dezelfde sleutel in de twee scholen: %(count)s."),
    "group": msgid("Groepen met dezelfde sleutel in de twee scholen: %(count)s."),
    "staff": msgid("Medewerkers met dezelfde sleutel in de twee scholen: %(count)s."),
}


@dataclass(frozen=True, slots=True)
class Merge:
    """What goes from one school to the other. Each conflict is one that can be confirmed: clashing keys are dropped."""

    into: str
    gone: str
    counts: Mapping[str, int]
    clashes: Mapping[str, frozenset[str]]  # of each kind the ids in the school that goes
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True, slots=True)
class Unmerged:
    """Nothing was done: these were not confirmed, or the schools changed since (`stale`)."""

    conflicts: tuple[Conflict, ...]
    stale: bool = False


def plan(db: Connection, into: str, gone: str) -> Merge:
    """Look at two schools. Raises LookupError when one of them is not there, ValueError when they are one."""
    if into == gone:
        raise ValueError("a school merged with itself")
    schools = dict(db.execute(select(School.id, School.network).where(School.id.in_([into, gone]))).all())
    if len(schools) != 2:
        raise LookupError("no such school")
    counts, clashes = {}, {}
    for kind, table in _KEYED.items():
        counts[kind] = db.execute(select(func.count()).where(table.school_id == gone)).scalar_one()
        taken = select(table.roster_key).where(table.school_id == into, table.roster_key.is_not(None))
        clashing = select(table.id).where(table.school_id == gone, table.roster_key.in_(taken))
        clashes[kind] = frozenset(db.execute(clashing).scalars())
    conflicts = [
        Conflict(f"{kind}_keys", _CLASHES[kind], {"count": str(len(ids))}) for kind, ids in clashes.items() if ids
    ]
    if schools[into] != schools[gone]:
        sentence = msgid("De twee scholen hebben niet dezelfde netwerkomgeving. Die van de eerste blijft.")
        conflicts.append(Conflict("network", sentence))
    return Merge(into, gone, counts, clashes, tuple(conflicts))


def apply(
    db: Connection, made: Merge, *, confirmed: Iterable[str] = (), actor: str | None, now: datetime
) -> Merge | Unmerged:
    """Carry the merge out in the caller's transaction. Clashing keys of the school that goes are dropped.

    Whoever lost a key is found again by no file: the next full import names them as lookalikes.
    """
    both = select(School.id).where(School.id.in_([made.into, made.gone])).order_by(School.id)
    db.execute(both.with_for_update(key_share=True)).all()
    current = plan(db, made.into, made.gone)
    if current != made:
        return Unmerged(current.conflicts, stale=True)
    said = set(confirmed)
    open_ = tuple(conflict for conflict in made.conflicts if conflict.code not in said)
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
    facts = {**made.counts, "into": made.into, "gone": made.gone, "confirmed": sorted(said)}
    for school_id in (made.into, made.gone):
        audit.record(
            db, "school.merged", now=now, actor=actor, thing=f"school:{school_id}", school_id=school_id, facts=facts
        )
    return made
