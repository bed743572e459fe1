"""All that the engine knows of one subject: to be handed over, or to be erased."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from idp.engine.sessions import Sessions, clients_that_saw
from idp.engine.tables import ACCESS_TOKEN, DEVICE_REQUEST, GRANT, PAIRWISE_SUBJECT, REFRESH_TOKEN, SESSION
from idp.engine.upstream.tables import LINK


@dataclass(frozen=True, slots=True)
class Traces:
    """What named an erased subject elsewhere: its sessions, its pseudonyms, and the keys of logout calls."""

    sids: list[str]
    subs: list[str]
    logout_keys: list[str]


def export(db: Connection, subject: str) -> dict[str, Any]:
    """Sign-ins, what each client was told and when, and the pseudonyms, as JSON. No token and no secret."""
    sessions = select(SESSION).where(SESSION.c.subject == subject).order_by(SESSION.c.started_at)
    grants = (
        select(GRANT.c.client_id, GRANT.c.sub, GRANT.c.scope, GRANT.c.told, GRANT.c.created_at)
        .where(GRANT.c.subject == subject, GRANT.c.code_used_at.is_not(None))
        .order_by(GRANT.c.created_at)
    )
    mine = select(SESSION.c.sid).where(SESSION.c.subject == subject)
    upstream = select(LINK).where(LINK.c.sid.in_(mine)).order_by(LINK.c.started_at)
    names = select(PAIRWISE_SUBJECT.c.sector, PAIRWISE_SUBJECT.c.sub).where(PAIRWISE_SUBJECT.c.subject == subject)
    return {
        "sign_ins": [
            {
                "id": row.sid,
                "started_at": row.started_at.isoformat(),
                "how": row.acr,
                "amr": row.amr.split(),
                "last_seen_at": row.seen_at.isoformat(),
                "ended_at": row.ended_at.isoformat() if row.ended_at else None,
                "ended_because": row.end_reason,
            }
            for row in db.execute(sessions)
        ],
        "told": [
            {
                "client_id": row.client_id,
                "sub": row.sub,
                "scope": row.scope.split(),
                "claims": list(row.told),
                "at": row.created_at.isoformat(),
            }
            for row in db.execute(grants)
        ],
        "network_sign_ins": [
            {"id": row.sid, "network": row.slug, "known_there_as": row.sub, "at": row.started_at.isoformat()}
            for row in db.execute(upstream)
        ],
        "pseudonyms": [{"sector": row.sector, "sub": row.sub} for row in db.execute(names.order_by("sector"))],
    }


def erase(db: Connection, sessions: Sessions, subject: str, now: datetime) -> Traces:
    """End everything (every client that saw a session is still told), then take every row away."""
    sessions.end_all(db, subject, "forgotten", now)
    mine = select(GRANT.c.id).where(GRANT.c.subject == subject)
    sids = set(db.execute(select(SESSION.c.sid).where(SESSION.c.subject == subject)).scalars())
    sids.update(db.execute(select(GRANT.c.sid).where(GRANT.c.subject == subject)).scalars())
    keys = [f"logout:{sid}:{client_id}"[:200] for sid in sids for client_id, _sub in clients_that_saw(db, sid)]
    subs = set(db.execute(select(GRANT.c.sub).where(GRANT.c.subject == subject)).scalars())
    subs.update(db.execute(select(PAIRWISE_SUBJECT.c.sub).where(PAIRWISE_SUBJECT.c.subject == subject)).scalars())
    for table in (ACCESS_TOKEN, REFRESH_TOKEN, DEVICE_REQUEST):
        db.execute(delete(table).where(table.c.grant_id.in_(mine)))
    db.execute(delete(LINK).where(LINK.c.sid.in_(sids)))
    for table in (GRANT, SESSION, PAIRWISE_SUBJECT):
        db.execute(delete(table).where(table.c.subject == subject))
    return Traces(sorted(sids), sorted(subs), keys)
