"""A plan is carried out, in the caller's transaction: all of it, or nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, bindparam, update

from idp.kernel import audit
from idp.kernel.db import insert_into
from idp.kernel.secrets import KeyRing, new_id
from idp.school.hold import hold
from idp.school.models import Pupil, School
from idp.school.roster import grouping, joining, leaving, moving, snapshot, staffing, stale
from idp.school.roster.changes import Conflict, EckId
from idp.school.roster.joining import Newcomer
from idp.school.roster.plan import Plan, fingerprint
from idp.school.roster.stale import Change

_PUPIL = cast(Table, Pupil.__table__)
_SET_ECK_ID = _PUPIL.update().where(_PUPIL.c.id == bindparam("which")).values(eck_id=bindparam("sealed"))


@dataclass(frozen=True, slots=True)
class Applied:
    """Done. `ended`: the subjects ("pupil:ID", "staff:ID") whose sessions are to end now. `invited`: staff ids."""

    school_id: str
    ended: tuple[str, ...]
    invited: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stale:
    """Nothing was done: the school is not what the plan was made from. What changed since."""

    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """Nothing was done: somebody has to look at these first."""

    conflicts: tuple[Conflict, ...]


def apply(
    db: Connection, keyring: KeyRing, plan: Plan, *, confirmed: Iterable[str] = (), actor: str | None, now: datetime
) -> Applied | Stale | Unconfirmed:
    """Carry out a plan; `confirmed`: the codes of the conflicts that `actor` took upon themselves.

    The caller ends the sessions of `Applied.ended` in the same transaction.
    """
    in_the_way = plan.unconfirmed(confirmed)
    if in_the_way:
        return Unconfirmed(in_the_way)
    school_id = plan.made_from.school_id
    if school_id is not None:
        # Held until the end, so that of two plans for one school the second sees what the first did.
        hold(db, school_id)
        current = snapshot.take(db, keyring, school_id, plan.roster)
        if fingerprint(current) != plan.fingerprint:
            return Stale(stale.changes(plan.made_from, current))
    try:
        with db.begin_nested():
            school_id = _school(db, plan, now)
            if school_id is None:
                return Stale((Change("school", plan.school_name, "added"),))
            ended, invited = _carry_out(db, keyring, school_id, plan, actor, now)
    except staffing.TakenError:
        return Stale((Change("staff", "", "changed"),))
    facts = {**plan.counts, "confirmed": sorted(set(confirmed)), "source": plan.roster.source if plan.roster else None}
    thing = f"school:{school_id}"
    audit.record(db, "roster.applied", now=now, actor=actor, thing=thing, school_id=school_id, facts=facts)
    return Applied(school_id, ended, invited)


def _school(db: Connection, plan: Plan, now: datetime) -> str | None:
    """The school, made or given its key; None when somebody else made it, or gave the key away, meanwhile."""
    if plan.made_from.school_id is None:
        statement = insert_into(db, School).values(
            id=new_id(), key=plan.school_key, name=plan.school_name, created_at=now
        )
        made: str | None = db.execute(statement.on_conflict_do_nothing().returning(School.id)).scalar()
        return made
    if plan.school_key != plan.made_from.key:
        if snapshot.find_school(db, plan.school_key) is not None:
            return None
        db.execute(update(School).where(School.id == plan.made_from.school_id).values(key=plan.school_key))
    return plan.made_from.school_id


def _carry_out(
    db: Connection, keyring: KeyRing, school_id: str, plan: Plan, actor: str | None, now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Leavers first, so that their slots and pictures are free; groups close when nobody is in them any more."""
    gone = [leaver.pupil_id for leaver in plan.leavers]
    ended = leaving.leave_all(db, keyring, school_id, gone, actor=actor, why="roster", now=now)
    grouping.change_all(db, school_id, plan.changed_groups, actor=actor, now=now)
    made = grouping.make_all(db, school_id, plan.new_groups, actor=actor, now=now)
    group_ids = {**plan.group_ids, **made}
    places = {mover.pupil_id: None if mover.ref is None else group_ids[mover.ref] for mover in plan.movers}
    moving.move_all(db, school_id, places, actor=actor, now=now)
    names = {one.pupil_id: (one.first_name, one.family_name) for one in plan.renamed}
    moving.rename_all(db, school_id, names, actor=actor, now=now)
    _set_eck_ids(db, keyring, plan.eck_ids)
    newcomers = [
        Newcomer(
            one.first_name,
            one.family_name,
            None if one.ref is None else group_ids[one.ref],
            one.key,
            one.eck_id,
            one.returning,
        )
        for one in plan.joiners
    ]
    joining.join_all(db, keyring, school_id, newcomers, actor=actor, now=now)
    staffed = staffing.change(db, school_id, plan.staff, group_ids, actor=actor, now=now)
    closed = [group.group_id for group in plan.closed_groups]
    grouping.close_all(db, school_id, closed, actor=actor, now=now)
    return (*ended, *staffed.ended), staffed.invited


def _set_eck_ids(db: Connection, keyring: KeyRing, eck_ids: Iterable[EckId]) -> None:
    rows = [
        {"which": one.pupil_id, "sealed": keyring.seal(one.eck_id.encode(), ("pupil", "eck_id", one.pupil_id))}
        for one in eck_ids
    ]
    if rows:
        db.execute(_SET_ECK_ID, rows)
