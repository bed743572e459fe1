"""Plans that wait for somebody to look at them: one of each member of staff, for a day."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from idp.kernel.secrets import KeyRing, new_id
from idp.school.models import RosterDraft
from idp.school.roster import kept
from idp.school.roster.plan import Plan

LIFE = timedelta(days=1)


def keep(db: Connection, keyring: KeyRing, school_id: str, staff_id: str, plan: Plan, now: datetime) -> str:
    """Keep a plan, instead of the one that this member kept before; returns its id."""
    draft_id = new_id()
    sealed = keyring.seal(kept.dump(plan), ("roster_draft", "plan", draft_id))
    drop(db, school_id, staff_id)
    values = {"id": draft_id, "school_id": school_id, "made_by": staff_id, "plan": sealed, "created_at": now}
    db.execute(insert(RosterDraft).values(values))
    return draft_id


def find(db: Connection, keyring: KeyRing, school_id: str, staff_id: str, draft_id: str, now: datetime) -> Plan | None:
    """The plan that this member keeps under this id; None = there is none (any more)."""
    sealed = db.execute(
        select(RosterDraft.plan).where(
            RosterDraft.id == draft_id,
            RosterDraft.school_id == school_id,
            RosterDraft.made_by == staff_id,
            RosterDraft.created_at > now - LIFE,
        )
    ).scalar()
    return None if sealed is None else kept.load(keyring.unseal(sealed, ("roster_draft", "plan", draft_id)))


def drop(db: Connection, school_id: str, staff_id: str) -> None:
    """It was carried out, or is not wanted."""
    db.execute(delete(RosterDraft).where(RosterDraft.school_id == school_id, RosterDraft.made_by == staff_id))
