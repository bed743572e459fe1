"""Append-only events: who did what to whom, by ids only, and under which support code."""

import json
import re
import secrets
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Index,
    Row,
    String,
    Text,
    and_,
    bindparam,
    cast,
    func,
    insert,
    or_,
    select,
    update,
)
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


def count(db: Connection, since: datetime | None = None) -> int:
    """How many events there are; `since`: how many came after it."""
    counted = select(func.count()).select_from(AuditEvent)
    return int(db.execute(counted if since is None else counted.where(AuditEvent.at > since)).scalar_one())


def hand_over(db: Connection, school_id: str, to: str) -> None:
    """What happened at one school belongs to another from here on: its people went there."""
    db.execute(update(AuditEvent).where(AuditEvent.school_id == school_id).values(school_id=to))


def told_of_school(db: Connection, school_id: str, acts: str, fact: str) -> set[str]:
    """Every value that this fact has in a school's events whose act begins with `acts`."""
    told = select(AuditEvent.facts).where(AuditEvent.school_id == school_id, AuditEvent.act.startswith(acts))
    return {str(facts[fact]) for facts in db.execute(told).scalars() if fact in facts}


def pseudonymise(db: Connection, subject: str, ids: Iterable[str] = (), school_id: str | None = None) -> None:
    """What happened stays; who it was does not: the subject's id, and `ids` beside it, become random stand-ins.

    Nobody keeps which stand-in is whose, so that there is no way back. `school_id` as in `of_subject`.
    """
    _rewrite(db, _names(subject, school_id), [subject.partition(":")[2], *ids])


def pseudonymise_school(db: Connection, school_id: str, subjects: Iterable[str], ids: Iterable[str] = ()) -> None:
    """The same for all the people of a school, in one pass over its events and those of nobody's school."""
    somebody = and_(AuditEvent.school_id.is_(None), AuditEvent.actor.is_not(None))
    known = [subject.partition(":")[2] for subject in subjects]
    _rewrite(db, or_(AuditEvent.school_id == school_id, somebody), [*known, *ids])


def _rewrite(db: Connection, which: ColumnElement[bool], known: Iterable[str]) -> None:
    stand_ins = {one: new_id() for one in set(known)}
    columns = (AuditEvent.id, AuditEvent.actor, AuditEvent.thing, AuditEvent.facts)
    changed = []
    for row in db.execute(select(*columns).where(which)):
        before = (row.actor, row.thing, json.dumps(row.facts))
        after = [text and _WORD.sub(lambda word: stand_ins.get(word[0], word[0]), text) for text in before]
        if tuple(after) != before:
            changed.append({"row": row.id, "by": after[0], "about": after[1], "told": json.loads(after[2] or "{}")})
    table = AuditEvent.__table__.c
    values = {name: bindparam(given, type_=table[name].type) for name, given in _REWRITTEN.items()}
    if changed:
        db.execute(update(AuditEvent).where(AuditEvent.id == bindparam("row")).values(values), changed)


_WORD = re.compile(r"[\w-]+")
_REWRITTEN = {"actor": "by", "thing": "about", "facts": "told"}
"""Column -> what its new value is called in `_rewrite`."""


def _names(subject: str, school_id: str | None) -> ColumnElement[bool]:
    within = cast(AuditEvent.facts, Text).contains(subject.partition(":")[2], autoescape=True)
    mentions = or_(AuditEvent.actor == subject, within)
    if school_id is None:
        return or_(AuditEvent.thing == subject, mentions)
    here = and_(AuditEvent.school_id == school_id, mentions)
    at_a_page = and_(AuditEvent.school_id.is_(None), AuditEvent.actor == subject)  # a page knows nobody's school
    return or_(AuditEvent.thing == subject, here, at_a_page)
