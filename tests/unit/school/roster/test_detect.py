"""What kind of file it is, its content says; and whatever it is, reading it ends in a roster or in problems."""

import zipfile
from unicodedata import normalize

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from idp.school.roster import decoding, detect
from idp.school.roster.values import Roster
from tests import oneroster_files, roster_files
from tests.oneroster_files import zipped
from tests.roster_files import Child, Class, File, a_file

WHOLE = {
    "edexml": roster_files.edexml(a_file()),
    "oneroster": oneroster_files.oneroster(oneroster_files.oneroster_rows(a_file())),
    "csv": roster_files.plain_csv(a_file()).encode(),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_each_kind_is_told_by_its_content(kind: str) -> None:
    roster = detect.read(WHOLE[kind])
    assert isinstance(roster, Roster)
    assert roster.source == kind


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\r\n  "])
def test_what_stands_before_the_first_sign_does_not_matter(before: bytes) -> None:
    text = WHOLE["edexml"] if b"\r" not in before else WHOLE["edexml"].split(b"\n", 1)[1]
    assert isinstance(detect.read(before + text), Roster)


@pytest.mark.parametrize("data", [b"", b"   \n", b"\x00" * 100, b"\x89PNG\r\n\x1a\n", b"PK\x03\x04", b"<", b"hallo"])
def test_anything_else_is_refused(data: bytes) -> None:
    assert not isinstance(detect.read(data), Roster)


def test_a_workbook_is_refused_with_what_to_do() -> None:
    [problem] = detect.read(zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}))  # type: ignore[misc]
    assert "CSV" in problem.message


def test_a_file_that_is_too_large_is_not_looked_into() -> None:
    [problem] = detect.read(b"<" * (decoding.MAX_BYTES + 1))  # type: ignore[misc]
    assert problem.values == {"most": "20"}


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=400))
@example(b"<a xmlns:\xc3\xa9='")
def test_no_bytes_at_all_raise(data: bytes) -> None:
    assert isinstance(detect.read(data), Roster | list)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_no_damage_to_a_good_file_raises(kind: str, data: st.DataObject) -> None:
    whole = bytearray(WHOLE[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(whole) - 1))
        how = data.draw(st.sampled_from(["change", "cut", "insert", "drop"]))
        if how == "change":
            whole[at] = data.draw(st.integers(0, 255))
        elif how == "insert":
            whole[at:at] = data.draw(st.binary(max_size=8))
        elif how == "drop":
            del whole[at : at + data.draw(st.integers(1, 40))]
        else:
            del whole[max(at, 1) :]
        if not whole:
            break
    assert isinstance(detect.read(bytes(whole)), Roster | list)


CSV_TEXT = st.text(st.sampled_from('ab1;,"\n\r\t=+-@\x00é\u202e<'), max_size=80)


@settings(max_examples=300, deadline=None)
@given(CSV_TEXT)
def test_no_rows_under_a_good_header_raise(text: str) -> None:
    assert isinstance(detect.read(f"sleutel;voornaam;groep\n{text}".encode()), Roster | list)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["orgs", "users", "roles", "classes", "enrollments", "manifest"]), CSV_TEXT))
def test_no_tables_in_a_zip_raise(tables: dict[str, str]) -> None:
    files = {f"{name}.csv": text.encode() for name, text in tables.items()}
    files.setdefault(
        "manifest.csv", b"propertyName,value\noneroster.version,1.2\nfile.users,delta\nfile.classes,delta\n"
    )
    assert isinstance(detect.read(zipped(files, zipfile.ZIP_STORED)), Roster | list)


# Names as people have them: letters and marks of any script, with a sign inside. No white space at the ends, no sign
# that begins a formula.
LETTER = st.characters(categories=["Lu", "Ll", "Lo"])
NAME = st.builds(
    lambda first, rest: f"{first}{' '.join(rest.split())}".strip(),
    LETTER,
    st.text(st.characters(categories=["Lu", "Ll", "Lo"]) | st.sampled_from(" '-."), max_size=20),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(NAME, NAME), min_size=1, max_size=8))
def test_every_name_comes_through_every_format(names: list[tuple[str, str]]) -> None:
    children = [Child(str(n), first, family, "g1", year="4") for n, (first, family) in enumerate(names)]
    file = File(classes=[Class("g1", "Bever", "4")], children=children)
    expected = [(str(n), normalize("NFC", first), normalize("NFC", family)) for n, (first, family) in enumerate(names)]
    for data in (
        roster_files.edexml(file),
        roster_files.edexml(file, encoding="utf-16-le", mark=b"\xff\xfe"),
        oneroster_files.oneroster(oneroster_files.oneroster_rows(file)),
        roster_files.plain_csv(file).encode("utf-8-sig"),
    ):
        roster = detect.read(data)
        assert isinstance(roster, Roster), roster
        assert [(one.key, one.first_name, one.family_name) for one in roster.pupils] == expected
