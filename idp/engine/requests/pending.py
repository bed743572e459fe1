"""An authorization request that waits while somebody signs in: a row, bound to the browser that brought it."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from idp.engine.requests.parameters import Parameters
from idp.engine.tables import PendingRequest
from idp.kernel.secrets import fingerprint, random_token

LIFE = timedelta(hours=1)
"""Long enough for a parent who first has to find a mail."""

_IDENTIFIER = re.compile(r"rq_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Pending:
    """What was asked, and when; `consented_at` when somebody went on at the consent page."""

    parameters: Parameters
    created_at: datetime
    consented_at: datetime | None


def new_browser() -> str:
    """A value for the cookie that binds requests to a browser."""
    return random_token("br")


def keep(db: Connection, given: Parameters, browser: str, now: datetime) -> str:
    """Store a resolved request for this browser (the value of its binding cookie); returns the id for `continue`."""
    identifier = random_token("rq")
    db.execute(
        insert(PendingRequest).values(
            fingerprint=fingerprint(identifier),
            browser=fingerprint(browser),
            client_id=given.get("client_id") or "",
            parameters=dict(given.values),
            created_at=now,
            expires_at=now + LIFE,
            pushed=given.pushed,
            signed=given.signed,
        )
    )
    return identifier


def find(db: Connection, identifier: str, browser: str | None, now: datetime) -> Pending | None:
    """The waiting request, if it is this browser's, open and not too old (T27)."""
    if not browser or _IDENTIFIER.fullmatch(identifier) is None:
        return None
    row = db.execute(
        select(
            PendingRequest.parameters,
            PendingRequest.created_at,
            PendingRequest.consented_at,
            PendingRequest.pushed,
            PendingRequest.signed,
        ).where(
            PendingRequest.fingerprint == fingerprint(identifier),
            PendingRequest.browser == fingerprint(browser),
            PendingRequest.ended_at.is_(None),
            PendingRequest.expires_at > now,
        )
    ).first()
    if row is None:
        return None
    given = Parameters(row.parameters, pushed=row.pushed, signed=bool(row.signed))
    return Pending(given, row.created_at, row.consented_at)


def consent(db: Connection, identifier: str, now: datetime) -> None:
    """Somebody went on at the consent page."""
    db.execute(
        update(PendingRequest).where(PendingRequest.fingerprint == fingerprint(identifier)).values(consented_at=now)
    )


def end(db: Connection, identifier: str, now: datetime) -> bool:
    """The request is answered; False when it was answered before (one statement: it is answered once)."""
    statement = (
        update(PendingRequest)
        .where(PendingRequest.fingerprint == fingerprint(identifier), PendingRequest.ended_at.is_(None))
        .values(ended_at=now)
        .returning(PendingRequest.client_id)
    )
    return db.execute(statement).first() is not None
