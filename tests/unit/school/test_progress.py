"""How far groups are with signing in at home."""

from collections import Counter

from idp.kernel.db import Database
from idp.school import progress, pupils
from idp.school.progress import Progress
from tests.builders import KEYRING, NOW, a_group, a_home, a_pupil, a_school


def test_a_group_without_pupils_has_zeros(database: Database) -> None:
    with database.write() as db:
        group_id = a_group(db)
        assert progress.of_groups(db, [group_id]) == {group_id: Progress(0, 0, 0)}
        assert progress.of_groups(db, []) == {}


def test_it_counts_what_the_group_page_shows(database: Database) -> None:
    with database.write() as db:
        school_id = a_school(db)
        first, second, other = (a_group(db, school_id) for _ in range(3))
        children = [a_pupil(db, group_id) for group_id in (first, first, first, first, second)]
        a_home(db, children[1], activated=False, confirmed=False)
        a_home(db, children[2], confirmed=False)  # an address that is known, and has not said yes
        a_home(db, children[3], activated=False, confirmed=False)
        a_home(db, children[3], children[4])
        a_home(db, a_pupil(db, first, left_at=NOW))
        a_home(db, a_pupil(db, other))
        found = progress.of_groups(db, [first, second])
        assert found == {first: Progress(empty=1, waiting=2, active=1), second: Progress(active=1)}
        assert found[first].pupils == 4
        for group_id, counted in found.items():
            page = pupils.group_page(db, KEYRING, group_id)
            assert page is not None
            shown = Counter(row.home_status for row in page.rows)
            assert (shown["Nee/Nee"], shown["Ja/Nee"], shown["Ja/Ja"]) == (
                counted.empty, counted.waiting, counted.active
            )  # fmt: skip
