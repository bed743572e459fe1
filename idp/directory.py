"""The school as the engine sees it: the one place that knows both worlds.

A subject is "pupil:ID" or "staff:ID"; to the engine that is an opaque text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, literal, select

from idp.engine.clients.registry import Registry
from idp.engine.sessions import Sessions
from idp.engine.tables import GRANT, PAIRWISE_SUBJECT, SESSION
from idp.kernel.secrets import KeyRing
from idp.school import contracts, person, school_deletion
from idp.school.models import HomeAccount, Pupil, School


@dataclass(frozen=True, slots=True)
class App:
    """A publisher's app as a tile of the portal; `start` is where its own sign-in begins (OIDC Core 4)."""

    client_id: str
    name: str
    start: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """What one publisher was told about a person, and when."""

    client_id: str
    name: str
    claims: tuple[str, ...]
    at: datetime


class Directory:
    """Implements `engine.ports.Subjects`, and answers the pages that need both worlds."""

    def __init__(self, keyring: KeyRing) -> None:
        self._keyring = keyring

    def active(self, db: Connection, subject: str) -> bool:
        """Is this person still at school, or in service?"""
        kind, _, identifier = subject.partition(":")
        return person.active(db, identifier) if kind == "pupil" else person.staff_active(db, identifier)

    def may_open(self, db: Connection, subject: str, client_id: str) -> frozenset[str] | None:
        """The claims that this publisher may be told about this person; None = not to be opened."""
        kind, _, identifier = subject.partition(":")
        if kind == "pupil":
            return contracts.told_of_pupil(db, identifier, client_id)
        if not person.staff_active(db, identifier):
            return None
        return contracts.told(db, person.staff_school(db, identifier), client_id)

    def claims(self, db: Connection, subject: str, client_id: str, names: frozenset[str]) -> dict[str, Any] | None:
        """The values of those `names` that the contract lists; None = this person may not be signed in there."""
        allowed = self.may_open(db, subject, client_id)
        if allowed is None:
            return None
        kind, _, identifier = subject.partition(":")
        wanted = names & allowed
        if not wanted:
            return {}
        known = (
            person.facts(db, self._keyring, identifier) if kind == "pupil" else person.staff_facts(db, identifier)
        ) or {}
        return {name: known[name] for name in sorted(wanted) if known.get(name)}

    def apps(self, db: Connection, registry: Registry, school_id: str) -> list[App]:
        """The publishers that this school's people can open, by name."""
        found = []
        for client_id, name in contracts.opened_by(db, school_id):
            client = registry.find(db, client_id)
            if client is not None:
                found.append(App(client_id, name, client.initiate_login_uri))
        return found

    def signed_in_at(self, db: Connection, school_id: str) -> list[str]:
        """The sids of the pupils of a school who are signed in at the moment, wherever."""
        sids = (
            select(SESSION.c.sid)
            .join(Pupil, SESSION.c.subject == literal("pupil:") + Pupil.id)
            .where(Pupil.school_id == school_id, SESSION.c.ended_at.is_(None))
        )
        return list(db.execute(sids).scalars())

    def told_to(self, db: Connection, registry: Registry, subject: str) -> list[Told]:
        """Which publishers were told what about this person, the newest first, one row each."""
        latest = func.max(GRANT.c.created_at)
        newest = (
            select(GRANT.c.client_id, latest.label("at"))
            .where(GRANT.c.subject == subject, GRANT.c.code_used_at.is_not(None))
            .group_by(GRANT.c.client_id)
            .subquery()
        )
        rows = db.execute(
            select(GRANT.c.client_id, GRANT.c.told, GRANT.c.created_at)
            .join(newest, (newest.c.client_id == GRANT.c.client_id) & (newest.c.at == GRANT.c.created_at))
            .where(GRANT.c.subject == subject)
            .order_by(GRANT.c.created_at.desc())
        )
        found: dict[str, Told] = {}
        for client_id, told, at in rows:
            client = registry.find(db, client_id)
            found.setdefault(client_id, Told(client_id, client.name if client else client_id, tuple(told), at))
        return list(found.values())

    def forget(self, db: Connection, sessions: Sessions, subject: str, now: datetime) -> None:
        """End everything this person has anywhere, and drop the pseudonyms: no publisher can be matched again."""
        sessions.end_all(db, subject, "forgotten", now)
        db.execute(PAIRWISE_SUBJECT.delete().where(PAIRWISE_SUBJECT.c.subject == subject))

    def delete_school(self, db: Connection, sessions: Sessions, school_id: str, staff_id: str, now: datetime) -> bool:
        """The second operator confirms: the school goes, and everything that the engine knows of its people.

        False when nobody else asked for it, or too long ago.
        """
        gone = school_deletion.confirm(db, self._keyring, school_id, staff_id, now)
        for subject in gone.subjects if gone else ():
            self.forget(db, sessions, subject, now)
        return gone is not None

    def sizes(self, db: Connection, now: datetime) -> Mapping[str, int]:
        """How many there are of each, for the operator's measurements."""
        counts = {
            "schools": select(func.count()).select_from(School),
            "pupils": select(func.count()).select_from(Pupil).where(Pupil.left_at.is_(None)),
            "home_accounts": select(func.count()).select_from(HomeAccount),
            "sessions": select(func.count()).select_from(SESSION).where(SESSION.c.ended_at.is_(None)),
        }
        return {kind: int(db.execute(count).scalar_one()) for kind, count in counts.items()}
