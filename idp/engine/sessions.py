"""Somebody is signed in on one browser: start, find, end. Every logout of the product ends here.

Ages are looked at when a session is used; nothing depends on a clean-up job having run.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from idp.engine.clients.registry import Registry
from idp.engine.ports import Login
from idp.engine.tables import GRANT, SESSION
from idp.kernel.outbox import enqueue
from idp.kernel.prepared import Prepared
from idp.kernel.secrets import KeyRing, fingerprint, new_id, random_token

TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Age:
    """How long a session may lie idle, and how old it may become (ASVS 5.0 V7.3.1, V7.3.2)."""

    idle: timedelta
    absolute: timedelta


AGES = {
    "urn:sleutelbos:acr:home": Age(timedelta(hours=2), timedelta(hours=12)),
    "urn:sleutelbos:acr:home-pin": Age(timedelta(hours=2), timedelta(hours=12)),
    "urn:sleutelbos:acr:school": Age(timedelta(minutes=10), timedelta(hours=4)),
    "urn:sleutelbos:acr:school-pin": Age(timedelta(minutes=10), timedelta(hours=4)),
    "urn:sleutelbos:acr:badge": Age(timedelta(minutes=10), timedelta(hours=4)),
    "urn:sleutelbos:acr:network": Age(timedelta(hours=1), timedelta(hours=8)),
    "urn:sleutelbos:acr:staff": Age(timedelta(minutes=45), timedelta(hours=10)),
    "urn:sleutelbos:acr:staff-mfa": Age(timedelta(minutes=45), timedelta(hours=10)),
}
"""By acr: each way of signing in that there is, and how long it lasts."""


_LOGIN = select(
    SESSION.c.subject,
    SESSION.c.sid,
    SESSION.c.auth_time,
    SESSION.c.amr,
    SESSION.c.acr,
    SESSION.c.seen_at,
    SESSION.c.started_at,
).where(SESSION.c.ended_at.is_(None))
_OF_COOKIE = _LOGIN.where(SESSION.c.fingerprint == bindparam("token"))
_FIND = Prepared(_OF_COOKIE)
_HELD = Prepared(_OF_COOKIE.with_for_update(read=True))
_LIVE_OF_SUBJECT = select(SESSION.c.sid).where(SESSION.c.subject == bindparam("subject"), SESSION.c.ended_at.is_(None))
_LIVE_LOGINS = _LOGIN.where(SESSION.c.subject == bindparam("subject")).order_by(SESSION.c.started_at.desc())
# The lock: a code that is being redeemed at this moment is waited for, and its client is then told as well.
_SAW = (
    select(GRANT.c.client_id, GRANT.c.sub, GRANT.c.code_used_at).where(GRANT.c.sid == bindparam("sid"))
).with_for_update()


@dataclass(frozen=True, slots=True)
class Started:
    """A new session: `token` goes into the cookie and is kept nowhere else."""

    token: str
    login: Login


def clients_that_saw(db: Connection, sid: str) -> list[tuple[str, str]]:
    """(client_id, its sub) of every client that was told of this session, whether it has ended or not."""
    rows = db.execute(_SAW, {"sid": sid}).all()
    return sorted({(row.client_id, row.sub) for row in rows if row.code_used_at is not None})


class Sessions:
    """The sessions of all subjects."""

    def __init__(self, keyring: KeyRing, registry: Registry) -> None:
        self._keyring, self._registry = keyring, registry

    def start(
        self,
        db: Connection,
        subject: str,
        *,
        amr: Iterable[str],
        acr: str,
        now: datetime,
        auth_time: datetime | None = None,
        earlier: str | None = None,
    ) -> Started:
        """Sign `subject` in with a fresh token; the browser's `earlier` session (its cookie) ends with it."""
        if earlier:
            self.end_token(db, earlier, "replaced", now)
        login = Login(subject, new_id(), auth_time or now, tuple(amr), acr, now)
        token = random_token("se")
        db.execute(
            insert(SESSION).values(
                sid=login.sid,
                fingerprint=fingerprint(token),
                subject=subject,
                auth_time=login.auth_time,
                amr=" ".join(login.amr),
                acr=acr,
                seen_at=now,
                started_at=now,
            )
        )
        return Started(token, login)

    def find(self, db: Connection, token: str | None, now: datetime, *, hold: bool = False) -> Login | None:
        """Who is signed in under this cookie; None when nobody is, or not any more.

        `hold`: whoever ends this session waits for our transaction, and then finds what we made of it.
        """
        if not token:
            return None
        row = (_HELD if hold else _FIND).first(db, token=fingerprint(token))
        if row is None:
            return None
        age = AGES[row.acr]
        if now - row.seen_at > age.idle or now - row.started_at > age.absolute:
            return None
        return Login(row.subject, row.sid, row.auth_time, tuple(row.amr.split()), row.acr, row.started_at, row.seen_at)

    @staticmethod
    def stale(login: Login, now: datetime) -> bool:
        """Is its last use longer ago than a minute? Asked before `touch`: most pages need not write."""
        return login.seen_at is not None and login.seen_at < now - TOUCH_EVERY

    def touch(self, db: Connection, token: str, now: datetime) -> None:
        """It was used just now; written down at most once a minute."""
        db.execute(
            update(SESSION)
            .where(
                SESSION.c.fingerprint == fingerprint(token),
                SESSION.c.ended_at.is_(None),
                SESSION.c.seen_at < now - TOUCH_EVERY,
            )
            .values(seen_at=now)
        )

    def renew(
        self, db: Connection, token: str, *, amr: Iterable[str], acr: str, auth_time: datetime, now: datetime
    ) -> str | None:
        """The same person showed again who they are: a fresh token for the same session (ASVS 5.0 V7.2.4).

        The token before is worth nothing from here on; publishers notice nothing. None when the session has ended.
        """
        fresh = random_token("se")
        live = update(SESSION).where(SESSION.c.fingerprint == fingerprint(token), SESSION.c.ended_at.is_(None))
        shown = {"auth_time": auth_time, "amr": " ".join(amr), "acr": acr, "seen_at": now}
        renewed = db.execute(live.values(fingerprint=fingerprint(fresh), **shown)).rowcount == 1
        return fresh if renewed else None

    def live(self, db: Connection, subject: str, now: datetime) -> list[Login]:
        """Where this subject is signed in, the newest first."""
        rows = db.execute(_LIVE_LOGINS, {"subject": subject}).all()
        return [
            Login(row.subject, row.sid, row.auth_time, tuple(row.amr.split()), row.acr, row.started_at, row.seen_at)
            for row in rows
            if now - row.seen_at <= AGES[row.acr].idle and now - row.started_at <= AGES[row.acr].absolute
        ]

    def end_token(self, db: Connection, token: str, why: str, now: datetime) -> str | None:
        """End the session of this cookie; its sid, or None when there was none, or none any more."""
        sid = db.execute(select(SESSION.c.sid).where(SESSION.c.fingerprint == fingerprint(token))).scalar()
        return str(sid) if sid is not None and self.end(db, sid, why, now) else None

    def end(self, db: Connection, sid: str, why: str, now: datetime, *, offline: bool = False) -> bool:
        """End one session: its tokens die, and every client that saw it is told. False when it had ended before.

        `offline`: end also what was to outlive the sign-in (access was taken away, not merely signed out).
        """
        ended = db.execute(
            update(SESSION)
            .where(SESSION.c.sid == sid, SESSION.c.ended_at.is_(None))
            .values(ended_at=now, end_reason=why)
            .returning(SESSION.c.sid)
        ).first()
        if ended is not None:
            self._tell_clients(db, sid, now)
        mine = update(GRANT).where(GRANT.c.sid == sid, GRANT.c.ended_at.is_(None))
        # A code that nobody has redeemed yet is no access that could outlive the sign-in.
        bound = or_(GRANT.c.offline.is_(False), GRANT.c.code_used_at.is_(None))
        db.execute((mine if offline else mine.where(bound)).values(ended_at=now))
        return ended is not None

    def end_all(self, db: Connection, subject: str, why: str, now: datetime) -> None:
        """End everything that this subject has anywhere, offline access included."""
        for sid in db.execute(_LIVE_OF_SUBJECT, {"subject": subject}).scalars().all():
            self.end(db, sid, why, now)
        db.execute(update(GRANT).where(GRANT.c.subject == subject, GRANT.c.ended_at.is_(None)).values(ended_at=now))

    def _tell_clients(self, db: Connection, sid: str, now: datetime) -> None:
        """One outbox row per client that saw this sid (OIDC Back-Channel Logout 2.5)."""
        for client_id, sub in clients_that_saw(db, sid):
            client = self._registry.find(db, client_id)
            if client is None or client.backchannel_logout_uri is None:
                continue
            payload = {"client_id": client_id, "sub": sub, "sid": sid}
            about, once = f"client:{client_id}"[:100], f"logout:{sid}:{client_id}"[:200]
            enqueue(db, self._keyring, "backchannel_logout", payload, now=now, ref=about, once=once)
