"""A plan that waits for somebody to look at it."""

from datetime import timedelta

from sqlalchemy import func, select

from idp.kernel.db import Database
from idp.school import dossier
from idp.school.models import Pupil, RosterDraft
from idp.school.roster import drafts, new_year, snapshot
from idp.school.roster.plan import Plan
from tests.builders import KEYRING, NOW, a_group, a_pupil, a_school


def _plan(database: Database) -> tuple[str, Plan]:
    with database.write() as db:
        school = a_school(db)
        a_pupil(db, a_group(db, school, name="Arend", year=8), first_name="Wietse")
        return school, new_year.plan(snapshot.take(db, KEYRING, school))


def test_a_plan_comes_back_for_whoever_kept_it(database: Database) -> None:
    school, plan = _plan(database)
    with database.write() as db:
        draft = drafts.keep(db, KEYRING, school, "carla", plan, NOW)
        assert drafts.find(db, KEYRING, school, "carla", draft, NOW) == plan
        assert drafts.find(db, KEYRING, school, "anna", draft, NOW) is None
        assert drafts.find(db, KEYRING, a_school(db), "carla", draft, NOW) is None
        assert drafts.find(db, KEYRING, school, "carla", draft, NOW + timedelta(days=1)) is None


def test_one_of_each_and_sealed(database: Database) -> None:
    school, plan = _plan(database)
    with database.write() as db:
        first = drafts.keep(db, KEYRING, school, "carla", plan, NOW)
        drafts.keep(db, KEYRING, school, "carla", plan, NOW)
        drafts.keep(db, KEYRING, school, "bram", plan, NOW)
        assert db.execute(select(func.count()).select_from(RosterDraft)).scalar() == 2
        assert drafts.find(db, KEYRING, school, "carla", first, NOW) is None
        assert all(b"Wietse" not in sealed for sealed in db.execute(select(RosterDraft.plan)).scalars())
        drafts.drop(db, school, "carla")
        assert db.execute(select(RosterDraft.made_by)).scalar() == "bram"


def test_a_child_that_is_erased_is_in_no_plan_either(database: Database) -> None:
    school, plan = _plan(database)
    with database.write() as db:
        drafts.keep(db, KEYRING, school, "carla", plan, NOW)
        other = drafts.keep(db, KEYRING, a_school(db), "dewi", plan, NOW)
        dossier.erase(db, KEYRING, db.execute(select(Pupil.id)).scalar_one(), NOW)
        assert list(db.execute(select(RosterDraft.id)).scalars()) == [other]
