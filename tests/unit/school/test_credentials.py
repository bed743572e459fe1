"""Passwords of homes and of staff: checked in two halves, counted before any hash."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, event, select, update

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.kernel.throttle import LIMITS
from idp.school import credentials, homes
from idp.school.credentials import Attempt, Fail
from idp.school.models import HomeAccount, Staff
from tests.builders import KEYRING, NOW, a_home, a_pupil, a_teacher, queued_mails

HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


def _begin(db: Connection, address: str, source: str = HERE, kind: str = "home") -> Attempt:
    attempt = credentials.begin_password(db, kind, address, source, NOW)
    assert isinstance(attempt, Attempt)
    return attempt


def _try(db: Connection, address: str, right: bool, source: str = HERE, kind: str = "home") -> str | Fail:
    attempt = credentials.begin_password(db, kind, address, source, NOW)
    return attempt if isinstance(attempt, Fail) else credentials.finish_password(db, KEYRING, attempt, right, NOW)


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
        assert mail["facts"] == {"path": {"home": "/thuis", "staff": "/leerkracht"}[kind]}


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
