"""Showing who you are: passwords in two halves, a child's PIN or picture (rule 8), and what is counted when."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, event, select, update

from idp.kernel import throttle
from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.kernel.throttle import LIMITS
from idp.school import credentials, homes, households, pupils, slots
from idp.school.credentials import Attempt, Fail, Pass
from idp.school.households import SignedIn
from idp.school.models import HomeAccount, Staff
from tests.builders import KEYRING, NOW, a_group, a_home, a_pupil, a_school, a_teacher, an_address, queued_mails

HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"
MINUTE = timedelta(minutes=1)


def _begin(db: Connection, address: str, source: str = HERE, kind: str = "home") -> Attempt:
    attempt = credentials.begin_password(db, kind, address, source, NOW)
    assert isinstance(attempt, Attempt)
    return attempt


def _try(db: Connection, address: str, right: bool, source: str = HERE, kind: str = "home") -> str | Fail:
    attempt = credentials.begin_password(db, kind, address, source, NOW)
    return attempt if isinstance(attempt, Fail) else credentials.finish_password(db, KEYRING, attempt, right, NOW)


def _secret(
    db: Connection, account_id: str, pupil_id: str, given: str | None, at: timedelta = MINUTE * 0
) -> Pass | Fail:
    return credentials.check_child_secret(
        db, KEYRING, account_id, pupil_id, pin=given, picture=given, now=NOW + at
    )  # fmt: skip


def _household(db: Connection, account_id: str) -> SignedIn:
    found = households.find(db, households.start(db, account_id, NOW), NOW)
    assert found is not None
    return found


@pytest.fixture
def low_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same limits in small, so that reaching them takes no minute."""
    for name, count in (("password_source", 40), ("home_password_all", 16), ("staff_password_all", 16)):
        monkeypatch.setitem(LIMITS, name, replace(LIMITS[name], count=count))
    for name in ("home_password", "staff_password"):
        monkeypatch.setitem(LIMITS, name, replace(LIMITS[name], count=5))


def test_a_password_of_a_home_or_of_staff_gives_its_owner(database: Database) -> None:
    with database.write() as db:
        home = a_home(db, a_pupil(db), address="papa@thuis.example")
        member = a_teacher(db, address="juf@school.example")
        assert _begin(db, " Papa@THUIS.example ").password_hash == home.password_hash
        assert _try(db, " Papa@THUIS.example ", right=True) == home.id
        assert _try(db, "JUF@school.example", right=True, kind="staff") == member
        assert _try(db, "papa@thuis.example", right=False) == Fail("wrong")
        acts = db.execute(select(AuditEvent.act, AuditEvent.thing).where(AuditEvent.act.like("signin.%"))).all()
        assert sorted(map(tuple, acts)) == [
            ("signin.failed", f"home:{home.id}"),
            ("signin.password", f"home:{home.id}"),
            ("signin.password", f"staff:{member}"),
        ]


def test_an_address_of_staff_is_none_at_home_and_the_other_way_round(database: Database) -> None:
    with database.write() as db:
        a_home(db, a_pupil(db), address="papa@thuis.example")
        a_teacher(db, address="juf@school.example")
        assert _begin(db, "juf@school.example").password_hash is None
        assert _begin(db, "papa@thuis.example", kind="staff").password_hash is None


def test_unknown_not_activated_and_ended_all_do_the_same_and_hear_the_same(database: Database) -> None:
    with database.write() as db:
        a_home(db, a_pupil(db), address="papa@thuis.example")
        a_home(db, a_pupil(db), address="nieuw@thuis.example", activated=False, confirmed=False)
        a_teacher(db, address="weg@school.example", ended_at=NOW)
        a_teacher(db, address="juf@school.example", password_hash=None)
    cases = (
        ("home", "papa@thuis.example"),
        ("home", "niemand@thuis.example"),
        ("home", "nieuw@thuis.example"),
        ("home", "geen adres"),
        ("staff", "weg@school.example"),
        ("staff", "juf@school.example"),
    )
    work: list[tuple[str | Fail, list[str]]] = []
    for kind, address in cases:
        done: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_rest: object, into: list[str] = done) -> None:
            into.append(" ".join(statement.split()[:3]).replace("staff", "home_account"))

        event.listen(database.engine, "before_cursor_execute", note)
        with database.write() as db:
            work.append((_try(db, address, right=False, kind=kind), done))
        event.remove(database.engine, "before_cursor_execute", note)
    for answer, done in work:
        assert (answer, done) == (Fail("wrong"), work[0][1])


