"""A pupil comes by hand, as one comes by a file."""

import random
from collections import Counter

from sqlalchemy import select

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school import pupils
from idp.school.models import Group, Pupil
from idp.school.pictures import PUPIL_PICTURES
from idp.school.roster import joining
from idp.school.roster.joining import Newcomer, Pictures
from tests.builders import KEYRING, NOW, a_group, a_pupil


def test_a_newcomer_is_in_the_group_at_once_and_in_the_audit(database: Database) -> None:
    with database.write() as db:
        group_id = a_group(db)
        school_id = db.execute(select(Group.school_id)).scalar_one()
        pupil_id = joining.join(db, KEYRING, school_id, Newcomer("Anna", "Aa", group_id), actor="staff:x", now=NOW)
        found = pupils.by_id(db, pupil_id)
        event = db.execute(select(AuditEvent.act, AuditEvent.actor, AuditEvent.thing, AuditEvent.school_id)).one()
    assert found is not None
    assert (found.first_name, found.group_id, found.school_id) == ("Anna", group_id, school_id)
    assert tuple(event) == ("pupil.joined", "staff:x", f"pupil:{pupil_id}", school_id)


def test_a_newcomer_gets_a_picture_that_nobody_in_the_group_has(database: Database) -> None:
    with database.write() as db:
        group_id = a_group(db)
        school_id = db.execute(select(Group.school_id)).scalar_one()
        for picture in PUPIL_PICTURES[:-1]:
            a_pupil(db, group_id, picture=picture.key)
        pupil_id = joining.join(db, KEYRING, school_id, Newcomer("Anna", "Aa", group_id), actor=None, now=NOW)
        assert db.execute(select(Pupil.picture).where(Pupil.id == pupil_id)).scalar_one() == PUPIL_PICTURES[-1].key


def test_pictures_are_spread_evenly_when_there_are_more_children_than_pictures() -> None:
    pictures = Pictures(chance=random.Random(1))
    counted = Counter(pictures.next("g") for _ in range(2 * len(PUPIL_PICTURES) + 5))
    assert set(counted.values()) == {2, 3}


def test_nobody_joins_without_a_newcomer(database: Database) -> None:
    with database.write() as db:
        assert joining.join_all(db, KEYRING, "school", [], actor=None, now=NOW) == []
