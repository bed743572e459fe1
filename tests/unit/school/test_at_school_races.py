"""At school too, trying in parallel gains nothing."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from idp.kernel.db import Database
from idp.school import at_school, badges, devices
from idp.school.credentials import Fail, Pass
from idp.school.groups import set_school_method
from tests.builders import KEYRING, NOW, a_device, a_group, a_pupil, a_school, a_school_address


def test_of_forty_wrong_pins_at_once_five_are_looked_at(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        child, place = a_pupil(db, a_group(db, school)), a_device(db, school)

    def act(number: int) -> Pass | Fail:
        with database.write() as db:
            return at_school.check_secret(db, KEYRING, place, child, pin=f"{number:04}", now=NOW)

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(act, range(40)))
    assert Counter(result.reason for result in results if isinstance(result, Fail)) == {"wrong": 4, "locked": 36}


def test_a_card_that_is_printed_anew_at_that_moment_lets_in_before_or_not_at_all(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        child, place = a_pupil(db, a_group(db, school)), a_device(db, school)
        code = badges.mint(db, [child], "staff:x", NOW)[child]

    def act(number: int) -> tuple[bool, bool]:
        """Was it the printer; and did the badge that was there let the child in?"""
        with database.write() as db:
            if number == 5:
                return True, bool(badges.mint(db, [child], "staff:x", NOW))
            return False, isinstance(at_school.check_badge(db, place, code, None, NOW), Pass)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(act, range(10)))
    with database.write() as db:
        assert at_school.check_badge(db, place, code, None, NOW) == Fail("unknown")


@pytest.mark.parametrize("kind", ["device", "address"])
def test_whoever_comes_in_where_ict_takes_the_place_back_at_that_moment_is_found_or_stays_out(
    database: Database, kind: str
) -> None:
    with database.write() as db:
        school = a_school(db)
        group, place = a_group(db, school), a_device(db, school) if kind == "device" else a_school_address(db, school)
        set_school_method(db, group, "none", "staff:x", NOW)
        children = [a_pupil(db, group) for _ in range(11)]

    def act(number: int) -> list[str]:
        """The sign-ins that ICT found; or the one that was made, or not."""
        with database.write() as db:
            if number == 5:
                take_back = devices.end if kind == "device" else devices.remove_address
                return [
                    "end",
                    *(take_back(db, school, place.device_id or place.address_id or "", "staff:x", NOW) or []),
                ]
            if isinstance(at_school.without_secret(db, place, children[number], NOW), Fail):
                return []
            devices.visit(db, place, children[number], f"sid{number}", NOW)
            return [f"sid{number}"]

    with ThreadPoolExecutor(11) as pool:
        results = list(pool.map(act, range(11)))
    (found,) = (result[1:] for result in results if result[:1] == ["end"])
    assert sorted(found) == sorted(sid for result in results if result[:1] != ["end"] for sid in result)


def test_of_ten_with_one_emergency_code_one_comes_in(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        child, place = a_pupil(db, a_group(db, school)), a_device(db, school)
        code = badges.make_code(db, KEYRING, child, "anna", NOW) or ""

    def act(_number: int) -> bool:
        with database.write() as db:
            return isinstance(at_school.check_emergency(db, KEYRING, place, child, code, NOW), Pass)

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(act, range(10))).count(True) == 1
