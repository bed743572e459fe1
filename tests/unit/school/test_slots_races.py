"""Two teachers, or a hundred, at one pupil's slots at the same moment (rules 3, 5 and 7)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import func, select

from idp.kernel.db import Database
from idp.school import homes, slots
from idp.school.addresses import Address, AddressProblem
from idp.school.models import EmailSlot, HomeAccount
from idp.school.slots import Filled, Replaced
from tests.builders import KEYRING, NOW, a_home, a_pupil, an_address, queued_mails

T = TypeVar("T")


def _at_once(count: int, act: Callable[[int], T]) -> list[T]:
    together = Barrier(count)

    def one(number: int) -> T:
        together.wait(30)
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def _fill(database: Database, pupil_id: str, position: int, address: Address) -> Filled | AddressProblem:
    with database.write() as db:
        return slots.fill(db, KEYRING, pupil_id, position, address, staff_id=None, now=NOW)


def _consistent(database: Database) -> None:
    """Every filled slot has its mail, every account a slot."""
    with database.read() as db:
        filled = {f"slot:{slot_id}" for slot_id in db.execute(select(EmailSlot.id)).scalars()}
        assert {mail["ref"] for mail in queued_mails(db) if mail["template"] in ("activate", "confirm")} >= filled
        used = set(db.execute(select(EmailSlot.home_account_id)).scalars())
        assert set(db.execute(select(HomeAccount.id)).scalars()) == used


def test_of_two_teachers_who_fill_one_slot_one_does_and_one_is_told(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
    results = _at_once(8, lambda number: _fill(database, pupil, 1, an_address(f"ouder{number}@thuis.example")))
    assert sum(isinstance(result, Filled) for result in results) == 1
    assert {result.message for result in results if isinstance(result, AddressProblem)} == {
        "Een collega heeft hier net iets veranderd. Kijk of het zo klopt en probeer het anders opnieuw."
    }
    _consistent(database)


def test_one_address_in_both_slots_at_once_stands_in_one(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
    results = _at_once(8, lambda number: _fill(database, pupil, number % 2 + 1, an_address("papa@thuis.example")))
    assert sum(isinstance(result, Filled) for result in results) == 1
    _consistent(database)


def test_one_new_address_for_many_children_at_once_is_one_account(database: Database) -> None:
    with database.write() as db:
        pupils = [a_pupil(db) for _ in range(12)]
    results = _at_once(12, lambda number: _fill(database, pupils[number], 1, an_address("papa@thuis.example")))
    assert all(isinstance(result, Filled) for result in results)
    with database.read() as db:
        assert db.execute(select(func.count()).select_from(HomeAccount)).scalar() == 1
    _consistent(database)


def test_of_two_teachers_who_replace_one_address_one_does(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        a_home(db, pupil)
        (seen,) = slots.of_pupils(db, [pupil])

    def replace(number: int) -> Replaced | AddressProblem:
        with database.write() as db:
            new = an_address(f"ander{number}@thuis.example")
            return slots.replace(db, KEYRING, seen, new, staff_id=None, now=NOW)

    results = _at_once(6, replace)
    assert sum(isinstance(result, Replaced) for result in results) == 1
    _consistent(database)


@pytest.mark.parametrize("_round", range(5))
def test_an_account_is_emptied_here_while_it_is_filled_in_there(database: Database, _round: int) -> None:
    with database.write() as db:
        first, second = a_pupil(db), a_pupil(db)
        account = a_home(db, first, address="papa@thuis.example")
        (slot,) = slots.of_pupils(db, [first])

    def act(number: int) -> bool:
        if number == 0:
            return isinstance(_fill(database, second, 1, an_address("papa@thuis.example")), Filled)
        with database.write() as db:
            return slots.empty(db, KEYRING, slot.id, actor="staff:x", why="emptied", now=NOW) is not None

    assert _at_once(2, act) == [True, True]
    _consistent(database)
    with database.read() as db:
        now_there = homes.by_key(db, "papa@thuis.example")
        assert now_there is not None
        assert now_there.activated == (now_there.id == account.id), "either the old account stayed, or a new one began"


def test_an_account_whose_slots_are_all_emptied_at_once_goes(database: Database) -> None:
    with database.write() as db:
        pupils = [a_pupil(db) for _ in range(6)]
        account = a_home(db, *pupils)
        filled = slots.of_pupils(db, pupils)

    def empty(number: int) -> bool:
        with database.write() as db:
            emptied = slots.empty(db, KEYRING, filled[number].id, actor="staff:x", why="emptied", now=NOW)
            return emptied is not None

    assert all(_at_once(6, empty))
    with database.read() as db:
        assert homes.by_id(db, account.id) is None
        assert [mail["template"] for mail in queued_mails(db)] == ["account_deleted"]
