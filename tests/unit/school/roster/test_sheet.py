"""What we export is shown by a spreadsheet, never calculated; and comes back as it was."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.school.roster import plain_csv, sheet
from idp.school.roster.values import Roster

DANGEROUS = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\tx", "\rx", "'=1", "''+1", "-"]


@pytest.mark.parametrize("value", DANGEROUS)
def test_a_formula_is_quoted(value: str) -> None:
    assert sheet.csv_safe(value) == f"'{value}"


@pytest.mark.parametrize("value", ["Anna", "'t Hof", "van 't Hof", "", "Ann-Marie", "a=b", "'", "3"])
def test_a_name_is_left_alone(value: str) -> None:
    assert sheet.csv_safe(value) == value


@given(st.text())
def test_quoting_loses_nothing(value: str) -> None:
    safe = sheet.csv_safe(value)
    assert sheet.csv_plain(safe) == value
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_t38_an_export_holds_no_cell_that_begins_a_formula() -> None:
    data = sheet.export(["Naam"], [[value] for value in DANGEROUS])
    assert data.startswith(b"\xef\xbb\xbf")
    cells = [
        cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";") for cell in row
    ]
    assert cells == ["Naam", *(f"'{value}" for value in DANGEROUS)]


@pytest.mark.parametrize(
    "name", ["=cmd|' /C calc'!A0", "+1", "@SUM(1)", "-Jan", "'t Hof", "'=x", 'Jan "J" Jansen', "a;b"]
)
def test_t38_a_name_goes_out_and_comes_back(name: str) -> None:
    data = sheet.export(["Sleutel", "Voornaam", "Achternaam"], [["1", name, name]])
    roster = plain_csv.read(data)
    assert isinstance(roster, Roster), roster
    assert (roster.pupils[0].first_name, roster.pupils[0].family_name) == (name, name)
