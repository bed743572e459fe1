"""All that the school's side knows of one pupil: to be handed over, or to be erased.

A table that holds something of a pupil names them in a column `pupil_id`: with that it is erased here of itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from idp.kernel import audit, outbox, transports
from idp.kernel.db import Base
from idp.kernel.secrets import KeyRing
from idp.school import slots, years
from idp.school.models import Badge, EmailSlot, Group, HomeAccount, Link, Pupil, RosterDraft, School
from idp.school.names import sort_key
from idp.school.policy import Thing


@dataclass(frozen=True, slots=True)
class Known:
    """A pupil whose data somebody asks about, at school or departed (`left_at`)."""

    id: str
    first_name: str
    family_name: str
    school_id: str
    group_id: str | None
    group_name: str | None
    left_at: datetime | None

    @property
    def name(self) -> str:
        """As the school writes it."""
        return f"{self.first_name} {self.family_name}"

    @property
    def thing(self) -> Thing:
        """For `policy.may`."""
        return Thing(self.school_id, self.group_id)


_KNOWN = (
    select(
        Pupil.id, Pupil.first_name, Pupil.family_name, Pupil.school_id, Pupil.group_id, Group.name, Pupil.left_at
    ).outerjoin(Group, Group.id == Pupil.group_id)
)  # fmt: skip
MOST = 50


def find(db: Connection, pupil_id: str) -> Known | None:
    """The pupil of an id, departed or not."""
    row = db.execute(_KNOWN.where(Pupil.id == pupil_id)).first()
    return Known(*row) if row else None


def named(db: Connection, school_id: str, part: str) -> Sequence[Known]:
    """Up to MOST pupils of a school, departed ones too, with this in their name."""
    everybody = [Known(*row) for row in db.execute(_KNOWN.where(Pupil.school_id == school_id))]
    by_name = sorted((sort_key(known.name), known.id, known) for known in everybody)
    wanted = sort_key(part)  # compared here: few databases know that É is an é
    return [known for name, _, known in by_name if wanted in name][:MOST]


def departed(db: Connection, school_id: str) -> Sequence[Known]:
    """Who left and is not erased yet, the longest ago first."""
    gone = _KNOWN.where(Pupil.school_id == school_id, Pupil.left_at.is_not(None))
    return [Known(*row) for row in db.execute(gone.order_by(Pupil.left_at, Pupil.id).limit(1000))]


def export(db: Connection, keyring: KeyRing, pupil_id: str) -> dict[str, Any] | None:
    """The pupil as JSON; None when there is no such pupil. PIN and password picture stay secret: a card has them."""
    columns = select(Pupil, School.name.label("school_name"), Group.name.label("group_name"), Group.year)
    found = columns.join(School, School.id == Pupil.school_id).outerjoin(Group, Group.id == Pupil.group_id)
    row = db.execute(found.where(Pupil.id == pupil_id)).first()
    if row is None:
        return None
    eck_id = keyring.unseal(row.eck_id, ("pupil", "eck_id", pupil_id)).decode() if row.eck_id else None
    return {
        "pupil": {
            "id": pupil_id,
            "first_name": row.first_name,
            "family_name": row.family_name,
            "roster_key": row.roster_key,
            "eck_id": eck_id,
            "picture": row.picture,
            "created_at": row.created_at.isoformat(),
            "left_at": _moment(row.left_at),
        },
        "school": {"id": row.school_id, "name": row.school_name},
        "group": {"id": row.group_id, "name": row.group_name, "year": years.told(row.year)} if row.group_id else None,
        "home_login": _slots(db, pupil_id),
        "badges": _badges(db, pupil_id),
    }


def _slots(db: Connection, pupil_id: str) -> list[dict[str, Any]]:
    """With the addresses: the school filled them in and sees them on its own pages."""
    columns = (EmailSlot.id, EmailSlot.position, EmailSlot.filled_by, EmailSlot.created_at, EmailSlot.confirmed_at)
    rows = select(*columns, HomeAccount.address).join(HomeAccount, HomeAccount.id == EmailSlot.home_account_id)
    return [
        {
            "id": row.id,
            "slot": row.position,
            "address": row.address,
            "filled_by": f"staff:{row.filled_by}" if row.filled_by else None,
            "filled_at": row.created_at.isoformat(),
            "taken_on_at": _moment(row.confirmed_at),
        }
        for row in db.execute(rows.where(EmailSlot.pupil_id == pupil_id).order_by(EmailSlot.position))
    ]


def _badges(db: Connection, pupil_id: str) -> list[dict[str, Any]]:
    rows = select(Badge.created_at, Badge.revoked_at).where(Badge.pupil_id == pupil_id).order_by(Badge.created_at)
    return [
        {"printed_at": printed_at.isoformat(), "revoked_at": _moment(revoked_at)}
        for printed_at, revoked_at in db.execute(rows)
    ]


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def erase(db: Connection, keyring: KeyRing, pupil_id: str, now: datetime) -> list[str] | None:
    """Slots (an account without another child goes too), visits, badges, codes, links, mail that waits, and the row.

    Returns the ids of its slots, under which it stands elsewhere; None when there is no such pupil.
    """
    row = db.execute(select(Pupil.first_name, Pupil.school_id).where(Pupil.id == pupil_id).with_for_update()).first()
    if row is None:
        return None
    first_name = row.first_name
    filled = slots.of_pupils(db, [pupil_id])
    addresses = [slot.address for slot in filled]
    slot_ids = {slot.id for slot in filled} | _former_slots(db, pupil_id, row.school_id)
    for slot in filled:
        slots.empty(db, keyring, slot.id, actor="program", why="erased", now=now)

    def names_the_child(mail: Any) -> bool:
        facts = mail["facts"]
        known = mail["to"] in addresses and facts.get("first_name") == first_name
        return known or pupil_id in facts.get("path", "")

    outbox.withdraw_where(db, keyring, "mail", names_the_child, now=now)
    for address in addresses:
        transports.forget_demo_mail(db, address, first_name)
    transports.forget_demo_mail(db, None, pupil_id)
    db.execute(delete(Link).where(Link.slot_id.in_(slot_ids)))
    for table in Base.metadata.tables.values():
        if "pupil_id" in table.c:
            db.execute(delete(table).where(table.c.pupil_id == pupil_id))
    # A roster that somebody is looking at names children; it can be uploaded again.
    db.execute(delete(RosterDraft).where(RosterDraft.school_id == row.school_id))
    db.execute(delete(Pupil).where(Pupil.id == pupil_id))
    return sorted(slot_ids)


def _former_slots(db: Connection, pupil_id: str, school_id: str) -> set[str]:
    """Slots that were emptied before: links and the audit name them."""
    events = audit.of_subject(db, f"pupil:{pupil_id}", school_id)
    return {
        str(facts["slot"]) for _at, act, _actor, _thing, facts in events if act.startswith("slot.") and "slot" in facts
    }