def test_a_right_answer_for_nobody_is_wrong(database: Database) -> None:
    with database.write() as db:
        assert _try(db, "niemand@thuis.example", right=True) == Fail("wrong")


def test_a_password_that_was_changed_while_it_was_compared_is_wrong(database: Database) -> None:
    with database.write() as db:
        account = a_home(db, a_pupil(db), address="papa@thuis.example")
        attempt = _begin(db, "papa@thuis.example")
        homes.new_password(db, KEYRING, account.id, "a new hash", NOW)
        assert credentials.finish_password(db, KEYRING, attempt, True, NOW) == Fail("wrong")
        credentials.rehash(db, attempt, "the old password under newer parameters")
        assert db.execute(select(HomeAccount.password_hash)).scalar() == "a new hash"


def test_a_member_who_left_while_the_password_was_compared_is_not_let_in(database: Database) -> None:
    with database.write() as db:
        a_teacher(db, address="juf@school.example")
        attempt = _begin(db, "juf@school.example", kind="staff")
        db.execute(update(Staff).values(ended_at=NOW))
        assert credentials.finish_password(db, KEYRING, attempt, True, NOW) == Fail("wrong")


@pytest.mark.usefixtures("low_limits")
def test_a_guesser_in_one_place_locks_nobody_out_elsewhere(database: Database) -> None:
    limit = LIMITS["home_password"]
    with database.write() as db:
        account = a_home(db, a_pupil(db), address="papa@thuis.example")
        for _ in range(limit.count):
            assert _try(db, "papa@thuis.example", right=False, source=ELSEWHERE) == Fail("wrong")
        for _ in range(LIMITS["home_password_all"].count):
            locked = _try(db, "papa@thuis.example", right=True, source=ELSEWHERE)
            assert isinstance(locked, Fail)
            assert locked.reason == "locked"
        assert _try(db, "papa@thuis.example", right=True) == account.id
        assert queued_mails(db) == []


@pytest.mark.usefixtures("low_limits")
@pytest.mark.parametrize("spelling", ["PAPA@thuis.example", " papa@thuis.example", "ｐａｐａ@thuis.example"])
@pytest.mark.parametrize("known", [True, False])
def test_every_spelling_of_an_address_is_counted_in_one_place(database: Database, spelling: str, known: bool) -> None:
    with database.write() as db:
        if known:
            a_home(db, a_pupil(db), address="papa@thuis.example")
        for _ in range(LIMITS["home_password"].count):
            _try(db, "papa@thuis.example", right=False)
        found = _try(db, spelling, right=True)
        assert isinstance(found, Fail)
        assert found.reason == "locked"


@pytest.mark.usefixtures("low_limits")
def test_a_right_password_starts_the_count_again(database: Database) -> None:
    with database.write() as db:
        account = a_home(db, a_pupil(db), address="papa@thuis.example")
        for _ in range(3):
            for _ in range(LIMITS["home_password"].count - 1):
                assert _try(db, "papa@thuis.example", right=False) == Fail("wrong")
            assert _try(db, "papa@thuis.example", right=True) == account.id


@pytest.mark.usefixtures("low_limits")
def test_a_guesser_does_not_start_the_count_of_the_whole_place_again_with_an_account_of_their_own(
    database: Database,
) -> None:
    limit = LIMITS["password_source"]
    with database.write() as db:
        a_home(db, a_pupil(db), address="mijn@thuis.example")
        for number in range(limit.count):
            assert _try(db, f"nummer{number}@thuis.example", right=False) == Fail("wrong")
            if number % 3 == 0:
                _try(db, "mijn@thuis.example", right=True)
        assert _try(db, "mijn@thuis.example", right=True) == Fail("locked", NOW + limit.lock)


