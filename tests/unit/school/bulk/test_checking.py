"""What each line would do, before it does."""

import time

from sqlalchemy import Connection

from idp.kernel.db import Database
from idp.school.bulk import checking, reading
from idp.school.bulk.checking import Preview
from idp.school.roster.values import Problem
from tests.builders import NOW, a_group, a_home, a_pupil

A, B, C, D = (f"ouder.{letter}@thuis.example" for letter in "abcd")


def look(db: Connection, group: str, text: str) -> Preview:
    lines = reading.of_text(text)
    assert not isinstance(lines, Problem)
    return checking.check(db, group, lines)


def acts(preview: Preview) -> list[list[str]]:
    return [[act.what for act in line.acts] for line in preview.lines]


def test_empty_places_are_filled_in_order(database: Database) -> None:
    with database.write() as db:
        group = a_group(db)
        noor = a_pupil(db, group)
        preview = look(db, group, f"Noor; {A}; {B}")
    assert acts(preview) == [["filled", "filled"]]
    assert {at: (wish.typed, wish.shown) for at, wish in preview.wishes[noor].items()} == {1: (A, ""), 2: (B, "")}


def test_what_is_there_stays_and_a_free_place_goes_before_another_address(database: Database) -> None:
    with database.write() as db:
        group = a_group(db)
        noor = a_pupil(db, group)
        a_home(db, noor, address=A)
        preview = look(db, group, f"Noor; {B}; {A.upper()}")
    assert acts(preview) == [["filled", "there"]]
    assert set(preview.wishes[noor]) == {2}


def test_only_where_both_are_taken_another_address_goes_and_the_line_says_which(database: Database) -> None:
    with database.write() as db:
        group = a_group(db)
        noor = a_pupil(db, group)
        for address in (A, B):
            a_home(db, noor, address=address)
        preview = look(db, group, f"Noor; {C}\nNoor; {A}")
    (changed,), (there,) = (line.acts for line in preview.lines)
    assert (changed.what, changed.instead_of, there.what) == ("changed", B, "there")  # A is in another line


def test_two_lines_of_one_pupil_are_two_addresses_and_a_third_is_too_many(database: Database) -> None:
    with database.write() as db:
        group = a_group(db)
        noor = a_pupil(db, group)
        preview = look(db, group, f"Noor; {A}\nNoor; {B}\nNoor; {C}\nNoor; {A}")
    assert acts(preview) == [["filled"], ["filled"], [], ["there"]]
    (wrong,) = preview.problems
    assert (wrong.line.number, wrong.problem and wrong.problem.message) == (3, checking.THIRD)
    assert set(preview.wishes[noor]) == {1, 2}


def test_a_line_that_is_wrong_does_nothing_at_all(database: Database) -> None:
    lines = {
        f"Niemand; {A}": checking.UNKNOWN,
        f"Emma; {A}": checking.SEVERAL,
        f"; {A}": checking.NOBODY,
        "Noor": checking.NO_ADDRESS,
        f"=HYPERLINK(1); {A}": checking.FORMULA_REFUSED,
        f"Noor; {A}; @SUM(1)": checking.FORMULA_REFUSED,
        f"Noor; {A}; geen@adres": None,
        f"Noor; {A}; iemand@gmial.com": None,
        f"Noor; {A}; {B}; {C}": checking.THIRD,
    }
    with database.write() as db:
        group = a_group(db)
        for first, family in (("Noor", "de Vries"), ("Emma", "Bakker"), ("Emma", "Visser")):
            a_pupil(db, group, first_name=first, family_name=family)
        a_pupil(db, group, first_name="Niemand", left_at=NOW)
        a_pupil(db, first_name="Niemand")
        preview = look(db, group, "\n".join(lines))
    said = [line.problem.message if line.problem else "" for line in preview.lines]
    assert all(said)
    assert [one for one, wanted in zip(said, lines.values(), strict=True) if wanted not in (None, one)] == []
    assert preview.wishes == {}


def test_a_thousand_lines_are_checked_within_a_second(database: Database) -> None:
    with database.write() as db:
        group = a_group(db)
        for number in range(35):
            a_pupil(db, group, first_name=f"Kind{number:02}", family_name=f"van Huis{number}")
        text = "\n".join(
            f"Kind{n % 60:02} van Huis{n % 60}; ouder{n}@thuis.example; o{n}@t.example" for n in range(1000)
        )
        took = []
        for _ in range(4):
            started = time.perf_counter()
            preview = look(db, group, text)
            took.append(time.perf_counter() - started)
    assert len(preview.lines) == 1000
    assert len(preview.problems) == 1000 - 35  # the others have no place any more, or are nobody here
    assert min(took) < 1, took
