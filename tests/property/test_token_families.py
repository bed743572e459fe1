"""Whatever is done in whatever order: a code yields at most one living family, and nothing lives after its end.

The model knows what each step must answer; after every step, everything that was ever given out is looked at again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, func, select

from idp.engine import keys
from idp.engine.clients import registration
from idp.engine.clients.model import Client
from idp.engine.engine import Engine
from idp.engine.grants import GRANTS, GrantError, TokenRequest
from idp.engine.grants.refresh import GRACE
from idp.engine.requests import authorization, issue, parameters
from idp.engine.requests.authorization import AuthorizationRequest
from idp.engine.sessions import AGES, Started
from idp.engine.tables import GRANT, REFRESH_TOKEN
from idp.engine.tokens.issue import ACCESS_TOKEN_LIFE, REFRESH_IDLE
from idp.engine.tokens.lookup import REFRESH, family_lives, living
from idp.engine.tokens.revoke import revoke
from idp.kernel.db import Database
from idp.kernel.secrets import KeyRing, fingerprint, new_id
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


rare = precondition(lambda self: self.steps % 3 == 0)


class Families(RuleBasedStateMachine):
    """Two clients, a few people, one clock."""

    database: Database
    families: Bundle[Family] = Bundle("families")
    sessions: Bundle[Started] = Bundle("sessions")

    @initialize()
    def begin(self) -> None:
        self.now, self.people = START, People()
        self.engine = Engine.build("https://id.example", self.database, RING, self.people)
        self.sign_ins = self.steps = 0
        self.all: list[Family] = []
        self.revoked: list[str] = []
        self.signed_out: set[str] = set()
        self.disabled: set[str] = set()
        self.clients = [f"client-{new_id()}" for _ in range(2)]
        more = {"grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": "none"}
        with self.database.write() as db:
            for client_id in self.clients:
                a_stored_client(db, client_id, scope=OFFLINE, **more)

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

    # What the world does. Few people and few families, so that much happens to each; ends are rare.

    @precondition(lambda self: self.sign_ins < 2)
    @rule(target=sessions)
    def sign_in(self) -> Started:
        self.sign_ins += 1
        with self.database.write() as db:
            return self.engine.sessions.start(db, f"pupil:{new_id()}", amr=("pwd",), acr=ACR, now=self.now)

    @precondition(lambda self: len(self.all) < 3)
    @rule(target=families, session=sessions, which=st.integers(0, 1), offline=st.booleans(), at_once=st.booleans())
    def authorize(self, session: Started, which: int, offline: bool, at_once: bool) -> Family:
        client_id = self.clients[which]
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
            assert (login is None) == (session.login.sid in self.signed_out or self._too_old(session))
            asked = authorization.check(db, self.engine.registry, parameters.of(query.items()), self.now)
            # The session may end between the look and the code: the code is asked for with the login as it was.
            if isinstance(asked, AuthorizationRequest):
                code = issue.issue(db, asked, session.login, frozenset(), self.now)
                assert isinstance(code, str) == (session.login.sid not in self.signed_out)
                if isinstance(code, str):
                    family = Family(code, client_id, session, offline, self.now)
        self.all.append(family)
        if at_once:
            self.redeem(family, "")
        return family

    @rule(family=families, wrong=st.sampled_from(["", "", "", "client", "verifier", "redirect_uri"]))
    def present_the_code(self, family: Family, wrong: str) -> None:
        self.redeem(family, wrong)

    def redeem(self, family: Family, wrong: str) -> None:
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

    @rule(family=families)
    def refresh_with_the_newest(self, family: Family) -> None:
        if family.refresh:
            self.refresh(family, family.refresh[-1])

    @rule(family=families, choice=st.integers(1, 3))
    def refresh_with_an_older_one(self, family: Family, choice: int) -> None:
        if len(family.refresh) > choice:
            self.refresh(family, family.refresh[-1 - choice])

    def refresh(self, family: Family, token: Refresh) -> None:
        answer = self.ask(family.client_id, "refresh_token", {"refresh_token": token.value})
        if family.client_id in self.disabled:
            assert answer == "invalid_client"
            return
        if not self._lives(family, token):
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

    @rare
    @rule(family=families, choice=st.integers(0, 5), what=st.sampled_from(["access", "refresh"]), own=st.booleans())
    def revoke(self, family: Family, choice: int, what: str, own: bool) -> None:
        given = family.access if what == "access" else family.refresh
        asking = self.client(family.client_id if own else next(c for c in self.clients if c != family.client_id))
        if not given or asking is None:
            return
        if what == "access":
            token = family.access[choice % len(family.access)]
            value = token[0]
            if own:
                family.access.remove(token)
                self.revoked.append(value)
        else:
            value = family.refresh[choice % len(family.refresh)].value
            family.ended = family.ended or own
        with self.database.write() as db:
            revoke(db, asking, value, self.now)

    @rare
    @rule(session=sessions, lost=st.booleans())
    def sign_out(self, session: Started, lost: bool) -> None:
        with self.database.write() as db:
            ended = self.engine.sessions.end(db, session.login.sid, "test", self.now, offline=lost)
        assert ended == (session.login.sid not in self.signed_out)
        self.signed_out.add(session.login.sid)
        if ended:
            self._end(lambda f: f.session is session and (lost or not f.offline or not f.redeemed))

    @rare
    @rule(session=sessions)
    def end_everything_of_somebody(self, session: Started) -> None:
        with self.database.write() as db:
            self.engine.sessions.end_all(db, session.login.subject, "test", self.now)
        self.signed_out.add(session.login.sid)
        self._end(lambda f: f.session is session)

    @rule(session=sessions, back=st.booleans())
    def somebody_leaves_or_comes_back(self, session: Started, back: bool) -> None:
        (self.people.gone.discard if back else self.people.gone.add)(session.login.subject)

    @rare
    @rule(which=st.integers(0, 1))
    def disable(self, which: int) -> None:
        client_id = self.clients[which]
        with self.database.write() as db:
            registration.disable(db, client_id, self.now)
        self.disabled.add(client_id)
        self._end(lambda f: f.client_id == client_id)

    @rule(seconds=st.sampled_from([1, 9, 11]))
    def seconds_pass(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rare
    @rule(seconds=st.sampled_from([59, 61, 601, 3600, 12 * 3600, 13 * 86400, 15 * 86400, 100 * 86400]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    # What must always hold.

    @invariant()
    def count(self) -> None:
        self.steps += 1

    @invariant()
    def nothing_lives_that_should_not_and_everything_that_should(self) -> None:
        with self.database.read() as db:
            for family in self.all:
                for value, issued_at in family.access:
                    expected = not family.ended and self.now < issued_at + ACCESS_TOKEN_LIFE
                    assert (living(db, value, self.now) is not None) == expected
                for token in family.refresh:
                    row = db.execute(REFRESH, {"presented": fingerprint(token.value)}).one()
                    assert family_lives(row, self.now) == self._lives(family, token)
            for value in self.revoked:
                assert living(db, value, self.now) is None

    @invariant()
    def a_code_has_one_family_and_a_family_one_branch(self) -> None:
        with self.database.read() as db:
            for family in self.all:
                if not family.code:
                    continue
                grant = db.execute(select(GRANT.c.id).where(GRANT.c.code == fingerprint(family.code))).scalars().all()
                assert len(grant) == 1
                unused = (REFRESH_TOKEN.c.grant_id == grant[0]) & REFRESH_TOKEN.c.used_at.is_(None)
                assert db.execute(select(func.count()).select_from(REFRESH_TOKEN).where(unused)).scalar_one() <= 1

    def _given(self, family: Family, answer: Mapping[str, Any]) -> None:
        family.access.append((answer["access_token"], self.now))
        family.refresh.append(Refresh(answer["refresh_token"], self.now))

    def _lives(self, family: Family, token: Refresh) -> bool:
        idle = self.now < min(token.issued_at + REFRESH_IDLE, family.born + issue.FAMILY_LIFE)
        signed_in = family.session.login.sid not in self.signed_out and not self._too_old(family.session, idle=False)
        return not family.ended and idle and (family.offline or signed_in)

    def _too_old(self, session: Started, *, idle: bool = True) -> bool:
        age = self.now - session.login.started_at
        return age > AGES[ACR].absolute or (idle and age > AGES[ACR].idle)

    def _end(self, which: Any) -> None:
        for family in self.all:
            if which(family):
                family.ended = True


def test_token_families(database: Database) -> None:
    with database.write() as db:
        keys.ensure(db, RING, START)

    class Machine(Families):
        pass

    Machine.database = database
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=100 if database.sqlite else 30,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
