"""The years that a group can be of (jaargroep): 1 to 8, and S of special education, where a group follows none."""

from typing import Final

SPECIAL: Final = 9
"""Stands behind the eight in every list. Nobody reads the number: it is written S, as in EDEXML."""

LAST: Final = 8
"""After which a child goes to another school."""

YEARS: Final = (*range(1, LAST + 1), SPECIAL)

_BY_NAME = {"S" if year == SPECIAL else str(year): year for year in YEARS}
_NAMES = {year: name for name, year in _BY_NAME.items()}


def read(text: str) -> int | None:
    """A year as it is written ("5", "05", "S"); None = that is none."""
    return _BY_NAME.get(text.strip().lstrip("0").upper())


def written(year: int) -> str:
    """As people and files write it."""
    return _NAMES[year]


def told(year: int) -> int | str:
    """As a publisher is told: a number 1 to 8, or "S"."""
    return written(year) if year == SPECIAL else year
