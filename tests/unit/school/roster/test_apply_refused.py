"""A plan that does not fit the school, or that nobody took upon them, is not carried out: not even half."""

import dataclasses

import pytest
from sqlalchemy import func, select, update

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school.models import Group, Pupil, School
from idp.school.roster import kept, snapshot
from idp.school.roster.apply import Applied, Stale, Unconfirmed, apply
from idp.school.roster.stale import Change
from tests.builders import KEYRING, NOW, a_school
from tests.roster_files import a_file, edexml
from tests.unit.school.roster.imported import carried_out, changed, imported, planned, pupils, read, state


def test_many_leavers_wait_until_somebody_confirms_them(database: Database) -> None:
    file = a_file()
    few = dataclasses.replace(file, children=file.children[:2])
    with database.write() as db:
        school_id = imported(db, file).school_id
        before, made = state(db, school_id), planned(db, read(edexml(few)))
        refused = apply(db, KEYRING, made, actor="staff:ict", now=NOW)
        assert isinstance(refused, Unconfirmed)
        assert [conflict.code for conflict in refused.conflicts] == ["leavers"]
        assert state(db, school_id) == before
        assert len(carried_out(db, made, confirmed=["leavers"]).ended) == 4


def test_what_blocks_cannot_be_confirmed_away(database: Database) -> None:
    with database.write() as db:
        school_id = imported(db, a_file()).school_id
        made = planned(db, read(edexml(a_file(brin="11AA"))), school_id)
        assert isinstance(
            apply(db, KEYRING, made, confirmed=["other_school", "leavers", "lookalikes"], actor=None, now=NOW),
            Unconfirmed,
        )


@pytest.mark.parametrize("carried", [False, True])
def test_a_plan_is_refused_when_the_school_changed_and_says_what(database: Database, carried: bool) -> None:
    file = a_file()
    with database.write() as db:
        school_id = imported(db, file).school_id
        made = planned(db, read(edexml(changed(file, 0, first_name="Ans"))))
        made = kept.load(kept.dump(made)) if carried else made
        one = pupils(db)["10001"]
        db.execute(update(Pupil).where(Pupil.id == one.id).values(first_name="Anders"))
        db.execute(update(Group).where(Group.name == "Das").values(year=7))
        before = state(db, school_id)
        refused = apply(db, KEYRING, made, actor="staff:ict", now=NOW)
        assert state(db, school_id) == before
    assert refused == Stale(
        (Change("group", "Das", "changed"), Change("pupil", f"Anders {one.family_name}", "changed"))
    )


def test_a_plan_is_carried_out_once(database: Database) -> None:
    with database.write() as db:
        made = planned(db, read(edexml(a_file())))
        carried_out(db, made)
        assert isinstance(apply(db, KEYRING, made, actor=None, now=NOW), Stale)
        assert db.execute(select(func.count()).select_from(School)).scalar_one() == 1


def test_a_school_that_is_here_without_a_key_gets_it_once(database: Database) -> None:
    with database.write() as db:
        school_id = a_school(db)
        carried_out(db, planned(db, read(edexml(a_file())), school_id))
        assert snapshot.find_school(db, "99ZZ") == school_id
        other = a_school(db)
        assert isinstance(apply(db, KEYRING, planned(db, read(edexml(a_file())), other), actor=None, now=NOW), Stale)


def test_nothing_happens_when_the_transaction_is_given_up(database: Database) -> None:
    def half() -> None:
        with database.write() as db:
            assert isinstance(imported(db, a_file()), Applied)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        half()
    with database.read() as db:
        assert db.execute(select(func.count()).select_from(School)).scalar_one() == 0
        assert db.execute(select(func.count()).select_from(AuditEvent)).scalar_one() == 0
