"""A workbook that somebody made, and those that somebody made on purpose."""

import zipfile
from io import BytesIO

import pytest
from openpyxl import Workbook

from idp.school.bulk import reading, workbook
from idp.school.bulk.reading import MAX_LINES, Line
from idp.school.roster.values import Problem


def a_workbook(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def changed(data: bytes, part: str, before: bytes, after: bytes) -> bytes:
    """The same workbook with other bytes in one of its parts."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == part:
                assert before in content
                content = content.replace(before, after, 1)
            new.writestr(name, content)
    return out.getvalue()


def test_the_first_sheet_is_read_with_its_header_and_numbers() -> None:
    data = a_workbook(("Nummer", "E-mail", None), (1017, "a@thuis.example"), (), (1018.0, "b@thuis.example", "x"))
    assert reading.of_file(data) == [
        Line(2, ("1017",), ("a@thuis.example",)),
        Line(4, ("1018",), ("b@thuis.example",)),
    ]


def test_t38_a_formula_stays_a_formula() -> None:
    (row,) = workbook.rows(a_workbook(("=1+1", "a@thuis.example")), MAX_LINES)
    assert row[0] == "=1+1"


def test_too_many_rows_are_refused() -> None:
    data = a_workbook(*[("Noor", "a@thuis.example")] * (MAX_LINES + 1))
    assert isinstance(reading.of_file(data), Problem)


def test_a_row_that_says_it_is_the_millionth_is_not_waited_for() -> None:
    data = changed(a_workbook(("Noor",)), "xl/worksheets/sheet1.xml", b'<row r="1"', b'<row r="1048576"')
    assert reading.of_file(data) == []


@pytest.mark.parametrize("declared", [b'<!DOCTYPE x [<!ENTITY a "b">]>', b'<!DOCTYPE x SYSTEM "file:///etc/passwd">'])
def test_a_document_type_is_refused(declared: bytes) -> None:
    data = changed(a_workbook(("Noor",)), "xl/worksheets/sheet1.xml", b"<worksheet", declared + b"<worksheet")
    assert workbook.rows(data, MAX_LINES) == workbook._BROKEN


def test_t39_a_bomb_is_refused_before_it_is_unpacked() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (workbook.MAX_UNPACKED + 1))
    assert workbook.rows(out.getvalue(), MAX_LINES) == workbook._TOO_MUCH


def test_half_a_file_is_refused() -> None:
    data = a_workbook(("Noor", "a@thuis.example"))
    for half in (data[: len(data) // 2], data[:30], b"PK\x03\x04" + b"\x00" * 100):
        assert isinstance(reading.of_file(half), Problem)
