"""Two clients, a few people and one clock, and a model that knows what each step must answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from idp.engine.clients.model import Client
from idp.engine.engine import Engine
from idp.engine.grants import GRANTS, GrantError, TokenRequest
from idp.engine.grants.refresh import GRACE
from idp.engine.requests import authorization, issue, parameters
from idp.engine.requests.authorization import AuthorizationRequest
from idp.engine.sessions import AGES, Started
from idp.engine.tokens.issue import REFRESH_IDLE
from idp.engine.tokens.revoke import revoke
from idp.kernel.db import Database
from idp.kernel.secrets import KeyRing, new_id
from tests.engine_parts import a_stored_client
from tests.protocol.party import VERIFIER, challenge_of

RING = KeyRing.parse(KeyRing.generate())
ACR = "urn:sleutelbos:acr:home"
START = datetime.fromisoformat("2026-09-01T08:30:00+00:00")
OFFLINE = "openid offline_access"


@dataclass(slots=True)
class People:
    """The engine's people; `gone` may not be signed in any more."""

    gone: set[str] = field(default_factory=set)

    def active(self, db: Connection, subject: str) -> bool:
        return subject not in self.gone

    def may_open(self, db: Connection, subject: str, client_id: str) -> frozenset[str] | None:
        return None if subject in self.gone else frozenset()

    def claims(self, db: Connection, subject: str, client_id: str, names: frozenset[str]) -> dict[str, Any] | None:
        return None if subject in self.gone else {}


@dataclass(slots=True, eq=False)
class Refresh:
    """A refresh token that was given out."""

    value: str
    issued_at: datetime
    used_at: datetime | None = None
    successor: "Refresh | None" = None


@dataclass(slots=True, eq=False)
class Family:
    """What came of one authorization."""

    code: str
    client_id: str
    session: Started
    offline: bool
    born: datetime
    redeemed: bool = False
    ended: bool = False
    access: list[tuple[str, datetime]] = field(default_factory=list)
    refresh: list[Refresh] = field(default_factory=list)


