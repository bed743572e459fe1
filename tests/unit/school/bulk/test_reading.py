"""What teachers paste and send becomes lines: whom it is about, and which addresses."""

import pytest

from idp.school.bulk import reading
from idp.school.bulk.reading import MAX_BYTES, MAX_LINES, Line
from idp.school.roster.values import Problem

A, B = "ouder.a@thuis.example", "ouder.b@thuis.example"


def read(text: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    lines = reading.of_text(text)
    assert not isinstance(lines, Problem), lines
    return [(line.who, line.addresses) for line in lines]


@pytest.mark.parametrize(
    "line",
    [
        f"Noor de Vries; {A}; {B}",
        f"Noor de Vries,{A},{B}",
        f"Noor de Vries\t{A}\t{B}",
        f'"Noor de Vries";"{A}";"{B}"',
        f"Noor de Vries {A} {B}",
        f"Noor de Vries <{A}> <{B}>",
        f"- Noor de Vries; {A}; {B}",
        f"Noor de Vries;; {A} ;;{B};",
        f"\u00a0Noor de Vries\u00a0;{A};{B}",
    ],
)
def test_a_line_is_read_however_it_is_written(line: str) -> None:
    assert read(line) == [(("Noor de Vries",), (A, B))]


def test_a_name_may_stand_in_several_cells() -> None:
    assert read(f"Noor;de;Vries;{A}") == [(("Noor", "de", "Vries"), (A,))]


def test_what_was_meant_as_an_address_counts_as_one() -> None:
    assert read("Noor; ouder.thuis.nl") == [(("Noor",), ("ouder.thuis.nl",))]


def test_empty_lines_are_skipped_and_lines_keep_their_numbers() -> None:
    lines = reading.of_text(f"\r\nNoor;{A}\r\n\r\n  \nMees;{B}")
    assert lines == [Line(2, ("Noor",), (A,)), Line(5, ("Mees",), (B,))]


def test_a_header_says_which_columns_count() -> None:
    text = (
        f"Leerlingnummer;Roepnaam;Achternaam;Geboortedatum;E-mail 1;E-mail ouder 2\n17;Noor;de Vries;1-1-2018;{A};{B}"
    )
    assert read(text) == [(("17", "Noor", "de Vries"), (A, B))]


def test_too_many_lines_are_refused_and_said_where() -> None:
    assert len(read("\n".join([f"Noor;{A}"] * MAX_LINES))) == MAX_LINES
    refused = reading.of_text("\n".join([f"Noor;{A}"] * (MAX_LINES + 1)))
    assert isinstance(refused, Problem)
    assert (refused.line, refused.values) == (MAX_LINES + 1, {"most": str(MAX_LINES)})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_file_is_read_in_the_encodings_of_spreadsheets(encoding: str) -> None:
    lines = reading.of_file(f"Zoë;{A}".encode(encoding))
    assert lines == [Line(1, ("Zoë",), (A,))]


@pytest.mark.parametrize("data", [b"\x00\x01\x02", b"\xff\xfe\x00\x00a", b"x" * (MAX_BYTES + 1)])
def test_what_is_no_text_or_too_large_is_refused(data: bytes) -> None:
    assert isinstance(reading.of_file(data), Problem)


def test_a_line_without_end_is_no_fault() -> None:
    (line,) = reading.of_text('"' + "a;" * 200_000)
    assert line.addresses == ()
