"""What a home account's password must be (rule 4)."""

import pytest

from idp.school.password_rules import common, problem

CONTEXT = ("familie.devries@thuis.example", "De Regenboog", "Noor", "van der Aa", "Ali")


@pytest.mark.parametrize(
    "password",
    [
        "appelmoes!",  # ten characters
        "een korte zin",
        "x" * 60 + "correct horse battery staple" + "y" * 40,  # 128
        "alleen maar kleine letters",
        "8401937265",
        "пароль из слов",
        "zon🔑zee🔑zand",
        "  spaties tellen ook  ",
        "Noor houdt van appeltaart",
    ],
)
def test_anything_long_that_is_not_common_will_do(password: str) -> None:
    assert problem(password, CONTEXT) is None


@pytest.mark.parametrize(("password", "word"), [("negenteke", "minstens 10"), ("x" * 129, "hoogstens 128")])
def test_a_password_has_10_to_128_characters(password: str, word: str) -> None:
    assert word in str(problem(password))


@pytest.mark.parametrize(
    "password",
    ["1234567890", "QWERTYUIOP", "password12", "!!iloveyou!!", "aaaaaaaaaaaa", "abababababab", "sunshine2024!"],
)
def test_a_common_password_is_refused_in_whatever_dress(password: str) -> None:
    assert "veel mensen" in str(problem(password))


def test_the_list_of_common_passwords_is_long_enough() -> None:
    assert len(common()) >= 10_000


@pytest.mark.parametrize(
    "password",
    [
        "Regenboog2024!",
        "deregenboog",
        "Sleutelbos!!1",
        "welkom-welkom",
        "Noor-Regenboog",
        "devries123456",
        "ali1234567890",
        "van der Aa 2019",
        "familie.devries@thuis.example",
    ],
)
def test_what_anybody_near_would_try_is_refused(password: str) -> None:
    assert "makkelijk te raden" in str(problem(password, CONTEXT))
