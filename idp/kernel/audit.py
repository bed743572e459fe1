"""Append-only events: who did what to whom, by ids only, and under which support code."""

import json
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Index, Row, String, Text, and_, cast, insert, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from idp.kernel.db import Base, Id, Json
from idp.kernel.secrets import new_id

_CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that looks like something else when read aloud


class AuditEvent(Base):
    """One event. `facts` holds ids, counts and reasons; never a name, an address or a secret."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_school_id_at", "school_id", "at"),
        Index("ix_audit_event_thing", "thing"),
    )
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    act: Mapped[str] = mapped_column(String(60))  # "slot.filled", "signin.failed"
    actor: Mapped[str | None] = mapped_column(String(60))  # "staff:ID", "home:ID", "pupil:ID"; none = nobody known
    thing: Mapped[str | None] = mapped_column(String(60))
    school_id: Mapped[str | None] = mapped_column(Id)
    support_code: Mapped[str | None] = mapped_column(String(8), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)


def new_support_code() -> str:
    """Eight letters and digits without look-alikes (40 bits): what a person reads out to the helpdesk."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(8))


def record(
    db: Connection,
    act: str,
    *,
    now: datetime,
    actor: str | None = None,
    thing: str | None = None,
    school_id: str | None = None,
    support_code: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write one event down, in the transaction of the act itself."""
    values = {
        "id": new_id(),
        "at": now,
        "act": act,
        "actor": actor,
        "thing": thing,
        "school_id": school_id,
        "support_code": support_code,
        "facts": dict(facts or {}),
    }
    db.execute(insert(AuditEvent).values(values))


def record_each(
    db: Connection,
    act: str,
    things: Iterable[tuple[str, Mapping[str, Any]]],
    *,
    now: datetime,
    actor: str | None,
    school_id: str | None,
) -> None:
    """Write down one act that was done to many: (thing, facts) of each, in one round trip."""
    same = {"at": now, "act": act, "actor": actor, "school_id": school_id, "support_code": None}
    rows = [{"id": new_id(), "thing": thing, "facts": dict(facts), **same} for thing, facts in things]
    if rows:
        db.execute(insert(AuditEvent), rows)


def spelled_code(support_code: str) -> str:
    """A support code as it is kept, however somebody spelled it."""
    spelled = unicodedata.normalize("NFKC", support_code).upper()
    return "".join(letter for letter in spelled if letter in _CODE_ALPHABET)


def find(db: Connection, support_code: str) -> Row[datetime, str, str | None, str | None, dict[str, Any]] | None:
    """What first happened under a support code, in any case, with spaces, dashes or quotes; None = no such code."""
    code = spelled_code(support_code)
    columns = (AuditEvent.at, AuditEvent.act, AuditEvent.actor, AuditEvent.thing, AuditEvent.facts)
    return db.execute(select(*columns).where(AuditEvent.support_code == code).order_by(AuditEvent.at)).first()


def history(db: Connection, thing: str, acts: Iterable[str]) -> Sequence[Row[datetime, str, dict[str, Any]]]:
    """The events of these acts about one thing, oldest first, as (at, act, facts)."""
    columns = (AuditEvent.at, AuditEvent.act, AuditEvent.facts)
    asked = select(*columns).where(AuditEvent.thing == thing, AuditEvent.act.in_(list(acts)))
    return db.execute(asked.order_by(AuditEvent.at)).all()


def search(
    db: Connection,
    *,
    act: str = "",
    support_code: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    most: int = 200,
) -> Sequence[Row[datetime, str, str | None, str | None, str | None, str | None, dict[str, Any]]]:
    """Events, the newest first, as (at, act, actor, thing, school_id, support_code, facts).

    `act` is the start of an act's name ("signin."); `since` up to and without `until`.
    """
    columns = (
        AuditEvent.at, AuditEvent.act, AuditEvent.actor, AuditEvent.thing, AuditEvent.school_id,
        AuditEvent.support_code, AuditEvent.facts,
    )  # fmt: skip
    asked = select(*columns).order_by(AuditEvent.at.desc(), AuditEvent.id).limit(most)
    if act:
        asked = asked.where(AuditEvent.act.startswith(act, autoescape=True))
    if support_code:
        asked = asked.where(AuditEvent.support_code == spelled_code(support_code))
    if since is not None:
        asked = asked.where(AuditEvent.at >= since)
    if until is not None:
        asked = asked.where(AuditEvent.at < until)
    return db.execute(asked).all()


@dataclass(frozen=True, slots=True)
class Event:
    """What somebody reads of an event."""

    at: datetime
    act: str
    actor: str | None
    thing: str | None
    facts: Mapping[str, Any]


def of_school(db: Connection, school_id: str, about: str, most: int, skip: int) -> Sequence[Event]:
    """The events of one school, newest first; `about`: only those that this subject did, or that were done to it."""
    columns = (AuditEvent.at, AuditEvent.act, AuditEvent.actor, AuditEvent.thing, AuditEvent.facts)
    asked = select(*columns).where(AuditEvent.school_id == school_id)
    if about:
        asked = asked.where(or_(AuditEvent.thing == about, AuditEvent.actor == about))
    newest = asked.order_by(AuditEvent.at.desc(), AuditEvent.id).limit(most).offset(skip)
    return [Event(*row) for row in db.execute(newest)]


def of_subject(
    db: Connection, subject: str, school_id: str | None = None
) -> Sequence[Row[datetime, str, str | None, str | None, dict[str, Any]]]:
    """Every event by or about a person ("pupil:ID"), oldest first, as (at, act, actor, thing, facts).

    `school_id`: those that only mention the person are looked for in this school alone, which is quick.
    """
    columns = (AuditEvent.at, AuditEvent.act, AuditEvent.actor, AuditEvent.thing, AuditEvent.facts)
    return db.execute(select(*columns).where(_names(subject, school_id)).order_by(AuditEvent.at)).all()


def pseudonymise(db: Connection, subject: str, ids: Iterable[str] = (), school_id: str | None = None) -> None:
    """What happened stays; who it was does not: the subject's id, and `ids` beside it, become random stand-ins.

    Nobody keeps which stand-in is whose, so that there is no way back. `school_id` as in `of_subject`.
    """
    stand_ins = {known: new_id() for known in {subject.partition(":")[2], *ids}}
    rows = db.execute(
        select(AuditEvent.id, AuditEvent.actor, AuditEvent.thing, AuditEvent.facts).where(_names(subject, school_id))
    )
    for row in rows.all():
        texts = (row.actor, row.thing, json.dumps(row.facts))
        actor, thing, facts = (_with(stand_ins, text) for text in texts)
        changed = {"actor": actor, "thing": thing, "facts": json.loads(facts or "{}")}
        db.execute(update(AuditEvent).where(AuditEvent.id == row.id).values(changed))


def _names(subject: str, school_id: str | None) -> ColumnElement[bool]:
    within = cast(AuditEvent.facts, Text).contains(subject.partition(":")[2], autoescape=True)
    mentions = or_(AuditEvent.actor == subject, within)
    here = mentions if school_id is None else and_(AuditEvent.school_id == school_id, mentions)
    return or_(AuditEvent.thing == subject, here)


def _with(stand_ins: Mapping[str, str], text: str | None) -> str | None:
    for known, stand_in in stand_ins.items() if text else ():
        text = text.replace(known, stand_in) if text else text
    return text
