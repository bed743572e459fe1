"""Who an event is about, for whoever looks at it: named when they may see this person, and never otherwise."""

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _
from sqlalchemy import Connection, select

from idp.kernel.words import msgid
from idp.school import policy
from idp.school.models import EmailSlot, Group, Pupil, Staff
from idp.school.policy import Actor, Thing

KINDS = {
    "pupil": msgid("een leerling die je niet mag zien"),
    "staff": msgid("iemand die je niet mag zien"),
    "home": msgid("een thuisaccount"),
    "group": msgid("een groep"),
    "school": msgid("de school"),
    "device": msgid("een apparaat van de school"),
    "address": msgid("een internetadres van de school"),
    "program": msgid("het programma zelf"),
}
"""What somebody or something is called who has no name here."""


def names(db: Connection, actor: Actor, subjects: Iterable[str | None]) -> Mapping[str, str]:
    """What each subject ("pupil:ID", "staff:ID", "home:ID", "group:ID" ...) is called for this member of staff."""
    wanted = {subject for subject in subjects if subject}
    ids = {kind: [one.partition(":")[2] for one in wanted if one.startswith(f"{kind}:")] for kind in KINDS}
    found = {
        **_pupils(db, actor, ids["pupil"]),
        **_staff(db, actor, ids["staff"]),
        **_groups(db, actor, ids["group"]),
        **_homes(db, actor, ids["home"]),
    }
    return {subject: found.get(subject) or _unnamed(subject) for subject in wanted}


def _unnamed(subject: str) -> str:
    kind = subject.partition(":")[0]
    return str(_(KINDS[kind])) if kind in KINDS else kind


def _pupils(db: Connection, actor: Actor, ids: list[str]) -> Mapping[str, str]:
    if not ids:
        return {}
    columns = (Pupil.id, Pupil.school_id, Pupil.group_id, Pupil.first_name, Pupil.family_name)
    rows = db.execute(select(*columns).where(Pupil.id.in_(ids)))
    return {
        f"pupil:{row.id}": f"{row.first_name} {row.family_name}"
        for row in rows
        if policy.may(actor, "pupil.view", Thing(row.school_id, row.group_id))
    }


def _staff(db: Connection, actor: Actor, ids: list[str]) -> Mapping[str, str]:
    """Colleagues of the same school, also those who left."""
    if not ids:
        return {}
    columns = (Staff.id, Staff.school_id, Staff.first_name, Staff.family_name)
    rows = db.execute(select(*columns).where(Staff.id.in_(ids)))
    return {
        f"staff:{row.id}": f"{row.first_name} {row.family_name}" for row in rows if row.school_id == actor.school_id
    }


def _groups(db: Connection, actor: Actor, ids: list[str]) -> Mapping[str, str]:
    if not ids:
        return {}
    rows = db.execute(select(Group.id, Group.school_id, Group.name).where(Group.id.in_(ids)))
    return {f"group:{row.id}": row.name for row in rows if row.school_id == actor.school_id}


def _homes(db: Connection, actor: Actor, ids: list[str]) -> Mapping[str, str]:
    """A home account is called after those of its children whom this member may see."""
    if not ids:
        return {}
    columns = (EmailSlot.home_account_id, Pupil.school_id, Pupil.group_id, Pupil.first_name)
    rows = db.execute(
        select(*columns)
        .join(Pupil, Pupil.id == EmailSlot.pupil_id)
        .where(EmailSlot.home_account_id.in_(ids))
        .order_by(Pupil.first_name)
    )
    children: dict[str, list[str]] = {}
    for account_id, school_id, group_id, first_name in rows:
        if policy.may(actor, "pupil.view", Thing(school_id, group_id)):
            children.setdefault(f"home:{account_id}", []).append(first_name)
    return {home: str(_("het thuisaccount van %(names)s", names=", ".join(found))) for home, found in children.items()}
