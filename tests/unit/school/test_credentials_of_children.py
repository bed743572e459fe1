"""A child's PIN or picture, as its group says, and what is counted when (rule 8)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from idp.kernel import throttle
from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school import credentials, households, pupils, slots
from idp.school.credentials import Fail, Pass
from idp.school.households import SignedIn
from tests.builders import KEYRING, NOW, a_group, a_home, a_pupil, a_school, an_address, queued_mails

MINUTE = timedelta(minutes=1)


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
