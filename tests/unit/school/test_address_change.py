"""A home account moves to another address: with the password, from the new mailbox, once, within an hour."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection

from idp.kernel.db import Database
from idp.kernel.throttle import LIMITS
from idp.school import address_change, homes, links, slots
from idp.school.addresses import Address
from idp.school.homes import Account
from tests.builders import KEYRING, NOW, a_home, a_pupil, an_address, link_in, queued_mails
from tests.races import overlapping

NEW = "nieuw@thuis.example"


def _ask(database: Database, account: Account, to: str = NEW) -> str:
    with database.write() as db:
        assert address_change.ask(db, KEYRING, account, an_address(to), NOW)
        return link_in(queued_mails(db, "address_new")[-1])


def _confirm(database: Database, token: str, account: Account, *, late: bool = False) -> str:
    with database.write() as db:
        at = NOW + address_change.LIFE if late else NOW
        return address_change.confirm(db, KEYRING, token, account.id, at)


@pytest.fixture
def account(database: Database) -> Account:
    with database.write() as db:
        return a_home(db, a_pupil(db), a_pupil(db), address="oud@thuis.example")


def test_two_wishes_at_once_are_one_and_the_later_counts(database: Database, account: Account) -> None:
    def ask(to: str) -> Callable[[Connection], bool]:
        return lambda db: address_change.ask(db, KEYRING, account, an_address(to), NOW)

    assert overlapping(database, ask(NEW), ask("later@thuis.example")) == (True, True)
    with database.read() as db:
        assert address_change.waiting(db, account.id, NOW) == "later@thuis.example"


def test_nothing_changes_before_the_new_mailbox_says_yes(database: Database, account: Account) -> None:
    _ask(database, account)
    with database.read() as db:
        found = homes.by_id(db, account.id)
        assert address_change.waiting(db, account.id, NOW) == NEW
        assert address_change.waiting(db, account.id, NOW + address_change.LIFE) is None
        assert found is not None
        assert found.address == account.address
        assert {mail["to"] for mail in queued_mails(db)} == {NEW}


def test_every_slot_follows_and_the_old_address_is_told(database: Database, account: Account) -> None:
    assert _confirm(database, _ask(database, account), account) == "done"
    with database.read() as db:
        children = [child.pupil_id for child in homes.children(db, account.id)]
        assert {slot.address for slot in slots.of_pupils(db, children)} == {NEW}
        assert [mail["to"] for mail in queued_mails(db, "address_changed")] == [account.address]
        assert homes.by_key(db, account.address_key) is None


def test_a_link_works_once(database: Database, account: Account) -> None:
    token = _ask(database, account)
    assert [_confirm(database, token, account) for _ in range(2)] == ["done", "gone"]


def test_a_link_works_an_hour(database: Database, account: Account) -> None:
    token = _ask(database, account)
    assert _confirm(database, token, account, late=True) == "gone"
    with database.read() as db:
        assert address_change.look(db, token, NOW + address_change.LIFE) is None


def test_the_password_of_another_account_does_nothing(database: Database, account: Account) -> None:
    with database.write() as db:
        other = a_home(db, a_pupil(db))
    token = _ask(database, account)
    assert _confirm(database, token, other) == "gone"
    assert _confirm(database, token, account) == "done"


def test_asking_again_or_changing_ones_mind_ends_the_earlier_link(database: Database, account: Account) -> None:
    first, second = _ask(database, account), _ask(database, account, "tweede@thuis.example")
    assert _confirm(database, first, account) == "gone"
    with database.write() as db:
        address_change.cancel(db, account.id)
    assert _confirm(database, second, account) == "gone"


def test_an_address_that_has_an_account_stays_its_own(database: Database, account: Account) -> None:
    with database.write() as db:
        owner = a_home(db, a_pupil(db), address=NEW)
    assert _confirm(database, _ask(database, account), account) == "taken"
    with database.read() as db:
        found = homes.by_key(db, owner.address_key)
        assert found is not None
        assert found.id == owner.id


def test_another_spelling_of_the_same_address_is_allowed(database: Database, account: Account) -> None:
    assert _confirm(database, _ask(database, account, "Oud@Thuis.example"), account) == "done"


def test_of_two_accounts_that_want_one_address_at_once_one_gets_it(database: Database) -> None:
    with database.write() as db:
        accounts = [a_home(db, a_pupil(db)) for _ in range(4)]
    tokens = [_ask_alone(database, account) for account in accounts]
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda pair: _confirm(database, *pair), zip(tokens, accounts, strict=True)))
    assert sorted(said) == ["done", "taken", "taken", "taken"]


def _ask_alone(database: Database, account: Account) -> str:
    _ask(database, account)
    with database.read() as db:
        mails = queued_mails(db, "address_new")
        tokens = [link_in(mail) for mail in mails]
        mine = [
            token for token in tokens if (found := address_change.look(db, token, NOW)) and found.account == account
        ]
    return mine[0]


def test_links_for_a_new_password_that_went_to_the_old_mailbox_work_no_more(
    database: Database, account: Account
) -> None:
    with database.write() as db:
        homes.send_reset(db, KEYRING, account, NOW)
        reset = link_in(queued_mails(db, "reset")[0])
    _confirm(database, _ask(database, account), account)
    with database.write() as db:
        assert links.spend(db, "reset", reset, NOW) is None


def test_a_mailbox_is_not_filled(database: Database, account: Account) -> None:
    with database.write() as db:
        to = Address(NEW, NEW)
        tries = [address_change.ask(db, KEYRING, account, to, NOW) for _ in range(LIMITS["forgot_address"].count + 1)]
    assert tries[-1] is False
