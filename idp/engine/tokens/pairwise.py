"""Who a subject is to one client: a pseudonym per sector (OIDC Core 8.1); random and stored: it can be erased."""

from sqlalchemy import Connection, bindparam, select

from idp.engine.clients.model import Client
from idp.engine.tables import PAIRWISE_SUBJECT
from idp.kernel.db import insert_into
from idp.kernel.prepared import Prepared
from idp.kernel.secrets import new_id

PUBLIC_SECTOR = "public"
"""The sector that all clients with subject_type public share."""

_FIND = Prepared(
    select(PAIRWISE_SUBJECT.c.sub).where(
        PAIRWISE_SUBJECT.c.sector == bindparam("sector"), PAIRWISE_SUBJECT.c.subject == bindparam("subject")
    )
)


def known_sub(db: Connection, client: Client, subject: str) -> str | None:
    """The `sub` of `subject` at `client`; None when they have not met yet."""
    found = _FIND.scalar(db, **_key(client, subject))
    return str(found) if found is not None else None


def sub_for(db: Connection, client: Client, subject: str) -> str:
    """The `sub` of `subject` at `client`, made at the first meeting. "p." keeps it apart from every client_id."""
    found = known_sub(db, client, subject)
    if found is not None:
        return found
    key = _key(client, subject)
    db.execute(insert_into(db, PAIRWISE_SUBJECT).values(sub=f"p.{new_id()}", **key).on_conflict_do_nothing())
    return str(_FIND.one(db, **key).sub)


def _key(client: Client, subject: str) -> dict[str, str]:
    return {"sector": client.sector if client.subject_type == "pairwise" else PUBLIC_SECTOR, "subject": subject}
