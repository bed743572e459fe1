"""Two sets of pictures that nobody can take for one another, all of them there."""

import random
from collections import Counter

import pytest

from idp.school.pictures import (
    BY_KEY,
    GRID,
    PUPIL_PICTURES,
    SECRET_KEYS,
    SECRET_PICTURES,
    Picture,
    drawing,
    grid_for,
)


@pytest.mark.parametrize("picture", [*PUPIL_PICTURES, *SECRET_PICTURES], ids=lambda picture: picture.key)
def test_every_picture_has_a_drawing(picture: Picture) -> None:
    file = drawing(picture.key)
    assert file is not None
    assert file.read_text().startswith("<svg")


def test_two_sets_of_forty_eight_without_one_in_common() -> None:
    both = [*PUPIL_PICTURES, *SECRET_PICTURES]
    assert (len(PUPIL_PICTURES), len(SECRET_PICTURES)) == (48, 48)
    for names in ([one.key for one in both], [one.code for one in both], [one.nl for one in both],
                  [one.en for one in both]):  # fmt: skip
        assert [name for name, times in Counter(names).items() if times > 1] == []
    assert len(BY_KEY) == 96


def test_a_picture_has_a_name_in_both_languages() -> None:
    assert [BY_KEY["kite"].name(language) for language in ("nl", "en")] == ["vlieger", "kite"]


def test_a_picture_that_is_not_there_has_no_drawing() -> None:
    assert drawing("../../../etc/passwd") is None
    assert drawing("") is None


def test_the_company_of_a_secret_does_not_give_it_away() -> None:
    """If the eleven others changed from view to view, the one that is always there would be the secret."""
    grids = [{picture.key for picture in grid_for("noor", "kite", random.Random(seed))} for seed in range(50)]
    assert all(grid == grids[0] for grid in grids)
    assert len(grids[0]) == GRID
    assert grids[0] <= SECRET_KEYS


def test_the_secret_stands_in_every_place_equally_often() -> None:
    shuffle = random.Random(1)
    places = Counter([picture.key for picture in grid_for("noor", "kite", shuffle)].index("kite") for _ in range(2400))
    assert set(places) == set(range(GRID))
    assert max(places.values()) < 300
