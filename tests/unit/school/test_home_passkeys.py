"""A passkey of a home account: for one browser, once, within minutes, with its user verified."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.kernel.db import Database
from idp.school import ceremony, home_passkeys, passkeys
from idp.school.ceremony import Here
from idp.school.credentials import Fail
from idp.school.homes import Account
from idp.school.models import HomePasskey, PasskeyChallenge
from tests.authenticators import Authenticator
from tests.builders import KEYRING, NOW, a_home, a_pupil, a_teacher, queued_mails

HERE = Here("http://localhost", "this browser")
ELSEWHERE = Here("http://localhost", "another browser")


@pytest.fixture
def account(database: Database) -> Account:
    with database.write() as db:
        return a_home(db, a_pupil(db))


def _options(database: Database, account: Account) -> dict[str, object]:
    with database.write() as db:
        options: dict[str, object] = json.loads(home_passkeys.ask_to_add(db, HERE, account, NOW))
    return options


def _add(database: Database, account: Account, device: Authenticator, here: Here = HERE) -> bool:
    answer = device.create(_options(database, account))
    with database.write() as db:
        return home_passkeys.add(db, KEYRING, here, account, answer, "Telefoon", NOW)


def _challenge(database: Database) -> dict[str, object]:
    with database.write() as db:
        options: dict[str, object] = json.loads(home_passkeys.ask_to_show(db, HERE, NOW))
    return options


def _check(database: Database, answer: str, here: Here = HERE, after: timedelta = timedelta(0)) -> str | Fail:
    with database.write() as db:
        return home_passkeys.check(db, here, answer, NOW + after)


def test_it_is_added_and_signs_in(database: Database, account: Account) -> None:
    device = Authenticator()
    assert _add(database, account, device)
    assert _check(database, device.get(_challenge(database))) == account.id
    with database.read() as db:
        (mine,) = home_passkeys.of(db, account.id)
        assert (mine.name, mine.last_used_at) == ("Telefoon", NOW)
        assert [mail["to"] for mail in queued_mails(db, "passkey_changed")] == [account.address]


def test_a_challenge_is_good_once(database: Database, account: Account) -> None:
    device = Authenticator()
    _add(database, account, device)
    answer = device.get(_challenge(database))
    assert [_check(database, answer) for _ in range(2)] == [account.id, Fail("wrong")]


def test_a_challenge_is_good_in_its_browser_and_for_minutes(database: Database, account: Account) -> None:
    device = Authenticator()
    _add(database, account, device)
    assert _check(database, device.get(_challenge(database)), ELSEWHERE) == Fail("wrong")
    assert _check(database, device.get(_challenge(database)), after=ceremony.LIFE) == Fail("wrong")


def test_the_user_must_have_been_verified(database: Database, account: Account) -> None:
    careless = Authenticator(verifies=False)
    assert not _add(database, account, careless)
    device = Authenticator()
    _add(database, account, device)
    device.verifies = False
    assert _check(database, device.get(_challenge(database))) == Fail("wrong")


@pytest.mark.parametrize("wrong", [{"origin": "https://evil.example"}, {"rp_id": "evil.example"}])
def test_another_site_gets_nothing(database: Database, account: Account, wrong: dict[str, str]) -> None:
    device = Authenticator()
    _add(database, account, device)
    assert _check(database, replace(device, **wrong).get(_challenge(database))) == Fail("wrong")


def test_another_key_under_the_same_name_gets_nothing(database: Database, account: Account) -> None:
    device = Authenticator()
    _add(database, account, device)
    thief = Authenticator(credential_id=device.credential_id)
    assert _check(database, thief.get(_challenge(database))) == Fail("wrong")


def test_a_copy_whose_counter_is_behind_gets_nothing(database: Database, account: Account) -> None:
    device = Authenticator()
    _add(database, account, device)
    copy = replace(device)
    for _ in range(2):
        assert _check(database, device.get(_challenge(database))) == account.id
    assert _check(database, copy.get(_challenge(database))) == Fail("wrong")


def test_a_challenge_for_one_account_adds_nothing_to_another(database: Database, account: Account) -> None:
    with database.write() as db:
        other = a_home(db, a_pupil(db))
    answer = Authenticator().create(_options(database, other))
    with database.write() as db:
        assert not home_passkeys.add(db, KEYRING, HERE, account, answer, "x", NOW)
        assert not home_passkeys.add(db, KEYRING, HERE, other, answer, "x", NOW)


def test_one_device_is_added_once(database: Database, account: Account) -> None:
    device = Authenticator()
    assert _add(database, account, device)
    assert not _add(database, account, device)


def test_challenges_of_staff_and_of_homes_are_not_each_others(database: Database, account: Account) -> None:
    device = Authenticator()
    _add(database, account, device)
    with database.write() as db:
        a_teacher(db)
        options = json.loads(passkeys.ask_to_show(db, HERE, NOW))
    assert _check(database, device.get(options)) == Fail("wrong")
    answer = device.get(_challenge(database))
    with database.write() as db:
        assert passkeys.check(db, HERE, answer, None, NOW) == Fail("wrong")


def test_it_is_taken_away_by_its_owner_alone(database: Database, account: Account) -> None:
    device = Authenticator()
    _add(database, account, device)
    with database.write() as db:
        other = a_home(db, a_pupil(db))
        (mine,) = home_passkeys.of(db, account.id)
        assert not home_passkeys.remove(db, KEYRING, other, mine.id, NOW)
        assert home_passkeys.remove(db, KEYRING, account, mine.id, NOW)
        assert db.execute(select(HomePasskey.id)).all() == []
    assert _check(database, device.get(_challenge(database))) == Fail("wrong")


@pytest.mark.parametrize("answer", ["", "{}", "[]", "nonsense", '{"response": {"clientDataJSON": "e30"}}', "[" * 9000])
def test_what_is_no_answer_is_wrong_and_no_fault(database: Database, answer: str) -> None:
    assert _check(database, answer) == Fail("wrong")
    with database.read() as db:
        assert db.execute(select(PasskeyChallenge.fingerprint)).all() == []