@pytest.mark.usefixtures("low_limits")
def test_a_school_that_signs_in_rightly_is_no_attack(database: Database) -> None:
    with database.write() as db:
        account = a_home(db, a_pupil(db), address="papa@thuis.example")
        for _ in range(LIMITS["password_source"].count + 1):
            assert _try(db, "papa@thuis.example", right=True) == account.id


@pytest.mark.usefixtures("low_limits")
@pytest.mark.parametrize("kind", ["home", "staff"])
def test_many_places_at_once_lock_the_account_and_its_owner_is_told_once(database: Database, kind: str) -> None:
    limit = LIMITS[f"{kind}_password_all"]
    with database.write() as db:
        a_home(db, a_pupil(db), address="iemand@thuis.example")
        a_teacher(db, address="iemand@thuis.example")
        for number in range(limit.count):
            assert _try(db, "iemand@thuis.example", right=False, source=f"s{number}", kind=kind) == Fail("wrong")
        found = _try(db, "iemand@thuis.example", right=True, kind=kind)
        assert found == Fail("locked", NOW + limit.lock)
        (mail,) = queued_mails(db)
        assert (mail["to"], mail["template"]) == ("iemand@thuis.example", "sign_in_trouble")


@pytest.mark.usefixtures("low_limits")
def test_tries_that_were_under_way_when_the_lock_fell_tell_the_owner_nothing_more(database: Database) -> None:
    with database.write() as db:
        a_home(db, a_pupil(db), address="papa@thuis.example")
        limit = LIMITS["home_password_all"].count
        under_way = [_begin(db, "papa@thuis.example", f"s{number}") for number in range(limit)]
        for attempt in under_way:
            assert credentials.finish_password(db, KEYRING, attempt, False, NOW) == Fail("wrong")
        assert len(queued_mails(db)) == 1


@pytest.mark.usefixtures("low_limits")
def test_many_places_that_try_nobodys_address_are_locked_alike(database: Database) -> None:
    limit = LIMITS["home_password_all"]
    with database.write() as db:
        for number in range(limit.count):
            _try(db, "niemand@thuis.example", right=False, source=f"s{number}")
        assert _try(db, "niemand@thuis.example", right=False) == Fail("locked", NOW + limit.lock)
        assert queued_mails(db) == []


@pytest.mark.parametrize(("method", "right", "wrong"), [("pin", "4831", "4832"), ("picture", "kite", "apple")])
def test_rule_8_a_child_shows_what_its_group_says(database: Database, method: str, right: str, wrong: str) -> None:
    with database.write() as db:
        child = a_pupil(db, a_group(db, login_method=method), pin="4831", secret_picture="kite")
        account = a_home(db, child, a_pupil(db))
        assert _secret(db, account.id, child, wrong) == Fail("wrong", left=4)
        assert _secret(db, account.id, child, right) == Pass(f"pupil:{child}", "home-pin", NOW)
        other = {"pin": None, "picture": right} if method == "pin" else {"pin": right, "picture": None}
        assert credentials.check_child_secret(db, KEYRING, account.id, child, **other, now=NOW) == Fail("wrong")


def test_rule_8_five_wrong_tries_lock_one_child_and_not_its_brother(database: Database) -> None:
    with database.write() as db:
        child, brother = a_pupil(db, first_name="Elif"), a_pupil(db)
        account = a_home(db, child, brother)
        results = [_secret(db, account.id, child, "0000") for _ in range(5)]
        until = NOW + 5 * MINUTE
        assert results == [Fail("wrong", left=left) for left in (4, 3, 2, 1)] + [Fail("locked", until)]
        assert _secret(db, account.id, child, "1111", 5 * MINUTE - timedelta(seconds=1)) == Fail("locked", until)
        assert credentials.child_locked(db, account.id, child, NOW) == until
        assert isinstance(_secret(db, account.id, brother, "1111"), Pass)
        assert isinstance(_secret(db, account.id, child, "1111", 5 * MINUTE), Pass)


