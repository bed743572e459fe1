"""The years that a group can be of."""

import pytest

from idp.school import years
from idp.school.years import SPECIAL


@pytest.mark.parametrize(("text", "year"), [("1", 1), ("8", 8), (" 05 ", 5), ("S", SPECIAL), ("s", SPECIAL)])
def test_a_year_as_it_is_written(text: str, year: int) -> None:
    assert years.read(text) == year
    assert years.read(years.written(year)) == year


@pytest.mark.parametrize("text", ["", "0", "9", "10", "-1", "SS", "1.0", "\u0664"])
def test_what_is_no_year(text: str) -> None:
    assert years.read(text) is None


def test_publishers_are_told_a_number_where_there_is_one() -> None:
    assert [years.told(year) for year in years.YEARS] == [1, 2, 3, 4, 5, 6, 7, 8, "S"]
