"""The pages that are made from the code say what the code says."""

import pytest

from tests.house.documents import DOCS, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_the_code_has_not_fallen_behind(name: str) -> None:
    assert (DOCS / name).read_text() == PAGES[name](), "run `make docs`"
