"""Which school opens which publisher, and what that publisher may be told."""

import pytest

from idp.kernel.db import Database
from idp.school import contracts
from tests.builders import NOW, a_group, a_pupil, a_school

ALL = ["given_name", "group"]


def test_a_publisher_of_all_schools_is_told_what_it_lists(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        contracts.store_publisher(db, "for-all", "Voor iedereen", ALL, True)
        assert contracts.told(db, a_school(db), "for-all") == frozenset(ALL)
        assert contracts.told_of_pupil(db, pupil, "for-all") == frozenset(ALL)


def test_a_publisher_that_is_not_for_all_is_closed_without_a_contract(database: Database) -> None:
    with database.write() as db:
        with_it, without = a_school(db), a_school(db)
        pupil, other = a_pupil(db, a_group(db, with_it)), a_pupil(db, a_group(db, without))
        contracts.store_publisher(db, "by-contract", "Op contract", ALL, False)
        contracts.agree(db, with_it, "by-contract", ["given_name"], NOW)
        assert contracts.told(db, with_it, "by-contract") == frozenset({"given_name"})
        assert contracts.told(db, without, "by-contract") is None
        assert contracts.told_of_pupil(db, pupil, "by-contract") == frozenset({"given_name"})
        assert contracts.told_of_pupil(db, other, "by-contract") is None


def test_a_schools_own_contract_wins_over_what_all_schools_agreed_to(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        contracts.store_publisher(db, "for-all", "Voor iedereen", ALL, True)
        contracts.agree(db, school, "for-all", ["given_name", "family_name"], NOW)
        assert contracts.told(db, school, "for-all") == frozenset({"given_name", "family_name"})
        contracts.agree(db, school, "for-all", [], NOW)
        assert contracts.told(db, school, "for-all") == frozenset(), "open, and told nothing but the pseudonym"


def test_an_unknown_publisher_is_closed(database: Database) -> None:
    with database.write() as db:
        assert contracts.told(db, a_school(db), "unknown") is None
        assert contracts.told(db, None, "unknown") is None
        assert contracts.told_of_pupil(db, "nobody", "unknown") is None


def test_a_pupil_who_left_opens_nothing(database: Database) -> None:
    with database.write() as db:
        contracts.store_publisher(db, "for-all", "Voor iedereen", ALL, True)
        assert contracts.told_of_pupil(db, a_pupil(db, left_at=NOW), "for-all") is None


def test_the_publishers_of_a_school_by_name(database: Database) -> None:
    with database.write() as db:
        school, other = a_school(db), a_school(db)
        contracts.store_publisher(db, "z", "zwijsen", ALL, True)
        contracts.store_publisher(db, "b", "Blink", ALL, False)
        contracts.store_publisher(db, "m", "Malmberg", ALL, False)
        contracts.agree(db, school, "m", ALL, NOW)
        contracts.agree(db, other, "b", ALL, NOW)
        contracts.agree(db, school, "z", ALL, NOW)
        assert contracts.opened_by(db, school) == [("m", "Malmberg"), ("z", "zwijsen")]


def test_storing_a_publisher_again_says_what_changed(database: Database) -> None:
    with database.write() as db:
        steps = (("Blink", ALL, True), ("Blink", ALL[::-1], True), ("Blink", ALL, False), ("Blink!", ALL, False),
                 ("Blink!", ["name"], False), ("Blink!", ["name", "name"], False))  # fmt: skip
        said = [contracts.store_publisher(db, "b", *step) for step in steps]
        assert said == ["added", "unchanged", "changed", "changed", "changed", "unchanged"]


@pytest.mark.parametrize("claim", ["sub", "email", "pin", "birthdate", "iss", "Given_Name", ""])
def test_a_claim_that_no_contract_can_list_is_named(database: Database, claim: str) -> None:
    problem = contracts.claims_problem(["given_name", claim])
    assert problem is not None
    assert claim in problem
    with database.write() as db:
        with pytest.raises(ValueError):
            contracts.store_publisher(db, "b", "Blink", [claim], True)
        with pytest.raises(ValueError):
            contracts.agree(db, a_school(db), "b", [claim], NOW)
        assert contracts.told(db, a_school(db), "b") is None


def test_all_that_a_contract_can_list_is_no_problem() -> None:
    assert contracts.claims_problem(contracts.CLAIMS) is None


def test_a_school_closes_a_publisher_that_every_school_has_and_opens_it_again(database: Database) -> None:
    with database.write() as db:
        contracts.store_publisher(db, "for-all", "For all", ALL, all_schools=True)
        school, other = a_school(db), a_school(db)
        pupil = a_pupil(db, a_group(db, school))
        contracts.close(db, school, "for-all", NOW)
        assert contracts.told(db, school, "for-all") is None
        assert contracts.told_of_pupil(db, pupil, "for-all") is None
        assert contracts.opened_by(db, school) == []
        assert contracts.told(db, other, "for-all") == frozenset(ALL)
        contracts.agree(db, school, "for-all", ["given_name"], NOW)
        assert contracts.told_of_pupil(db, pupil, "for-all") == frozenset({"given_name"})
        assert contracts.opened_by(db, school) == [("for-all", "For all")]


def test_how_a_school_stands_to_each_publisher(database: Database) -> None:
    with database.write() as db:
        contracts.store_publisher(db, "a", "Amber", ["given_name", "group"], all_schools=True)
        contracts.store_publisher(db, "b", "Blauw", ["given_name"], all_schools=False)
        school = a_school(db)
        amber, blauw = contracts.of_school(db, school)
        assert (amber.open, amber.own, amber.told) == (True, False, frozenset({"given_name", "group"}))
        assert (blauw.open, blauw.own, blauw.told) == (False, False, frozenset())
        contracts.agree(db, school, "b", ["given_name"], NOW)
        contracts.close(db, school, "a", NOW)
        amber, blauw = contracts.of_school(db, school)
        assert (amber.open, amber.own, amber.told) == (False, True, frozenset())
        assert (blauw.open, blauw.own, blauw.told) == (True, True, frozenset({"given_name"}))