class World:
    """What can be done, each act with the answer that it must have."""

    database: Database

    def begin_world(self) -> None:
        """Two clients that nobody used yet."""
        self.now, self.people = START, People()
        self.engine = Engine.build("https://id.example", self.database, RING, self.people)
        self.sessions: list[Started] = []
        self.all: list[Family] = []
        self.revoked: list[str] = []
        self.signed_out: set[str] = set()
        self.disabled: set[str] = set()
        self.clients = [f"client-{new_id()}" for _ in range(2)]
        more = {"grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none"}
        with self.database.write() as db:
            for client_id in self.clients:
                a_stored_client(db, client_id, scope=OFFLINE, **more)

    def session(self, pick: int) -> Started:
        """One of the sign-ins."""
        return self.sessions[pick % len(self.sessions)]

    def family(self, pick: int) -> Family:
        """One of the families."""
        return self.all[pick % len(self.all)]

    def client(self, client_id: str) -> Client | None:
        with self.database.read() as db:
            return self.engine.registry.find(db, client_id)

    def ask(self, client_id: str, grant: str, form: Mapping[str, str]) -> dict[str, Any] | str:
        """A token request of this client; the answer, or the error's name."""
        client = self.client(client_id)
        if client is None:
            return "invalid_client"
        ours = (self.engine.tokens, self.engine.subjects, RING)
        with self.database.write() as db:
            result = GRANTS[grant](TokenRequest(db, client, form, self.now, *ours))
        return result.error if isinstance(result, GrantError) else result

    def start_session(self) -> None:
        """Somebody new signs in."""
        with self.database.write() as db:
            started = self.engine.sessions.start(db, f"pupil:{new_id()}", amr=("pwd",), acr=ACR, now=self.now)
        self.sessions.append(started)

    def ask_for_code(self, session: Started, client_id: str, offline: bool) -> Family:
        """An authorization request of this client, answered for this session as it was."""
        family = Family("", client_id, session, offline, self.now, ended=True)
        query = {
            "client_id": client_id,
            "redirect_uri": f"https://{client_id}.example/cb",
            "response_type": "code",
            "scope": OFFLINE if offline else "openid",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
        }
        with self.database.write() as db:
            login = self.engine.sessions.find(db, session.token, self.now)
            assert (login is None) == (session.login.sid in self.signed_out or self.too_old(session))
            asked = authorization.check(db, self.engine.registry, parameters.of(query.items()), self.now)
            # The session may end between the look and the code: the code is asked for with the login as it was.
            if isinstance(asked, AuthorizationRequest):
                code = issue.issue(db, asked, session.login, frozenset(), self.now)
                assert isinstance(code, str) == (session.login.sid not in self.signed_out)
                if isinstance(code, str):
                    family = Family(code, client_id, session, offline, self.now)
        self.all.append(family)
        return family

    def redeem(self, family: Family, wrong: str) -> None:
        """Present its code; `wrong`: what does not fit, if anything."""
        if not family.code:
            return
        own, other = family.client_id, next(one for one in self.clients if one != family.client_id)
        form = {
            "code": family.code,
            "redirect_uri": f"https://{own}.example/{'x' if wrong == 'redirect_uri' else 'cb'}",
            "code_verifier": VERIFIER if wrong != "verifier" else "x" * 43,
        }
        asking = other if wrong == "client" else own
        answer = self.ask(asking, "authorization_code", form)
        if asking in self.disabled:
            assert answer == "invalid_client"
            return
        fresh = self.now < family.born + timedelta(seconds=60)
        if family.redeemed or wrong or family.ended or not fresh:
            # Any one thing wrong, or a second time: no tokens, and whatever there was is dead.
            assert answer == "invalid_grant"
            family.redeemed = family.ended = True
            return
        assert isinstance(answer, dict)
        family.redeemed = True
        self._given(family, answer)

    def refresh(self, family: Family, token: Refresh) -> None:
        """Present one of its refresh tokens."""
        answer = self.ask(family.client_id, "refresh_token", {"refresh_token": token.value})
        if family.client_id in self.disabled:
            assert answer == "invalid_client"
            return
        if not self.lives(family, token):
            assert answer == "invalid_grant"
            return
        if family.session.login.subject in self.people.gone:
            assert answer == "invalid_grant"
            family.ended = True
            return
        if token.used_at is None:
            assert isinstance(answer, dict)
            token.used_at = self.now
            self._given(family, answer)
            token.successor = family.refresh[-1]
            return
        assert token.successor is not None
        if self.now - token.used_at <= GRACE and token.successor.used_at is None:
            assert isinstance(answer, dict)
            assert answer["refresh_token"] == token.successor.value
            family.access.append((answer["access_token"], self.now))
            return
        assert answer == "invalid_grant"
        family.ended = True

    def revoke_as(self, client: Client | None, value: str) -> None:
        """RFC 7009."""
        if client is not None:
            with self.database.write() as db:
                revoke(db, client, value, self.now)

    def lives(self, family: Family, token: Refresh) -> bool:
        """May this refresh token still be used, as far as time and ends go?"""
        idle = self.now < min(token.issued_at + REFRESH_IDLE, family.born + issue.FAMILY_LIFE)
        signed_in = family.session.login.sid not in self.signed_out and not self.too_old(family.session, idle=False)
        return not family.ended and idle and (family.offline or signed_in)

    def too_old(self, session: Started, *, idle: bool = True) -> bool:
        """Has the sign-in become too old, or lain idle?"""
        age = self.now - session.login.started_at
        return age > AGES[ACR].absolute or (idle and age > AGES[ACR].idle)

    def end(self, which: Callable[[Family], bool]) -> None:
        """These families are over."""
        for family in self.all:
            if which(family):
                family.ended = True

    def _given(self, family: Family, answer: Mapping[str, Any]) -> None:
        family.access.append((answer["access_token"], self.now))
        family.refresh.append(Refresh(answer["refresh_token"], self.now))
