"""A sheet made by hand is read as people make them, and refused with the line where it is wrong."""

import time

import pytest

from idp.school.roster import plain_csv
from idp.school.roster.values import Problem, Roster
from idp.school.years import SPECIAL
from tests.roster_files import a_file
from tests.roster_files import plain_csv as written

HEADER = "sleutel;voornaam;tussenvoegsel;achternaam;groep;jaargroep"


def a_roster(text: str, encoding: str = "utf-8") -> Roster:
    reading = plain_csv.read(text.encode(encoding))
    assert isinstance(reading, Roster), reading
    return reading


def problems(text: str) -> list[Problem]:
    reading = plain_csv.read(text.encode())
    assert not isinstance(reading, Roster)
    return reading


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_each_separator_is_seen(separator: str) -> None:
    file = a_file(900, 40)
    roster = a_roster(written(file, separator))
    names = {one.key: one.name.casefold() for one in file.classes}
    assert [(one.key, one.first_name, one.family_name, one.groups) for one in roster.pupils] == [
        (one.key, one.first_name, one.whole_family_name, (names[one.group or ""],)) for one in file.children
    ]
    assert {(one.name, str(one.year), one.key) for one in roster.groups} == {
        (one.name, one.year, None) for one in file.classes
    }


@pytest.mark.parametrize(
    "header",
    [
        "Leerlingnummer;Roepnaam;Voorvoegsel;Achternaam;Klas;Leerjaar",
        "KEY;First name;Prefix;Last Name;Group;Year",
        "pupil_number; given-name ;infix;surname;CLASS;grade",
    ],
)
def test_columns_have_many_names(header: str) -> None:
    [pupil] = a_roster(f"{header}\n1;Anna;van;Aa;Bever;4\n").pupils
    assert (pupil.key, pupil.first_name, pupil.family_name, pupil.groups) == ("1", "Anna", "van Aa", ("bever",))


def test_columns_stand_in_any_order_and_others_are_not_read() -> None:
    roster = a_roster("bsn;groep;voornaam;geboren;sleutel\n999990019;Bever 4;Anna;2014-03-27;1\n")
    assert "999990019" not in repr(roster)
    assert "2014" not in repr(roster)
    assert roster.pupils[0].key == "1"


def test_what_has_no_column_is_not_said() -> None:
    [pupil] = a_roster("sleutel;voornaam\n1;Anna\n").pupils
    assert (pupil.family_name, pupil.groups) == (None, None)
    assert not a_roster("sleutel;voornaam\n1;Anna\n").covers


def test_an_empty_cell_and_a_dash_say_nothing_there() -> None:
    [one, two] = a_roster(f"{HEADER}\n1;Anna;-;Aa;-;\n2;Bas;;;;-\n").pupils
    assert (one.family_name, one.groups, two.family_name, two.groups) == ("Aa", (), "", ())


def test_a_groups_year_is_that_of_most_of_its_pupils_or_in_its_name() -> None:
    roster = a_roster(f"{HEADER}\n1;A;;A;Bever;4\n2;B;;B;bever;5\n3;C;;C;BEVER;5\n4;D;;D;Groep 7a;\n5;E;;E;Das;\n")
    assert [(group.name, group.year) for group in roster.groups] == [("Bever", 5), ("Groep 7a", 7), ("Das", None)]


def test_more_pupils_than_any_school_has_are_refused() -> None:
    rows = "".join(f"{number};A;;B;Bever;5\n" for number in range(3_001))
    reading = plain_csv.read(f"{HEADER}\n{rows}".encode())
    assert isinstance(reading, list)
    assert [problem.values for problem in reading] == [{"most": "3000"}]
    assert len(a_roster(f"{HEADER}\n{rows[: rows.rindex('3000;')]}").pupils) == 3_000


def test_a_group_of_special_education_has_an_s_for_a_year() -> None:
    roster = a_roster(f"{HEADER}\n1;A;;A;Geel 5;S\n2;B;;B;Rood;s\n")
    assert [(group.name, group.year) for group in roster.groups] == [("Geel 5", SPECIAL), ("Rood", SPECIAL)]


@pytest.mark.parametrize("lines", ["\n", "\r\n", "\r"])
def test_lines_end_in_three_ways_and_empty_ones_do_not_count(lines: str) -> None:
    text = lines.join([HEADER, "1;Anna;;Aa;Bever;4", "", ";;;;;", "2;Bas;;Bos;Bever;4", ""])
    assert [one.key for one in a_roster(text).pupils] == ["1", "2"]


