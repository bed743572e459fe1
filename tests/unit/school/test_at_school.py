"""A child shows who it is at school: which way, how often, and what thirty at once come to."""

from datetime import timedelta

import pytest

from idp.kernel.db import Database
from idp.school import at_school, badges, devices, pupils
from idp.school.credentials import Fail, Pass
from idp.school.devices import Place
from tests.builders import KEYRING, NOW, a_device, a_group, a_pupil, a_school


def _pin(database: Database, place: Place, pupil: str, pin: str, seconds: float = 0) -> Pass | Fail:
    with database.write() as db:
        at = NOW + timedelta(seconds=seconds)
        return at_school.check_secret(db, KEYRING, place, pupil, pin=pin, now=at)


def test_a_place_sees_the_groups_and_names_of_its_own_school(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        kikker, bever, empty = (
            a_group(db, school, name=name, year=year) for name, year in (("Kikker", 2), ("Bever", 1), ("Leeg", 3))
        )
        noor = a_pupil(db, bever, first_name="Noor", family_name="de Vries")
        other = a_pupil(db, bever, first_name="noor", family_name="van den Berg")
        daan = a_pupil(db, bever, first_name="Daan")
        a_pupil(db, kikker)
        a_pupil(db, bever, first_name="Weg", left_at=NOW)
        elsewhere = a_group(db)
        stranger = a_pupil(db, elsewhere)
        place = a_device(db, school)
        assert [one.id for one in at_school.groups(db, place)] == [bever, kikker]
        shown = [(one.pupil_id, one.label) for one in at_school.tiles(db, place, bever)]
        assert shown == [(daan, "Daan"), (noor, "Noor V."), (other, "noor B.")]
        assert at_school.tiles(db, place, empty) == []
        assert at_school.tiles(db, place, elsewhere) == []
        assert at_school.one(db, place, stranger) is None


@pytest.mark.parametrize(
    ("method", "shown", "way"),
    [("pin", {"pin": "1111"}, "school-pin"), ("picture", {"picture": "apple"}, "school-pin")],
)
def test_the_groups_school_method_counts(database: Database, method: str, shown: dict[str, str], way: str) -> None:
    with database.write() as db:
        school = a_school(db)
        child = a_pupil(db, a_group(db, school, school_method=method, login_method="none"))
        place = a_device(db, school)
        assert at_school.without_secret(db, place, child, NOW) == Fail("wrong")
        for nothing in ({}, {"pin": ""}, {"pin" if method == "picture" else "picture": next(iter(shown.values()))}):
            assert at_school.check_secret(db, KEYRING, place, child, now=NOW, **nothing) == Fail("wrong")
        passed = at_school.check_secret(db, KEYRING, place, child, now=NOW, **shown)
        assert passed == Pass(f"pupil:{child}", way, NOW)


@pytest.mark.parametrize("method", ["badge", "none"])
def test_a_pin_is_no_way_in_where_the_method_is_another(database: Database, method: str) -> None:
    with database.write() as db:
        school = a_school(db)
        child = a_pupil(db, a_group(db, school, school_method=method, login_method="pin"))
        place = a_device(db, school)
        assert at_school.check_secret(db, KEYRING, place, child, pin="1111", now=NOW) == Fail("disabled")
        without = at_school.without_secret(db, place, child, NOW)
        assert without == (Pass(f"pupil:{child}", "school", NOW) if method == "none" else Fail("wrong"))


def test_nobody_of_another_school_or_gone_or_in_a_network_environment_comes_in(database: Database) -> None:
    with database.write() as db:
        school, moo = a_school(db), a_school(db, network="moo")
        place, there = a_device(db, school), a_device(db, moo)
        cases = [
            (place, a_pupil(db, a_group(db, school_method="none"))),
            (place, a_pupil(db, a_group(db, school, school_method="none"), left_at=NOW)),
            (there, a_pupil(db, a_group(db, moo, school_method="none"))),
            (place, "nobody"),
        ]
        for at, child in cases:
            code = badges.mint(db, [child], "staff:x", NOW).get(child, "sb1:nothing")
            emergency = badges.make_code(db, KEYRING, child, "anna", NOW) or "ABCDEF"
            assert at_school.without_secret(db, at, child, NOW) == Fail("disabled")
            assert at_school.check_secret(db, KEYRING, at, child, pin="1111", now=NOW) == Fail("disabled")
            assert at_school.check_badge(db, at, code, None, NOW) == Fail("unknown")
            assert at_school.check_emergency(db, KEYRING, at, child, emergency, NOW) == Fail("disabled")


def test_five_wrong_pins_lock_one_child_until_five_minutes_later(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        group = a_group(db, school)
        noor, daan = a_pupil(db, group), a_pupil(db, group)
        place, next_one = a_device(db, school), a_device(db, school)
    assert [_pin(database, place, noor, "0000") for _ in range(4)] == [
        Fail("wrong", left=left) for left in (4, 3, 2, 1)
    ]
    until = NOW + timedelta(minutes=5)
    assert _pin(database, place, noor, "0000") == Fail("locked", until)
    assert _pin(database, next_one, noor, "1111") == Fail("locked", until)  # on another tablet no more than here
    assert isinstance(_pin(database, place, daan, "1111"), Pass)
    assert isinstance(_pin(database, place, noor, "1111", 301), Pass)


def test_a_new_pin_opens_a_locked_child_and_so_does_an_emergency_code(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        noor, daan = (a_pupil(db, a_group(db, school)) for _ in range(2))
        place = a_device(db, school)
    for child in (noor, daan):
        assert [_pin(database, place, child, "0000").__class__ for _ in range(5)] == [Fail] * 5
    with database.write() as db:
        assert pupils.set_pin(db, KEYRING, noor, "2222", "staff:x", NOW) is None
        code = badges.make_code(db, KEYRING, daan, "anna", NOW) or ""
    assert isinstance(_pin(database, place, noor, "2222"), Pass)
    with database.write() as db:
        passed = at_school.check_emergency(db, KEYRING, place, daan, code, NOW)
        assert passed == Pass(f"pupil:{daan}", "school-pin", NOW)
        assert at_school.check_emergency(db, KEYRING, place, daan, code, NOW) == Fail("unknown")
        assert at_school.locked(db, daan, NOW) is None


def test_thirty_children_in_two_minutes_meet_no_limit(database: Database) -> None:
    """From one address, each with a mistake first; and again, and again."""
    with database.write() as db:
        school = a_school(db)
        assert devices.add_address(db, school, "93.184.216.34", "carla", NOW) is None
        place = devices.find(db, None, "93.184.216.34")
        assert place is not None
        group = a_group(db, school)
        children = [a_pupil(db, group) for _ in range(30)]
        cards = badges.mint(db, children, "staff:x", NOW)
    for number, child in enumerate(children):
        assert _pin(database, place, child, "0000", number * 4) == Fail("wrong", left=4)
        assert isinstance(_pin(database, place, child, "1111", number * 4 + 1), Pass)
    for child in children * 2:
        assert isinstance(_pin(database, place, child, "1111", 121), Pass)
    with database.write() as db:
        for number in range(600):
            assert isinstance(at_school.check_badge(db, place, cards[children[number % 30]], None, NOW), Pass)


def test_who_tries_one_pin_on_every_child_meets_the_limit_of_the_group(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        group = a_group(db, school)
        children = [a_pupil(db, group) for _ in range(30)]
        tablets = [a_device(db, school) for _ in range(4)]
    found = [_pin(database, tablets[n % 4], children[n % 30], "0000") for n in range(70)]
    reasons = [result.reason for result in found if isinstance(result, Fail)]
    assert reasons.count("wrong") == 60
    assert set(reasons[60:]) == {"locked"}
    # A try that was not looked at is not counted for the child.
    assert _pin(database, tablets[0], children[5], "0000", 130) == Fail("wrong", left=2)
    with database.write() as db:  # another group on the same tablet goes on
        other = a_pupil(db, a_group(db, school))
    assert isinstance(_pin(database, tablets[0], other, "1111"), Pass)


def test_a_badge_says_who_it_is_and_is_asked_whose_when_a_child_was_chosen(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        noor, daan = (a_pupil(db, a_group(db, school, school_method="badge")) for _ in range(2))
        place = a_device(db, school)
        codes = badges.mint(db, [noor, daan], "staff:x", NOW)
        assert at_school.check_badge(db, place, codes[noor], None, NOW) == Pass(f"pupil:{noor}", "badge", NOW)
        assert at_school.check_badge(db, place, codes[noor], noor, NOW) == Pass(f"pupil:{noor}", "badge", NOW)
        assert at_school.check_badge(db, place, codes[noor], daan, NOW) == Fail("unknown")
        assert at_school.check_badge(db, place, "  ", None, NOW) == Fail("wrong")
        badges.mint(db, [noor], "staff:x", NOW)
        assert at_school.check_badge(db, place, codes[noor], None, NOW) == Fail("unknown")


def test_a_scanner_that_runs_wild_is_stopped(database: Database) -> None:
    with database.write() as db:
        place = a_device(db, a_school(db))
        found = [at_school.check_badge(db, place, f"sb1:{n}", None, NOW) for n in range(301)]
    assert found.count(Fail("unknown")) == 300
    assert found[-1] == Fail("locked", NOW + timedelta(minutes=2))
