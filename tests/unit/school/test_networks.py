"""Whom an environment means by a key, and a school that goes to one and back."""

import pytest
from sqlalchemy import Connection

from idp.kernel.db import Database
from idp.school import networks
from idp.school.networks import Keys, Known, Way
from tests.builders import NOW, a_group, a_pupil, a_school


def _pupil_at(db: Connection, network: str | None, key: str | None = "moo-0001", **more: object) -> Known:
    school_id = a_school(db, network=network)
    return Known(a_pupil(db, a_group(db, school_id), roster_key=key, **more), school_id)  # type: ignore[arg-type]


def test_a_pupil_is_found_by_the_key_alone(database: Database) -> None:
    with database.write() as db:
        noor = _pupil_at(db, "moo")
        assert networks.pupil_of(db, "moo", "moo-0001") == noor


@pytest.mark.parametrize(
    "key", ["", "moo-0002", "MOO-0001", " moo-0001", "moo-0001 ", "moo-0001\x00", "Noor", "%", "x" * 101]
)
def test_another_key_is_nobody(database: Database, key: str) -> None:
    with database.write() as db:
        _pupil_at(db, "moo")
        assert networks.pupil_of(db, "moo", key) == "unknown"


@pytest.mark.parametrize("network", [None, "cloudwise"])
def test_the_same_key_at_a_school_that_does_not_work_with_it_is_nobody(database: Database, network: str | None) -> None:
    with database.write() as db:
        _pupil_at(db, network)
        assert networks.pupil_of(db, "moo", "moo-0001") == "unknown"


def test_who_left_and_who_has_no_key_is_nobody(database: Database) -> None:
    with database.write() as db:
        _pupil_at(db, "moo", left_at=NOW)
        _pupil_at(db, "moo", None)
        assert networks.pupil_of(db, "moo", "moo-0001") == "unknown"


def test_a_key_of_two_schools_lets_nobody_in(database: Database) -> None:
    with database.write() as db:
        _pupil_at(db, "moo")
        _pupil_at(db, "moo")
        assert networks.pupil_of(db, "moo", "moo-0001") == "ambiguous"


def test_who_has_a_key_is_counted(database: Database) -> None:
    with database.write() as db:
        school_id = a_school(db)
        assert networks.keys_of(db, school_id) == Keys(0, 0)
        group_id = a_group(db, school_id)
        a_pupil(db, group_id, roster_key="1")
        a_pupil(db, group_id)
        a_pupil(db, group_id, left_at=NOW)
        assert networks.keys_of(db, school_id) == Keys(2, 1)


def test_a_change_is_made_to_what_was_seen_and_to_nothing_else(database: Database) -> None:
    with database.write() as db:
        school_id, other = a_school(db), a_school(db)

        def change(before: Way, after: Way) -> bool:
            return networks.change(db, school_id, before, after, actor="staff:x", now=NOW)

        assert change(Way(None), Way("moo"))
        assert not change(Way(None), Way("cloudwise"))
        assert not change(Way("moo", True), Way(None))
        assert change(Way("moo"), Way("moo", True))
        assert networks.way_of(db, school_id) == Way("moo", True)
        assert networks.way_of(db, other) == Way(None)
