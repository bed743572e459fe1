"""The pupil that a line is about."""

import pytest

from idp.school.bulk.matching import Candidate, Register, Unclear

PUPILS = [
    Candidate("noor", "Noor", "de Vries", "1001"),
    Candidate("zoe", "Zoë", "van den Berg", "1002"),
    Candidate("emma-b", "Emma", "Bakker", "1003"),
    Candidate("emma-v", "Emma", "van der Velde", None),
    Candidate("aart", "Aart-Jan", "Şahin", "A-17"),
    Candidate("lukasz", "Łukasz", "O'Neill", None),
]


def found(*who: str) -> str:
    match = Register(PUPILS).find(who)
    return match.id if isinstance(match, Candidate) else f"several={match.several}"


@pytest.mark.parametrize(
    ("who", "pupil"),
    [
        ("1001", "noor"),
        ("a-17", "aart"),
        ("Noor", "noor"),
        ("NOOR DE VRIES", "noor"),
        ("de Vries, Noor", "noor"),
        ("Vries, Noor de", "noor"),
        ("zoe", "zoe"),
        ("Zoë v.d. Berg", "zoe"),
        ("Zoe van den Berg", "zoe"),
        ("Emma B.", "emma-b"),
        ("Emma V", "emma-v"),
        ("emma van der velde", "emma-v"),
        ("aart jan", "aart"),
        ("Aart-Jan Sahin", "aart"),
        ("lukasz", "lukasz"),
        ("Lukasz O’Neill", "lukasz"),
    ],
)
def test_a_pupil_is_found_as_a_teacher_writes(who: str, pupil: str) -> None:
    assert found(who) == pupil


def test_several_cells_are_one_name_and_a_number_goes_first() -> None:
    assert found("de Vries", "Noor") == "noor"
    assert found("1002", "Emma", "Bakker") == "zoe"


def test_a_name_of_two_is_told_with_both() -> None:
    unclear = Register(PUPILS).find(["Emma"])
    assert isinstance(unclear, Unclear)
    assert unclear.several
    assert {one.id for one in unclear.candidates} == {"emma-b", "emma-v"}


def test_an_unknown_name_is_told_with_who_may_be_meant() -> None:
    unclear = Register(PUPILS).find(["Nor de Fries"])
    assert isinstance(unclear, Unclear)
    assert not unclear.several
    assert [one.id for one in unclear.candidates] == ["noor"]
    nobody = Register(PUPILS).find(["Xanthippe"])
    assert isinstance(nobody, Unclear)
    assert not nobody.candidates


@pytest.mark.parametrize("who", ["", "...", "😀", "'", "de Vries", "No"])
def test_too_little_is_nobody(who: str) -> None:
    assert found(who) == "several=False"