def test_the_line_with_which_excel_names_the_separator_is_passed_over() -> None:
    assert a_roster("sep=,\r\nsleutel,voornaam\r\n1,Anna\r\n").pupils[0].key == "1"
    assert [problem.line for problem in problems("sep=,\r\nsleutel,voornaam\r\n1,\r\n")] == [3]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_encoding_of_a_spreadsheet_is_read(encoding: str) -> None:
    assert a_roster("sleutel;voornaam\n1;Zoë\n", encoding).pupils[0].first_name == "Zoë"


@pytest.mark.parametrize(
    ("rows", "line", "field"),
    [
        (["1;Anna;;Aa;Bever;4", "1;Bas;;Bos;Bever;4"], 3, "sleutel"),
        ([";Anna;;Aa;Bever;4"], 2, "sleutel"),
        (["1;;;Aa;Bever;4"], 2, "voornaam"),
        (["1;Anna;;Aa;Bever;9"], 2, "jaargroep"),
        (["1;Anna;;Aa;Bever;zeven"], 2, "jaargroep"),
        (["1;Anna;;Aa;Bever;4", "2;Bas;;Bos"], 3, ""),
        (["1;Anna;;Aa;Bever;4;extra"], 2, ""),
        (['1;"Anna;;Aa;Bever;4', "2;Bas;;Bos;Bever;4"], 3, ""),
        (["1;=1+1;;Aa;Bever;4"], 2, "voornaam"),
        (["1;Anna;;+31;Bever;4"], 2, "achternaam"),
        (["1;Anna;;-Aa;Bever;4"], 2, "achternaam"),
        (["1;Anna;;Aa;@groep;4"], 2, "groep"),
        (["=1;Anna;;Aa;Bever;4"], 2, "sleutel"),
        (['1;"\tAnna";;Aa;Bever;4'], 2, "voornaam"),
        (['1;"\rAnna";;Aa;Bever;4'], 3, "voornaam"),
        (['1;" =1";;Aa;Bever;4'], 2, "voornaam"),
        (["1;An\x07na;;Aa;Bever;4"], 2, "voornaam"),
        (['1;"An\r\nBcc: x";;Aa;Bever;4'], 3, "voornaam"),
    ],
)
def test_a_wrong_line_is_named(rows: list[str], line: int, field: str) -> None:
    assert [(found.line, found.field) for found in problems("\n".join([HEADER, *rows]))] == [(line, field)]


def test_all_wrong_lines_are_named_at_once() -> None:
    rows = ["1;Anna;;Aa;Bever;4", ";Bas;;Bos;Bever;4", "3;;;Cos;Bever;4", "4;Dee;;=1;Bever;12"]
    found = problems("\n".join([HEADER, *rows]))
    assert [(one.line, one.field) for one in found] == [
        (3, "sleutel"),
        (4, "voornaam"),
        (5, "achternaam"),
        (5, "jaargroep"),
    ]


@pytest.mark.parametrize(
    ("header", "field"), [("naam;groep", "sleutel"), ("sleutel;groep", "voornaam"), ("sleutel;voornaam;key", "sleutel")]
)
def test_a_header_that_will_not_do_is_refused(header: str, field: str) -> None:
    assert field in [problem.field for problem in problems(f"{header}\n1;2;3\n")]


def test_half_a_line_at_the_end_is_refused() -> None:
    whole = f"{HEADER}\n1;Anna;;Aa;Bever;4\n2;Bas;;Bos;Bever;4"
    for size in range(len(whole) - 12, len(whole) - 2):
        assert not isinstance(plain_csv.read(whole[:size].encode()), Roster), whole[:size]


def test_a_million_lines_are_refused() -> None:
    rows = "\n".join(f"{number};A" for number in range(1_000_000))
    assert [found.values for found in problems(f"sleutel;voornaam\n{rows}")] == [{"most": "20000"}]
    just = "\n".join(f"{number};A" for number in range(20_001))
    assert [found.values for found in problems(f"sleutel;voornaam\n{just}")] == [{"most": "20000"}]


def test_a_header_of_a_million_columns_is_refused_at_once() -> None:
    began = time.process_time()
    assert [found.values for found in problems(f"sleutel;voornaam{';x' * 1_000_000}\n1;2")] == [{"most": "500"}]
    assert time.process_time() - began < 2


def test_a_sheet_of_nobody_is_refused() -> None:
    assert problems(HEADER)
    assert problems(f"{HEADER}\n\n")
