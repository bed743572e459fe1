"""Which school opens which publisher, and which claims that publisher may be told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Table, and_, bindparam, case, func, null, select, update

from idp.kernel import audit
from idp.kernel.db import Json, insert_into
from idp.kernel.prepared import Prepared
from idp.school.models import Contract, Publisher, Pupil

CLAIMS = frozenset({"given_name", "name", "locale", "family_name", "school", "group", "eck_id", "role"})
"""All that a contract can list. `sub`, the pseudonym, is the engine's and is told without listing."""

# Asked at every sign-in and at userinfo: statements on plain tables, made once.
_CONTRACT = cast(Table, Contract.__table__)
_PUBLISHER = cast(Table, Publisher.__table__)
_PUPIL = cast(Table, Pupil.__table__)


def _listed(school_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """The claims of the school's own contract, or else those that every school agreed to; NULL = closed."""
    mine = (_CONTRACT.c.school_id == school_id, _CONTRACT.c.client_id == bindparam("client_id"))
    own = select(_CONTRACT.c.claims).where(*mine)
    closed = select(_CONTRACT.c.client_id).where(*mine, _CONTRACT.c.closed_at.is_not(None)).correlate(_PUPIL)
    everybodys = select(_PUBLISHER.c.claims).where(
        _PUBLISHER.c.client_id == bindparam("client_id"), _PUBLISHER.c.all_schools.is_(True)
    )
    agreed = func.coalesce(own.scalar_subquery(), everybodys.scalar_subquery(), type_=Json)
    return case((closed.exists(), null()), else_=agreed)


_TOLD = Prepared(select(_listed(bindparam("school_id"))))
_TOLD_OF_PUPIL = Prepared(
    select(_listed(_PUPIL.c.school_id)).where(_PUPIL.c.id == bindparam("pupil_id"), _PUPIL.c.left_at.is_(None))
)


def told(db: Connection, school_id: str | None, client_id: str) -> frozenset[str] | None:
    """The claims that this publisher may be told about people of this school; None = they may not open it."""
    listed = _TOLD.scalar(db, school_id=school_id, client_id=client_id)
    return None if listed is None else frozenset(listed)


def told_of_pupil(db: Connection, pupil_id: str, client_id: str) -> frozenset[str] | None:
    """The same for a pupil, in one statement; None also when the pupil is not at school (any more)."""
    listed = _TOLD_OF_PUPIL.scalar(db, pupil_id=pupil_id, client_id=client_id)
    return None if listed is None else frozenset(listed)


def opened_by(db: Connection, school_id: str) -> list[tuple[str, str]]:
    """The publishers that this school's pupils may open, as (client_id, name), by name."""
    return [(one.client_id, one.name) for one in of_school(db, school_id) if one.open]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a school stands to a publisher. `asks`: what the publisher would like to be told; `told`: what it is told.

    `own`: the school decided for itself, `since` then.
    """

    client_id: str
    name: str
    asks: frozenset[str]
    told: frozenset[str]
    open: bool
    own: bool
    since: datetime | None


def of_school(db: Connection, school_id: str) -> list[Standing]:
    """Every publisher, by name."""
    mine = and_(Contract.client_id == Publisher.client_id, Contract.school_id == school_id)
    columns = (Publisher.client_id, Publisher.name, Publisher.claims, Publisher.all_schools)
    rows = db.execute(select(*columns, Contract.claims, Contract.since, Contract.closed_at).outerjoin(Contract, mine))
    found = []
    for client_id, name, asks, all_schools, claims, since, closed_at in rows:
        own = since is not None
        open_ = closed_at is None and (own or all_schools)
        told = frozenset((claims if own else asks) if open_ else ())
        found.append(Standing(client_id, name, frozenset(asks), told, open_, own, closed_at or since))
    return sorted(found, key=lambda one: (one.name.casefold(), one.client_id))


def claims_problem(claims: Iterable[str]) -> str | None:
    """What is wrong with a list of claim names, in English for whoever registers a publisher; None = nothing."""
    unknown = sorted(set(claims) - CLAIMS)
    if not unknown:
        return None
    return f"there is no claim {', '.join(unknown)}; a contract can list {', '.join(sorted(CLAIMS))}"


def store_publisher(db: Connection, client_id: str, name: str, claims: Iterable[str], all_schools: bool) -> str:
    """Add or change a publisher: "added", "changed" or "unchanged". Raises ValueError for unknown claims."""
    listed = sorted(set(claims))
    problem = claims_problem(listed)
    if problem:
        raise ValueError(problem)
    values = {"name": name, "claims": listed, "all_schools": all_schools}
    added = (
        insert_into(db, Publisher)
        .values(client_id=client_id, **values)
        .on_conflict_do_nothing(index_elements=["client_id"])
        .returning(Publisher.client_id)
    )
    if db.execute(added).first() is not None:
        return "added"
    stored = select(Publisher.name, Publisher.claims, Publisher.all_schools).where(Publisher.client_id == client_id)
    if tuple(db.execute(stored).one()) == (name, listed, all_schools):
        return "unchanged"
    db.execute(update(Publisher).where(Publisher.client_id == client_id).values(values))
    return "changed"


def agree(
    db: Connection, school_id: str, client_id: str, claims: Iterable[str], now: datetime, actor: str | None = None
) -> None:
    """A school's own contract with a publisher; it wins over what every school agreed to. Raises ValueError."""
    listed = sorted(set(claims))
    problem = claims_problem(listed)
    if problem:
        raise ValueError(problem)
    _write(db, school_id, client_id, listed, now, None)
    facts = {"client": client_id, "claims": listed}
    thing = f"school:{school_id}"
    audit.record(db, "publisher.opened", now=now, actor=actor, thing=thing, school_id=school_id, facts=facts)


def close(db: Connection, school_id: str, client_id: str, now: datetime, actor: str | None = None) -> None:
    """The school does not work with this publisher (any more), whatever every school agreed to: nobody gets in."""
    _write(db, school_id, client_id, [], now, now)
    facts = {"client": client_id}
    thing = f"school:{school_id}"
    audit.record(db, "publisher.closed", now=now, actor=actor, thing=thing, school_id=school_id, facts=facts)


def _write(
    db: Connection, school_id: str, client_id: str, claims: list[str], now: datetime, closed_at: datetime | None
) -> None:
    values = {"claims": claims, "since": now, "closed_at": closed_at}
    statement = insert_into(db, Contract).values(school_id=school_id, client_id=client_id, **values)
    changed = {name: statement.excluded[name] for name in values}
    db.execute(statement.on_conflict_do_update(index_elements=["school_id", "client_id"], set_=changed))
