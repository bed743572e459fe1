"""A home account on one browser: how long it stays, and what ends with it (rules 8 and 9)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import Connection, select

from idp.kernel.db import Database
from idp.school import homes, households
from idp.school.households import ABSOLUTE, IDLE, TOUCH_EVERY, SignedIn
from idp.school.models import Household
from tests.builders import KEYRING, NOW, a_home, a_pupil

SECOND = timedelta(seconds=1)


def _start(db: Connection, account_id: str, *sids: str, pupil_id: str = "pupil") -> SignedIn:
    found = households.find(db, households.start(db, account_id, NOW), NOW)
    assert found is not None
    for sid in sids:
        households.visit(db, found, pupil_id, sid, NOW)
    return found


def test_the_household_says_whose_it_is_and_since_when(database: Database) -> None:
    with database.write() as db:
        account = a_home(db)
        found = _start(db, account.id)
        assert (found.home_account_id, found.address, found.locale) == (account.id, account.address, "nl")
        assert found.started_at == NOW
        assert found.token.encode() not in db.execute(select(Household.fingerprint)).scalars().all()


@pytest.mark.parametrize("token", [None, "", "hh_nothing", "ln_" + "x" * 43])
def test_another_value_is_nobodys(database: Database, token: str | None) -> None:
    with database.write() as db:
        _start(db, a_home(db).id)
        assert households.find(db, token, NOW) is None


def test_it_is_forgotten_when_nobody_uses_it(database: Database) -> None:
    with database.write() as db:
        token = _start(db, a_home(db).id).token
        assert households.find(db, token, NOW + IDLE - SECOND)
        assert households.find(db, token, NOW + IDLE) is None
        households.touch(db, token, NOW + IDLE - SECOND)
        assert households.find(db, token, NOW + IDLE)


def test_it_is_forgotten_the_same_evening_however_much_it_is_used(database: Database) -> None:
    with database.write() as db:
        token = _start(db, a_home(db).id).token
        at = NOW
        while at < NOW + ABSOLUTE:
            assert households.find(db, token, at)
            households.touch(db, token, at)
            at += timedelta(hours=1)
        assert households.find(db, token, at) is None


def test_using_it_is_written_down_at_most_once_a_minute(database: Database) -> None:
    with database.write() as db:
        token = _start(db, a_home(db).id).token
        seen = []
        for after in (SECOND, TOUCH_EVERY, TOUCH_EVERY + SECOND):
            households.touch(db, token, NOW + after)
            seen.append(db.execute(select(Household.seen_at)).scalar())
        assert seen == [NOW, NOW, NOW + TOUCH_EVERY + SECOND]


def test_signing_out_here_leaves_the_other_browser_alone(database: Database) -> None:
    with database.write() as db:
        account = a_home(db)
        here, there = _start(db, account.id, "one", "two"), _start(db, account.id, "three")
        assert sorted(households.end(db, here.token, NOW)) == ["one", "two"]
        assert households.find(db, here.token, NOW) is None
        assert households.find(db, there.token, NOW) is not None


def test_a_new_password_signs_out_every_browser_of_this_account_alone(database: Database) -> None:
    with database.write() as db:
        account, other = a_home(db), a_home(db)
        here, there, elsewhere = _start(db, account.id, "one"), _start(db, account.id, "two"), _start(db, other.id, "x")
        assert sorted(homes.new_password(db, KEYRING, account.id, "hash", NOW) or []) == ["one", "two"]
        assert [households.find(db, one.token, NOW) is None for one in (here, there, elsewhere)] == [True, True, False]


def test_the_parent_sees_the_browsers_and_signs_one_out(database: Database) -> None:
    with database.write() as db:
        account = a_home(db)
        here, _there = _start(db, account.id, "one"), _start(db, account.id, "two")
        _start(db, a_home(db).id, "x")
        mine, other = households.browsers(db, here, NOW)
        assert (mine.here, other.here) == (True, False)
        assert households.end_browser(db, here, other.key, NOW) == ["two"]
        assert households.browsers(db, here, NOW) == [mine]
        assert households.end_browser(db, here, "nothing", NOW) == []


def test_a_household_that_was_signed_out_lets_no_child_in(database: Database) -> None:
    with database.write() as db:
        household = _start(db, a_home(db).id)
        assert households.hold(db, household)
        households.end(db, household.token, NOW)
        assert not households.hold(db, household)


def test_a_child_that_goes_in_while_the_password_is_changed_is_signed_out_as_well(database: Database) -> None:
    with database.write() as db:
        child = a_pupil(db)
        account = a_home(db, child)
        household = _start(db, account.id)
    held, waiting = Event(), Event()

    def go_in() -> None:
        with database.write() as db:
            assert households.hold(db, household)
            held.set()
            waiting.wait(0.3)  # the password is being changed now
            households.visit(db, household, child, "sid", NOW)

    def change() -> list[str]:
        held.wait(30)
        with database.write() as db:
            return list(homes.new_password(db, KEYRING, account.id, "hash", NOW) or [])

    with ThreadPoolExecutor(2) as pool:
        went, ended = pool.submit(go_in), pool.submit(change)
        went.result()
        assert ended.result() == ["sid"]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("82.168.44.9", "82.168.x.x"),
        ("2a02:a456:1:2::9", "2a02:a456:x"),
        ("::ffff:82.168.44.9", "82.168.x.x"),
        ("no address", ""),
        ("", ""),
    ],
)
def test_where_a_browser_is_is_known_only_roughly(address: str, kept: str) -> None:
    assert households.roughly(address) == kept