def test_rule_8_the_parent_is_told_once_per_lock(database: Database) -> None:
    with database.write() as db:
        child = a_pupil(db, first_name="Elif")
        account, other = a_home(db, child, a_pupil(db)), a_home(db, child, a_pupil(db))
        for _ in range(9):
            _secret(db, account.id, child, "0000")
        (mail,) = queued_mails(db)
        assert (mail["to"], mail["template"], mail["facts"]["first_name"]) == (account.address, "child_locked", "Elif")
        assert isinstance(_secret(db, other.id, child, "1111"), Pass), "the other household is not locked"
        acts = db.execute(select(AuditEvent.act).where(AuditEvent.act == "signin.locked")).scalars().all()
        assert acts == ["signin.locked"]
        for _ in range(5):
            _secret(db, account.id, child, "0000", 6 * MINUTE)
        assert len(queued_mails(db, "child_locked")) == 2


def test_rule_8_a_right_try_starts_the_count_again(database: Database) -> None:
    with database.write() as db:
        child = a_pupil(db)
        account = a_home(db, child, a_pupil(db))
        for _ in range(3):
            assert [_secret(db, account.id, child, "0000") for _ in range(4)][-1] == Fail("wrong", left=1)
            assert isinstance(_secret(db, account.id, child, "1111"), Pass)


def test_rule_8_a_new_pin_ends_the_lock_on_the_old_one(database: Database) -> None:
    with database.write() as db:
        child = a_pupil(db)
        account = a_home(db, child, a_pupil(db))
        for _ in range(5):
            _secret(db, account.id, child, "0000")
        assert pupils.set_pin(db, KEYRING, child, "2222", "staff:x", NOW) is None
        assert isinstance(_secret(db, account.id, child, "2222"), Pass)


@pytest.mark.parametrize("given", [None, ""])
def test_nothing_given_is_wrong_and_counts_for_nothing(database: Database, given: str | None) -> None:
    with database.write() as db:
        child = a_pupil(db)
        account = a_home(db, child, a_pupil(db))
        assert [_secret(db, account.id, child, given) for _ in range(9)] == [Fail("wrong")] * 9
        assert isinstance(_secret(db, account.id, child, "1111"), Pass)


def test_a_child_that_is_not_the_accounts_own_cannot_be_tried(database: Database) -> None:
    with database.write() as db:
        strange, unconfirmed, gone = a_pupil(db), a_pupil(db), a_pupil(db, left_at=NOW)
        elsewhere = a_pupil(db, a_group(db, a_school(db, network="moo")))
        account = a_home(db, gone, elsewhere, a_pupil(db))
        slots.fill(db, KEYRING, unconfirmed, 1, an_address(account.address), staff_id=None, now=NOW)
        household = _household(db, account.id)
        for pupil in (strange, unconfirmed, gone, elsewhere, "nobody"):
            assert _secret(db, account.id, pupil, "1111") == Fail("disabled")
            assert credentials.pass_without_secret(db, household, pupil) == Fail("disabled")
            assert throttle.look(db, "child_secret", f"{account.id} {pupil}", NOW) is None


def test_an_only_child_comes_in_with_the_parents_password_alone(database: Database) -> None:
    with database.write() as db:
        child = a_pupil(db)
        household = _household(db, a_home(db, child).id)
        later = replace(household, started_at=NOW - MINUTE)
        found = credentials.pass_without_secret(db, later, child)
        assert found == Pass(f"pupil:{child}", "home", NOW - MINUTE)


def test_a_parents_password_alone_opens_no_child_with_a_secret_beside_a_brother(database: Database) -> None:
    with database.write() as db:
        with_pin, with_nothing = a_pupil(db), a_pupil(db, a_group(db, login_method="none"))
        account = a_home(db, with_pin, with_nothing)
        household = _household(db, account.id)
        assert credentials.pass_without_secret(db, household, with_pin) == Fail("wrong")
        assert credentials.pass_without_secret(db, household, with_nothing) == Pass(
            f"pupil:{with_nothing}", "home", NOW
        )
        assert _secret(db, account.id, with_nothing, "1111") == Fail("disabled")
