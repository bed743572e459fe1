"""A plan survives being put away, and holds nothing that the file held and we do not read."""

import dataclasses

import pytest

from idp.school.roster import kept, new_year
from idp.school.roster.plan import compare
from tests.roster_files import MARKS, a_file, edexml
from tests.unit.school.roster.imported import read
from tests.unit.school.roster.states import a_roster, a_school, changed, everybody, member, works


def test_a_plan_comes_back_as_it_was() -> None:
    now = changed(a_school(staff=[member(1, "G1"), member(2)]), P0={"eck_id": "https://x", "left": True})
    made = compare(
        now, dataclasses.replace(a_roster(everybody(), staff=(works(1, "g2"), works(9))), covers=frozenset({"staff"}))
    )
    assert kept.load(kept.dump(made)) == made


def test_a_new_year_comes_back_as_it_was() -> None:
    made = new_year.plan(a_school())
    assert kept.load(kept.dump(made)) == made


def test_nothing_private_is_put_away() -> None:
    data = kept.dump(compare(a_school(), read(edexml(a_file())))).decode()
    assert not [mark for mark in MARKS if mark in data]


@pytest.mark.parametrize("data", [b"", b"{}", b"[1, 2]", b"null"])
def test_bytes_of_somebody_else_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        kept.load(data)
