"""A home account is forgotten because its owner asks for it: all of it, at once, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from idp.kernel import audit, outbox, transports
from idp.kernel.secrets import KeyRing
from idp.school import homes, slots
from idp.school.models import HomeVisit, Link


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What went: from how many children the address, and the engine sessions `sids` that must end."""

    children: int
    sids: Sequence[str]


def forget_home(db: Connection, keyring: KeyRing, account_id: str, now: datetime) -> Forgotten | None:
    """Slots, password, passkeys, sign-ins, links, visits and mail that waits; the audit keeps a stand-in.

    One mail still leaves, which says that it is done. None: there is no such account (any more).
    """
    account = homes.by_id(db, account_id)
    if account is None:
        return None
    outbox.withdraw_where(db, keyring, "mail", lambda mail: mail["to"] == account.address, now=now)
    visits = select(HomeVisit.sid).where(HomeVisit.home_account_id == account_id)
    sids = set(db.execute(visits).scalars())
    children = len(homes.children(db, account_id))
    sids.update(slots.empty_all(db, keyring, account_id, why="forgotten", now=now).sids)
    homes.delete_if_childless(db, keyring, account_id, now, asked=True)
    for table in (Link, HomeVisit):
        db.execute(delete(table).where(table.home_account_id == account_id))
    transports.forget_demo_mail(db, account.address)
    outbox.unname(db, containing=account_id)
    audit.pseudonymise(db, f"home:{account_id}")
    return Forgotten(children, sorted(sids))
