"""Home accounts: one address, one account, and the children under it (rules 5, 7 and 8)."""

from datetime import timedelta

from sqlalchemy import select, update

from idp.kernel.db import Database
from idp.school import homes, households
from idp.school.models import HomeAccount, Pupil
from tests.builders import KEYRING, NOW, a_group, a_home, a_pupil, a_school, an_address, queued_mails


def test_the_first_way_to_write_an_address_is_the_one_that_mail_goes_to(database: Database) -> None:
    with database.write() as db:
        first = homes.ensure(db, an_address("Papa@thuis.example"), NOW)
        again = homes.ensure(db, an_address("PAPA@thuis.example"), NOW)
        assert again == first
        assert (first.address, first.address_key) == ("Papa@thuis.example", "papa@thuis.example")


def test_the_first_password_is_chosen_once(database: Database) -> None:
    with database.write() as db:
        account = homes.ensure(db, an_address(), NOW)
        assert homes.activate(db, account.id, "first", NOW)
        assert not homes.activate(db, account.id, "second", NOW)
        assert not homes.activate(db, "nobody", "third", NOW)
        assert db.execute(select(HomeAccount.password_hash)).scalars().all() == ["first"]


def test_another_password_is_for_who_has_one(database: Database) -> None:
    with database.write() as db:
        fresh = homes.ensure(db, an_address(), NOW)
        assert homes.new_password(db, KEYRING, fresh.id, "hash", NOW) is None
        assert homes.new_password(db, KEYRING, "nobody", "hash", NOW) is None
        assert queued_mails(db) == []


def test_rule_8_the_tiles_are_the_children_who_were_taken_on_and_are_at_school(database: Database) -> None:
    with database.write() as db:
        group = a_group(db, login_method="picture")
        child = a_pupil(db, group, first_name="ömer", picture="cat")
        elder = a_pupil(db, group, first_name="Zoë")
        gone = a_pupil(db, group, left_at=NOW)
        account = a_home(db, elder, child, gone)
        a_home(db, a_pupil(db, group), address=account.address, confirmed=False)
        found = homes.children(db, account.id)
        assert [(one.pupil_id, one.first_name) for one in found] == [(elder, "Zoë"), (child, "ömer")]
        assert (found[1].picture, found[1].login_method, found[1].school_name) == ("cat", "picture", "De Regenboog")


def test_rule_8_a_child_between_two_groups_still_signs_in(database: Database) -> None:
    with database.write() as db:
        child = a_pupil(db, a_group(db, login_method="none"))
        account = a_home(db, child)
        db.execute(update(Pupil).where(Pupil.id == child).values(group_id=None))
        assert [one.login_method for one in homes.children(db, account.id)] == ["pin"]


def test_a_child_whose_school_has_a_network_environment_does_not_sign_in_here(database: Database) -> None:
    with database.write() as db:
        there = a_pupil(db, a_group(db, a_school(db, network="moo")))
        account = a_home(db, there, a_pupil(db))
        assert there not in [child.pupil_id for child in homes.children(db, account.id)]
        assert homes.by_id(db, account.id) is not None


def test_what_anybody_near_would_try_as_a_password(database: Database) -> None:
    with database.write() as db:
        account = a_home(db, a_pupil(db, first_name="Elif", family_name="Yılmaz"), address="papa@thuis.example")
        lonely = homes.ensure(db, an_address("oma@thuis.example"), NOW)
        assert set(homes.password_words(db, account.id)) == {"papa@thuis.example", "Elif", "Yılmaz", "De Regenboog"}
        assert homes.password_words(db, lonely.id) == ["oma@thuis.example"]


def test_a_child_is_confirmed_once_and_only_for_its_own_account(database: Database) -> None:
    with database.write() as db:
        account = a_home(db, a_pupil(db), confirmed=False)
        stranger = a_home(db, a_pupil(db))
        (waits,) = homes.waiting(db, account.id)
        assert homes.confirm(db, KEYRING, waits.slot_id, stranger.id, NOW) is None
        assert homes.confirm(db, KEYRING, waits.slot_id, account.id, NOW) is not None
        assert homes.confirm(db, KEYRING, waits.slot_id, account.id, NOW) is None


def test_an_account_that_nobody_uses_and_nobody_activated_is_forgotten_after_an_hour(database: Database) -> None:
    with database.write() as db:
        used = a_home(db, a_pupil(db), activated=False, confirmed=False)
        activated = a_home(db)
        unused = homes.ensure(db, an_address(), NOW)
        homes.forget_unused(db, NOW + timedelta(minutes=59))
        assert homes.by_id(db, unused.id) is not None
        homes.forget_unused(db, NOW + timedelta(minutes=61))
        assert homes.by_id(db, unused.id) is None
        assert homes.by_id(db, used.id) is not None
        assert homes.by_id(db, activated.id) is not None


def test_mail_goes_in_the_language_of_the_account(database: Database) -> None:
    with database.write() as db:
        account = a_home(db, a_pupil(db))
        homes.set_locale(db, account.id, "en")
        homes.new_password(db, KEYRING, account.id, "hash", NOW)
        assert [mail["locale"] for mail in queued_mails(db)] == ["en"]
        assert households.end_others(db, account.id, NOW) == []
