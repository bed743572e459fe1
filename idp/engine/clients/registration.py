"""Store a client's metadata, one version after the other; change its secret; take it out."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, update

from idp.engine.tables import ACCESS_TOKEN, CLIENT, GRANT, PAIRWISE_SUBJECT, PROTECTED_RESOURCE
from idp.kernel.db import insert_into
from idp.kernel.secrets import fingerprint, random_token

BOTH_SECRETS = timedelta(days=7)
"""How long the old secret works beside a new one."""


class TakenError(Exception):
    """Another client serves this resource already."""


def store(
    db: Connection,
    client_id: str,
    registration: Mapping[str, Any],
    *,
    profile: str,
    secret: str | None,
    now: datetime,
) -> str:
    """Insert or replace; returns "added", "changed" or "unchanged". `registration` has passed `metadata.check`.

    Raises TakenError.
    """
    mark = fingerprint(secret) if secret else None
    values: dict[str, Any] = {"registration": dict(registration), "profile": profile, "disabled_at": None}
    columns = (CLIENT.c.registration, CLIENT.c.profile, CLIENT.c.disabled_at)
    secrets = (CLIENT.c.secret_fingerprint, CLIENT.c.old_secret_fingerprint)
    new = values | {"secret_fingerprint": mark, "version": 1, "created_at": now, "updated_at": now}
    made = insert_into(db, CLIENT).values(id=client_id, **new).on_conflict_do_nothing().returning(CLIENT.c.id)
    if db.execute(made).first() is not None:
        _serve(db, client_id, registration["protected_resources"])
        return "added"
    row = db.execute(select(*columns, *secrets).where(CLIENT.c.id == client_id)).mappings().one()
    if mark is None or mark not in (row["secret_fingerprint"], row["old_secret_fingerprint"]):
        # A file that still holds the old secret does not undo a change that is under way.
        values |= {"secret_fingerprint": mark, "old_secret_fingerprint": None}
    if all(row[name] == value for name, value in values.items()):
        return "unchanged"
    db.execute(update(CLIENT).where(CLIENT.c.id == client_id).values(_next(now) | values))
    _serve(db, client_id, registration["protected_resources"])
    return "changed"


def rotate_secret(
    db: Connection, client_id: str, now: datetime, both: timedelta = BOTH_SECRETS, *, seen: bytes | None = None
) -> str | None:
    """A new secret, shown once; the one before works for `both` longer. None when the client has no secret.

    `seen`: the fingerprint of the secret that is to be followed up; None too when it is not the newest any more.
    """
    secret = random_token("cs")
    newest = CLIENT.c.secret_fingerprint
    statement = (
        update(CLIENT)
        .where(CLIENT.c.id == client_id, newest.is_not(None) if seen is None else newest == seen)
        .values(
            _next(now)
            | {
                "secret_fingerprint": fingerprint(secret),
                "old_secret_fingerprint": CLIENT.c.secret_fingerprint,
                "old_secret_until": now + both,
            }
        )
        .returning(CLIENT.c.id)
    )
    return secret if db.execute(statement).first() is not None else None


def disable(db: Connection, client_id: str, now: datetime) -> bool:
    """Refuse this client from now on, and end what it has: it begins anew if it ever comes back. False when unknown."""
    statement = (
        update(CLIENT).where(CLIENT.c.id == client_id).values(_next(now) | {"disabled_at": now}).returning(CLIENT.c.id)
    )
    if db.execute(statement).first() is None:
        return False
    _end_tokens(db, client_id, now)
    return True


def remove(db: Connection, client_id: str, now: datetime) -> bool:
    """Forget a client (RFC 7592 2.3): its grants end, its tokens die, its own pseudonyms go. False when unknown."""
    if db.execute(delete(CLIENT).where(CLIENT.c.id == client_id).returning(CLIENT.c.id)).first() is None:
        return False
    _end_tokens(db, client_id, now)
    db.execute(delete(PAIRWISE_SUBJECT).where(PAIRWISE_SUBJECT.c.sector == f"client:{client_id}"))
    return True


def _end_tokens(db: Connection, client_id: str, now: datetime) -> None:
    db.execute(update(GRANT).where(GRANT.c.client_id == client_id, GRANT.c.ended_at.is_(None)).values(ended_at=now))
    own = update(ACCESS_TOKEN).where(ACCESS_TOKEN.c.client_id == client_id, ACCESS_TOKEN.c.revoked_at.is_(None))
    db.execute(own.values(revoked_at=now))


def _serve(db: Connection, client_id: str, resources: Iterable[str]) -> None:
    """Write down which resources this client serves, so that a token for one finds its server."""
    table = PROTECTED_RESOURCE
    db.execute(delete(table).where(table.c.client_id == client_id))
    for uri in dict.fromkeys(resources):
        served = insert_into(db, table).values(uri=uri, client_id=client_id).on_conflict_do_nothing()
        if db.execute(served.returning(table.c.uri)).first() is None:
            raise TakenError(uri)


def _next(now: datetime) -> dict[str, Any]:
    return {"version": CLIENT.c.version + 1, "updated_at": now}
