"""The school as the engine sees it: the one place that knows both worlds.

A subject is "pupil:ID" or "staff:ID"; to the engine that is an opaque text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, literal, select

from idp.engine import subjects
from idp.engine.clients.registry import Registry
from idp.engine.sessions import Sessions
from idp.engine.tables import GRANT, SESSION
from idp.kernel import audit, outbox
from idp.kernel.secrets import KeyRing
from idp.kernel.worker import Chore
from idp.school import contracts, dossier, former_staff, invitations, person, school_deletion
from idp.school.models import HomeAccount, Pupil, School
from idp.school.roster import merge
from idp.school.roster.merge import Merge, Unmerged

DEPARTED = timedelta(days=365)
"""A child who comes back within a year (abroad, a mistake in the roster) finds their work at the publishers again."""

FORMER = timedelta(days=365)
"""Somebody who comes back to work here within a year (a leave, a mistake in the roster) is the same person."""

AT_ONCE = 10
"""People erased in one transaction: other writers wait for it."""


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

    def export(self, db: Connection, registry: Registry, pupil_id: str) -> dict[str, Any] | None:
        """All data about one child, as JSON; None when there is no such pupil."""
        known = dossier.export(db, self._keyring, pupil_id)
        if known is None:
            return None
        subject = f"pupil:{pupil_id}"
        engine = subjects.export(db, subject)
        for one in engine["told"]:
            client = registry.find(db, one["client_id"])
            one["name"] = client.name if client else one["client_id"]
        events = [
            {"at": at.isoformat(), "act": act, "actor": actor, "thing": thing, "facts": facts}
            for at, act, actor, thing, facts in audit.of_subject(db, subject, known["school"]["id"])
        ]
        return known | engine | {"audit": events}

    def erase(
        self, db: Connection, sessions: Sessions, pupil_id: str, now: datetime, *, actor: str | None, why: str
    ) -> bool:
        """Erase one child from school, engine and outbox; the audit keeps a random stand-in. False: no such pupil.

        Publishers that had a session are told that it ended; their pseudonyms match nobody any more.
        """
        subject = f"pupil:{pupil_id}"
        school_id = db.execute(select(Pupil.school_id).where(Pupil.id == pupil_id)).scalar()
        slot_ids = dossier.erase(db, self._keyring, pupil_id, now)
        if slot_ids is None:
            return False
        traces = subjects.erase(db, sessions, subject, now)
        keys = [*traces.logout_keys, *(f"second_home:{slot_id}" for slot_id in slot_ids)]
        outbox.unname(db, containing=pupil_id, once=keys, refs=[f"slot:{slot_id}" for slot_id in slot_ids])
        audit.record(db, "pupil.erased", now=now, actor=actor, thing=subject, school_id=school_id, facts={"why": why})
        audit.pseudonymise(db, subject, [*slot_ids, *traces.sids, *traces.subs], school_id)
        return True

    def departed(self, sessions: Sessions) -> Chore:
        """Erases the children who left longer ago than DEPARTED: AT_ONCE of them, the rest at the next turn."""

        def erase_departed(db: Connection, now: datetime) -> None:
            gone = select(Pupil.id).where(Pupil.left_at < now - DEPARTED).order_by(Pupil.left_at).limit(AT_ONCE)
            for pupil_id in db.execute(gone).scalars().all():
                self.erase(db, sessions, pupil_id, now, actor="program", why="departed")

        return erase_departed

    def erase_staff(self, db: Connection, sessions: Sessions, staff_id: str, now: datetime) -> bool:
        """Erase one former member of staff from school, engine and outbox; the audit keeps a random stand-in.

        False: they serve, or there is nobody of that id.
        """
        known = former_staff.erase(db, staff_id)
        if known is None:
            return False
        address, school_id = known
        subject = f"staff:{staff_id}"
        traces = subjects.erase(db, sessions, subject, now)
        outbox.withdraw_where(db, self._keyring, "mail", lambda mail: mail["to"] == address, now=now)
        outbox.unname(db, containing=staff_id, once=traces.logout_keys, refs=[invitations.ref(staff_id)])
        audit.record(db, "staff.erased", now=now, actor="program", thing=subject, school_id=school_id)
        audit.pseudonymise(db, subject, [*traces.sids, *traces.subs], school_id)
        return True

    def former(self, sessions: Sessions) -> Chore:
        """Erases the staff whose service ended longer ago than FORMER; in the same measure as `departed`."""

        def erase_former(db: Connection, now: datetime) -> None:
            for staff_id in former_staff.left_before(db, now - FORMER, AT_ONCE):
                self.erase_staff(db, sessions, staff_id, now)

        return erase_former

    def forget(self, db: Connection, sessions: Sessions, subject: str, now: datetime) -> None:
        """End and erase everything that the engine has of this person: no publisher can be matched again."""
        subjects.erase(db, sessions, subject, now)

    def delete_school(self, db: Connection, sessions: Sessions, school_id: str, staff_id: str, now: datetime) -> bool:
        """The second operator confirms: the school goes, and everything that the engine knows of its people.

        False when nobody else asked for it, or too long ago.
        """
        gone = school_deletion.confirm(db, self._keyring, school_id, staff_id, now)
        if gone is None:
            return False
        ids = list(gone.slot_ids)
        for subject in gone.subjects:
            traces = subjects.erase(db, sessions, subject, now)
            ids += [*traces.sids, *traces.subs]
        outbox.unname_all(db, [*ids, *(subject.partition(":")[2] for subject in gone.subjects)])
        audit.pseudonymise_school(db, school_id, gone.subjects, ids)
        return True

    def merge_schools(
        self, db: Connection, sessions: Sessions, made: Merge, confirmed: Iterable[str], actor: str, now: datetime
    ) -> Merge | Unmerged:
        """`roster.merge.apply`; pupils who came in in a way that is over sign in again."""
        signed_in = self.signed_in_at(db, made.gone) if made.other_way else []
        done = merge.apply(db, made, confirmed=confirmed, actor=actor, now=now)
        for sid in signed_in if isinstance(done, Merge) else ():
            sessions.end(db, sid, "network_changed", now, offline=True)
        return done

    def sizes(self, db: Connection, now: datetime) -> Mapping[str, int]:
        """How many there are of each, for the operator's measurements."""
        counts = {
            "schools": select(func.count()).select_from(School),
            "pupils": select(func.count()).select_from(Pupil).where(Pupil.left_at.is_(None)),
            "home_accounts": select(func.count()).select_from(HomeAccount),
            "sessions": select(func.count()).select_from(SESSION).where(SESSION.c.ended_at.is_(None)),
        }
        return {kind: int(db.execute(count).scalar_one()) for kind, count in counts.items()}
