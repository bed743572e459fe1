"""Which school opens which publisher, and which claims that publisher may be told."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Select, Table, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from idp.kernel.db import Json
from idp.school.models import Contract, Publisher, Pupil

CLAIMS = frozenset({"given_name", "name", "locale", "family_name", "school", "group", "eck_id", "role"})
"""All that a contract can list. `sub`, the pseudonym, is the engine's and is told without listing."""

# Asked at every sign-in and at userinfo: statements on plain tables, made once.
_CONTRACT = cast(Table, Contract.__table__)
_PUBLISHER = cast(Table, Publisher.__table__)
_PUPIL = cast(Table, Pupil.__table__)


def _listed(school_id: ColumnElement[Any]) -> ColumnElement[Any]:
    """The claims of the school's own contract, or else those that every school agreed to; NULL = closed."""
    own = select(_CONTRACT.c.claims).where(
        _CONTRACT.c.school_id == school_id, _CONTRACT.c.client_id == bindparam("client_id")
    )
    everybodys = select(_PUBLISHER.c.claims).where(
        _PUBLISHER.c.client_id == bindparam("client_id"), _PUBLISHER.c.all_schools.is_(True)
    )
    return func.coalesce(own.scalar_subquery(), everybodys.scalar_subquery(), type_=Json)


_TOLD: Select[Any] = select(_listed(bindparam("school_id")))
_TOLD_OF_PUPIL: Select[Any] = select(_listed(_PUPIL.c.school_id)).where(
    _PUPIL.c.id == bindparam("pupil_id"), _PUPIL.c.left_at.is_(None)
)


def told(db: Connection, school_id: str | None, client_id: str) -> frozenset[str] | None:
    """The claims that this publisher may be told about people of this school; None = they may not open it."""
    listed = db.execute(_TOLD, {"school_id": school_id, "client_id": client_id}).scalar()
    return None if listed is None else frozenset(listed)


def told_of_pupil(db: Connection, pupil_id: str, client_id: str) -> frozenset[str] | None:
    """The same for a pupil, in one statement; None also when the pupil is not at school (any more)."""
    listed = db.execute(_TOLD_OF_PUPIL, {"pupil_id": pupil_id, "client_id": client_id}).scalar()
    return None if listed is None else frozenset(listed)


def opened_by(db: Connection, school_id: str) -> list[tuple[str, str]]:
    """The publishers that this school's pupils may open, as (client_id, name), by name."""
    own = select(Contract.client_id).where(Contract.school_id == school_id)
    rows = db.execute(
        select(Publisher.client_id, Publisher.name).where(
            or_(Publisher.all_schools.is_(True), Publisher.client_id.in_(own))
        )
    )
    return sorted(((row[0], row[1]) for row in rows), key=lambda row: (row[1].casefold(), row[0]))


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
    insert = sqlite_insert if db.dialect.name == "sqlite" else postgresql_insert
    added = (
        insert(Publisher)
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


def agree(db: Connection, school_id: str, client_id: str, claims: Iterable[str], now: datetime) -> None:
    """A school's own contract with a publisher; it wins over what every school agreed to. Raises ValueError."""
    listed = sorted(set(claims))
    problem = claims_problem(listed)
    if problem:
        raise ValueError(problem)
    insert = sqlite_insert if db.dialect.name == "sqlite" else postgresql_insert
    statement = insert(Contract).values(school_id=school_id, client_id=client_id, claims=listed, since=now)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["school_id", "client_id"], set_={"claims": statement.excluded.claims}
        )
    )
