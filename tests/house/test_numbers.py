"""Each check from outside (B01 to B47) and each trap (A1 to A12, edges 0 to 19) has a test under its number."""

from tests.house.numbers import TITLES, named_tests

TESTED = ("checks", "traps", "edges")


def test_every_number_has_a_test() -> None:
    found = named_tests()
    assert not [number for kind in TESTED for number in TITLES[kind] if not found[number]]


def test_no_number_was_forgotten() -> None:
    assert list(TITLES["checks"]) == [f"B{number:02}" for number in range(1, 48)]
    assert list(TITLES["traps"]) == [f"A{number}" for number in range(1, 13)]
    assert list(TITLES["edges"]) == [f"edge_{number}" for number in range(20)]
    assert list(TITLES["threats"]) == [f"T{number:02}" for number in range(1, 46)]
