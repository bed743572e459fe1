"""Whatever is done in whatever order: a code yields at most one living family, and nothing lives after its end.

The model knows what each step must answer; after every step, everything that was ever given out is looked at again.
"""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from idp.engine import keys
from idp.engine.clients import registration
from idp.engine.tables import GRANT, REFRESH_TOKEN
from idp.engine.tokens.issue import ACCESS_TOKEN_LIFE
from idp.engine.tokens.lookup import REFRESH, family_lives, living
from idp.kernel.db import Database
from idp.kernel.secrets import fingerprint
from tests.property.token_world import RING, START, World

PICK = st.integers(0, 11)
THEN = st.sampled_from(["", "", "again", "next, again", "wait, again"])
rare = precondition(lambda self: self.steps % 5 == 4)


class Families(World, RuleBasedStateMachine):
    """Few people and few families, so that much happens to each; ends are rare."""

    @initialize()
    def begin(self) -> None:
        self.begin_world()
        self.steps = 0
        self.sign_in()
        for offline in (True, False):
            self.authorize(0, 0, offline, at_once=True)

    @precondition(lambda self: len(self.sessions) < 2)
    @rule()
    def sign_in(self) -> None:
        self.start_session()

    @precondition(lambda self: len(self.all) < 4)
    @rule(who=PICK, which=st.integers(0, 1), offline=st.booleans(), at_once=st.booleans())
    def authorize(self, who: int, which: int, offline: bool, at_once: bool) -> None:
        family = self.ask_for_code(self.session(who), self.clients[which], offline)
        if at_once:
            self.redeem(family, "")

    @rule(which=PICK, wrong=st.sampled_from(["", "", "", "client", "verifier", "redirect_uri"]))
    def present_a_code(self, which: int, wrong: str) -> None:
        self.redeem(self.family(which), wrong)

    @rule(which=PICK, older=st.sampled_from([0, 0, 0, 1, 1, 2, 3]), then=THEN)
    def use_a_refresh_token(self, which: int, older: int, then: str) -> None:
        family = self.family(which)
        if len(family.refresh) <= older:
            return
        token = family.refresh[-1 - older]
        self.refresh(family, token)
        if "next" in then:
            self.refresh(family, family.refresh[-1])
        if "wait" in then:
            self.seconds_pass(11)
        if "again" in then:
            self.refresh(family, token)

    @rare
    @rule(which=PICK, choice=PICK, what=st.sampled_from(["access", "refresh"]), own=st.booleans())
    def revoke(self, which: int, choice: int, what: str, own: bool) -> None:
        family = self.family(which)
        mine, other = (self.client(one) for one in sorted(self.clients, key=lambda one: one != family.client_id))
        given = [value for value, _ in family.access] if what == "access" else [one.value for one in family.refresh]
        if not given:
            return
        value = given[choice % len(given)]
        self.revoke_as(other, value)
        self.nothing_lives_that_should_not_and_everything_that_should()
        if own and mine is not None:
            self.revoke_as(mine, value)
            family.access = [one for one in family.access if one[0] != value]
            self.revoked += [value] if what == "access" else []
            family.ended = family.ended or what == "refresh"

    @rare
    @rule(who=PICK, lost=st.booleans())
    def sign_out(self, who: int, lost: bool) -> None:
        session = self.session(who)
        with self.database.write() as db:
            ended = self.engine.sessions.end(db, session.login.sid, "test", self.now, offline=lost)
        assert ended == (session.login.sid not in self.signed_out)
        self.signed_out.add(session.login.sid)
        self.end(lambda f: f.session is session and (lost or not f.offline or not f.redeemed))
        for family in self.all:
            if not family.redeemed:
                self.redeem(family, "")

    @rare
    @rule(who=PICK)
    def end_everything_of_somebody(self, who: int) -> None:
        session = self.session(who)
        with self.database.write() as db:
            self.engine.sessions.end_all(db, session.login.subject, "test", self.now)
        self.signed_out.add(session.login.sid)
        self.end(lambda f: f.session is session)

    @rare
    @rule(who=PICK)
    def somebody_leaves(self, who: int) -> None:
        self.people.gone.add(self.session(who).login.subject)

    @rule()
    def everybody_is_back(self) -> None:
        self.people.gone.clear()

    @rare
    @rule(which=st.integers(0, 1))
    def disable(self, which: int) -> None:
        client_id = self.clients[which]
        with self.database.write() as db:
            registration.disable(db, client_id, self.now)
        self.disabled.add(client_id)
        self.end(lambda f: f.client_id == client_id)

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
                    row = REFRESH.first(db, presented=fingerprint(token.value))
                    assert row is not None
                    assert family_lives(row, self.now) == self.lives(family, token)
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
