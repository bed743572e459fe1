"""Cards that are printed again, and codes for once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.kernel.db import Database
from idp.school import badges
from idp.school.models import Badge, EmergencyCode
from tests.builders import KEYRING, NOW, a_group, a_pupil


def test_a_badge_is_long_random_and_kept_as_a_fingerprint(database: Database) -> None:
    with database.write() as db:
        pupils = [a_pupil(db), a_pupil(db)]
        codes = badges.mint(db, pupils, "staff:x", NOW)
        assert list(codes) == pupils
        for pupil, code in codes.items():
            assert re.fullmatch(r"sb1:[A-Za-z0-9_-]{24}", code)
            assert badges.owner_of(db, code) == pupil
        assert len(set(codes.values())) == 2
        assert all(len(kept) == 32 for kept in db.execute(select(Badge.fingerprint)).scalars())


def test_a_new_card_ends_the_old_one_of_that_child_alone(database: Database) -> None:
    with database.write() as db:
        noor, daan = a_pupil(db), a_pupil(db)
        old = badges.mint(db, [noor, daan], "staff:x", NOW)
        new = badges.mint(db, [noor], "staff:x", NOW + timedelta(days=1))
        assert badges.owner_of(db, old[noor]) is None
        assert badges.owner_of(db, new[noor]) == noor
        assert badges.owner_of(db, old[daan]) == daan
        assert badges.printed_at(db, [noor, daan]) == {noor: NOW + timedelta(days=1), daan: NOW}


def test_a_scanner_may_add_white_space_and_write_the_prefix_large(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        code = badges.mint(db, [pupil], "staff:x", NOW)[pupil]
        for read in (f" {code}\r\n", code.replace("sb1:", "SB1:"), f"{code[:10]} {code[10:]}"):
            assert badges.owner_of(db, read) == pupil
        for read in ("", "sb1:", code[:-1], code.removeprefix("sb1:"), code.swapcase(), code + "A", "x" * 10_000):
            assert badges.owner_of(db, read) is None


def test_who_left_gets_no_badge_and_no_code(database: Database) -> None:
    with database.write() as db:
        gone = a_pupil(db, left_at=NOW)
        assert badges.mint(db, [gone, "nobody"], "staff:x", NOW) == {}
        assert badges.make_code(db, KEYRING, gone, "anna", NOW) is None


def test_two_printers_at_once_leave_one_badge_for_each_child(database: Database) -> None:
    with database.write() as db:
        group = a_group(db)
        pupils = [a_pupil(db, group) for _ in range(8)]

    def print_cards(_number: int) -> dict[str, str]:
        with database.write() as db:
            return dict(badges.mint(db, pupils, "staff:x", NOW))

    with ThreadPoolExecutor(6) as pool:
        printed = list(pool.map(print_cards, range(6)))
    with database.read() as db:
        for pupil in pupils:
            assert [badges.owner_of(db, codes[pupil]) for codes in printed].count(pupil) == 1
        live = db.execute(select(Badge.pupil_id).where(Badge.revoked_at.is_(None))).scalars().all()
        assert sorted(live) == sorted(pupils)


def test_an_emergency_code_works_once_and_for_twenty_minutes(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        code = badges.make_code(db, KEYRING, pupil, "anna", NOW) or ""
        assert re.fullmatch("[BCDFGHJKLMNPQRSTVWXZ34679]{6}", code)
        assert not badges.spend_code(db, KEYRING, pupil, code, NOW + badges.CODE_LIFE)
        assert badges.spend_code(db, KEYRING, pupil, code, NOW + badges.CODE_LIFE - timedelta(seconds=1))
        assert not badges.spend_code(db, KEYRING, pupil, code, NOW)


@pytest.mark.parametrize("spelled", [str.lower, lambda code: f" {code[:3]} {code[3:]} ", lambda code: "-".join(code)])
def test_a_code_is_read_as_children_type_it(database: Database, spelled: object) -> None:
    assert callable(spelled)
    with database.write() as db:
        pupil = a_pupil(db)
        code = badges.make_code(db, KEYRING, pupil, "anna", NOW) or ""
        assert badges.spend_code(db, KEYRING, pupil, spelled(code), NOW)


def test_a_code_is_one_childs_and_the_newest_counts(database: Database) -> None:
    with database.write() as db:
        noor, daan = a_pupil(db), a_pupil(db)
        old = badges.make_code(db, KEYRING, noor, "anna", NOW) or ""
        new = badges.make_code(db, KEYRING, noor, "anna", NOW) or ""
        assert not badges.spend_code(db, KEYRING, daan, new, NOW)
        assert not badges.spend_code(db, KEYRING, noor, old, NOW)
        assert badges.spend_code(db, KEYRING, noor, new, NOW)


def test_of_twelve_with_one_code_one_comes_in(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        code = badges.make_code(db, KEYRING, pupil, "anna", NOW) or ""

    def spend(_number: int) -> bool:
        with database.write() as db:
            return badges.spend_code(db, KEYRING, pupil, code, NOW)

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(spend, range(12))).count(True) == 1


def test_a_copy_of_the_database_does_not_give_a_code_away(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        code = badges.make_code(db, KEYRING, pupil, "anna", NOW) or ""
        kept = db.execute(select(EmergencyCode.fingerprint)).scalar_one()
    guesses = (f"{code}", f"{pupil}:{code}", f":{pupil}:{code}")
    assert kept not in {badges.fingerprint(guess) for guess in guesses}
