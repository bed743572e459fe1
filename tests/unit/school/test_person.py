"""What can be told about a person: claim names and values."""

import pytest
from sqlalchemy import update

from idp.kernel.db import Database
from idp.kernel.secrets import UnsealError
from idp.school import contracts, person
from idp.school.models import Pupil, Staff
from idp.school.years import SPECIAL
from tests.builders import KEYRING, NOW, a_group, a_pupil, a_school, a_teacher
from tests.statements import statements

ECK = "https://ketenid.example/nep/1"


def test_the_facts_of_a_pupil(database: Database) -> None:
    with database.write() as db:
        school = a_school(db, name="De Regenboog")
        group = a_group(db, school, name="Bever", year=1)
        pupil = a_pupil(db, group, first_name="Elif", family_name="Yılmaz", eck_id=ECK)
        facts = person.facts(db, KEYRING, pupil)
        assert facts == {
            "given_name": "Elif",
            "name": "Elif",
            "locale": "nl",
            "family_name": "Yılmaz",
            "school": {"id": school, "name": "De Regenboog"},
            "group": {"id": group, "name": "Bever", "year": 1},
            "eck_id": ECK,
            "role": "pupil",
        }
        assert facts.keys() == contracts.CLAIMS


def test_a_publisher_hears_s_of_a_group_of_special_education(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db, a_group(db, name="Geel", year=SPECIAL))
        facts = person.facts(db, KEYRING, pupil)
        assert facts is not None
        assert isinstance(told := facts["group"], dict)
        assert told["year"] == "S"


def test_what_is_not_known_is_absent(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db)
        db.execute(update(Pupil).values(group_id=None))
        facts = person.facts(db, KEYRING, pupil)
        assert facts is not None
        assert contracts.CLAIMS - facts.keys() == {"group", "eck_id"}


def test_the_facts_of_staff(database: Database) -> None:
    with database.write() as db:
        school = a_school(db, name="De Regenboog")
        teacher = a_teacher(db, school, first_name="Anna", family_name="de Wit")
        assert person.staff_facts(db, teacher) == {
            "given_name": "Anna",
            "name": "Anna",
            "locale": "nl",
            "family_name": "de Wit",
            "school": {"id": school, "name": "De Regenboog"},
            "role": "staff",
        }
        operator = a_teacher(db, role="operator")
        assert "school" not in (person.staff_facts(db, operator) or {})
        assert (person.staff_school(db, teacher), person.staff_school(db, operator)) == (school, None)


def test_nothing_is_told_of_who_is_gone(database: Database) -> None:
    with database.write() as db:
        pupil, teacher = a_pupil(db), a_teacher(db)
        assert (person.active(db, pupil), person.staff_active(db, teacher)) == (True, True)
        db.execute(update(Pupil).values(left_at=NOW))
        db.execute(update(Staff).values(ended_at=NOW))
        for gone in (pupil, teacher, "nobody"):
            assert person.facts(db, KEYRING, gone) is None
            assert person.staff_facts(db, gone) is None
            assert not person.active(db, gone)
            assert not person.staff_active(db, gone)
            assert person.staff_school(db, gone) is None


def test_a_pupil_is_no_staff_and_staff_no_pupil(database: Database) -> None:
    with database.write() as db:
        pupil, teacher = a_pupil(db), a_teacher(db)
        assert person.facts(db, KEYRING, teacher) is None
        assert person.staff_facts(db, pupil) is None


def test_an_eck_id_opens_in_its_own_row_only(database: Database) -> None:
    with database.write() as db:
        pupil, other = a_pupil(db, eck_id=ECK), a_pupil(db)
        stolen = db.execute(Pupil.__table__.select().where(Pupil.id == pupil)).one().eck_id
        db.execute(update(Pupil).where(Pupil.id == other).values(eck_id=stolen))
        with pytest.raises(UnsealError):
            person.facts(db, KEYRING, other)


def test_the_facts_cost_one_statement(database: Database) -> None:
    with database.write() as db:
        pupil = a_pupil(db, eck_id=ECK)
    with statements(database.engine) as seen, database.read() as db:
        assert person.facts(db, KEYRING, pupil)
    assert len(seen) == 1
