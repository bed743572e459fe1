"""The group page, one pupil, and new PINs and pictures."""

import pytest
from sqlalchemy import select

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school import groups, pupils
from idp.school.models import Group, Pupil
from idp.school.pictures import GRID, SECRET_KEYS
from idp.school.policy import Thing
from tests.builders import KEYRING, NOW, a_group, a_home, a_pupil, a_school, a_teacher
from tests.statements import statements


def test_the_group_page_has_all_of_it(database: Database) -> None:
    with database.write() as db:
        school = a_school(db, name="De Regenboog")
        group = a_group(db, school, name="Bever", year=1)
        a_teacher(db, school, group, first_name="Bram", family_name="Postma")
        a_teacher(db, school, group, first_name="anna", family_name="de Wit")
        a_teacher(db, school, group, first_name="Weg", family_name="Gegaan", ended_at=NOW)
        zoe = a_pupil(db, group, first_name="Zoë", picture="cat", pin="0007")
        ali = a_pupil(db, group, first_name="Ali", family_name="Kaya", pin="1234")
        a_pupil(db, group, left_at=NOW)
        a_pupil(db)
        a_home(db, zoe)
        a_home(db, zoe, activated=False, confirmed=False)
        page = pupils.group_page(db, KEYRING, group)
        assert page is not None
        assert (page.group.name, page.group.year, page.group.school_name) == ("Bever", 1, "De Regenboog")
        assert list(page.teachers) == ["anna de Wit", "Bram Postma"]
        first, second = page.rows
        assert (first.id, first.pin, first.secret_picture, first.home_status) == (ali, "1234", None, "Nee/Nee")
        assert (first.first_name, first.family_name, first.slots) == ("Ali", "Kaya", [])
        assert (second.id, second.picture, second.pin, second.home_status) == (zoe, "cat", "0007", "Ja/Ja")
        assert [(slot.position, slot.activated) for slot in second.slots] == [(1, True), (2, False)]


@pytest.mark.parametrize(
    ("method", "shown"), [("pin", ("4831", None)), ("picture", (None, "kite")), ("none", (None, None))]
)
def test_a_row_shows_what_the_group_signs_in_with_and_nothing_else(
    database: Database, method: str, shown: tuple[str | None, str | None]
) -> None:
    with database.write() as db:
        group = a_group(db, login_method=method)
        child = pupils.by_id(db, a_pupil(db, group, pin="4831", secret_picture="kite"))
        page = pupils.group_page(db, KEYRING, group)
        assert page is not None
        assert [(row.pin, row.secret_picture) for row in page.rows] == [shown]
        assert child is not None
        assert pupils.secret_of(db, KEYRING, child) == (shown[0] or shown[1])


def test_a_group_without_teachers_and_pupils_has_a_page(database: Database) -> None:
    with database.write() as db:
        page = pupils.group_page(db, KEYRING, a_group(db))
        assert page is not None
        assert (list(page.teachers), list(page.rows)) == ([], [])
        assert pupils.group_page(db, KEYRING, "none") is None


def test_who_may_not_see_the_group_opens_no_secret(database: Database) -> None:
    asked: list[Thing] = []

    def no(thing: Thing) -> bool:
        asked.append(thing)
        return False

    with database.write() as db:
        school = a_school(db)
        group = a_group(db, school)
        a_pupil(db, group)
        assert pupils.group_page(db, KEYRING, group, no) is None
        assert asked == [Thing(school, group)]


def test_the_group_page_of_thirty_five_costs_two_statements(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        group = a_group(db, school)
        for _ in range(2):
            a_teacher(db, school, group)
        for _ in range(35):
            a_home(db, a_pupil(db, group))
    with statements(database.engine) as seen, database.read() as db:
        page = pupils.group_page(db, KEYRING, group)
    assert page is not None
    assert len(page.rows) == 35
    assert len(seen) == 2


def test_one_pupil_and_what_the_table_of_rights_looks_at(database: Database) -> None:
    with database.write() as db:
        school = a_school(db, network="cloudwise")
        group = a_group(db, school, name="Uil", login_method="picture")
        pupil = pupils.by_id(db, a_pupil(db, group, first_name="Elif", family_name="Yılmaz"))
        assert pupil is not None
        assert (pupil.name, pupil.group_name, pupil.network) == ("Elif Yılmaz", "Uil", "cloudwise")
        assert (pupil.thing, pupil.login_method) == (Thing(school, group), "picture")
        assert pupils.by_id(db, a_pupil(db, group, left_at=NOW)) is None
        assert pupils.by_id(db, "nobody") is None


def test_names_come_back_as_they_are(database: Database) -> None:
    name = 'Renée-Zoë "d\'🐻" <b>שלום</b>'
    with database.write() as db:
        pupil = pupils.by_id(db, a_pupil(db, first_name=name, family_name="x" * 200))
        assert pupil is not None
        assert (pupil.first_name, pupil.family_name) == (name, "x" * 200)


def test_the_next_child_of_the_group(database: Database) -> None:
    with database.write() as db:
        group = a_group(db)
        ids = [a_pupil(db, group, first_name=name) for name in ("Aart", "Çağla", "Daan")]
        found = [pupils.by_id(db, pupil_id) for pupil_id in ids]
        assert [pupils.following(db, pupil) for pupil in found if pupil] == [ids[1], ids[2], None]


def test_a_teacher_gives_a_new_pin(database: Database) -> None:
    with database.write() as db:
        pupil_id = a_pupil(db, pin="4831")
        assert pupils.set_pin(db, KEYRING, pupil_id, "0000", "staff:x", NOW) is None
        pupil = pupils.by_id(db, pupil_id)
        assert pupil is not None
        assert pupils.secret_of(db, KEYRING, pupil) == "0000"
        (row,) = db.execute(
            select(AuditEvent.act, AuditEvent.actor, AuditEvent.thing, AuditEvent.school_id, AuditEvent.facts)
        ).all()
        assert tuple(row) == ("pupil.pin", "staff:x", f"pupil:{pupil_id}", pupil.school_id, {})


@pytest.mark.parametrize("pin", ["", "123", "12345", "12a4", " 1234", "１２３４", "١٢٣٤", "-123", "1.23"])
def test_a_pin_is_four_digits(database: Database, pin: str) -> None:
    with database.write() as db:
        pupil_id = a_pupil(db, pin="4831")
        problem = pupils.set_pin(db, KEYRING, pupil_id, pin, "staff:x", NOW)
        assert "vier cijfers" in str(problem)
        pupil = pupils.by_id(db, pupil_id)
        assert pupil is not None
        assert pupils.secret_of(db, KEYRING, pupil) == "4831"


def test_a_teacher_gives_a_new_picture(database: Database) -> None:
    with database.write() as db:
        pupil_id = a_pupil(db, a_group(db, login_method="picture"), secret_picture="apple")
        assert pupils.set_secret_picture(db, KEYRING, pupil_id, "dog", "staff:x", NOW) is not None
        assert pupils.set_secret_picture(db, KEYRING, pupil_id, "moon", "staff:x", NOW) is None
        pupil = pupils.by_id(db, pupil_id)
        assert pupil is not None
        assert pupils.secret_of(db, KEYRING, pupil) == "moon"


def test_a_pupil_who_left_gets_no_new_pin(database: Database) -> None:
    with database.write() as db:
        pupil_id = a_pupil(db, left_at=NOW)
        with pytest.raises(LookupError):
            pupils.set_pin(db, KEYRING, pupil_id, "0000", "staff:x", NOW)


def test_a_child_chooses_its_picture_out_of_twelve(database: Database) -> None:
    with database.write() as db:
        pupil_id = a_pupil(db, secret_picture="kite")
        grids = [pupils.picture_grid(db, KEYRING, pupil_id) for _ in range(20)]
        keys = [tuple(picture.key for picture in grid) for grid in grids]
        assert len(keys[0]) == GRID
        assert "kite" in keys[0]
        assert set(keys[0]) <= SECRET_KEYS
        assert len({frozenset(key) for key in keys}) == 1, "looking twice tells nothing more than once"
        assert len(set(keys)) > 1, "in another order each time"
        assert pupils.picture_grid(db, KEYRING, "nobody") == []


def test_how_a_group_signs_in_is_changed(database: Database) -> None:
    with database.write() as db:
        group = a_group(db)
        assert groups.set_login_method(db, group, "picture", "staff:x", NOW)
        assert not groups.set_login_method(db, group, "telepathy", "staff:x", NOW)
        assert not groups.set_login_method(db, "nothing", "pin", "staff:x", NOW)
        assert db.execute(select(Group.login_method)).scalars().all() == ["picture"]


def test_the_table_holds_no_pin_that_can_be_read(database: Database) -> None:
    with database.write() as db:
        a_pupil(db, pin="4831", secret_picture="kite")
        a_pupil(db, pin="4831", secret_picture="kite")
        rows = db.execute(select(Pupil.pin, Pupil.secret_picture)).all()
        assert len({value for row in rows for value in row}) == 4, "the same PIN looks different in each row"
        assert all(b"4831" not in row.pin and b"kite" not in row.secret_picture for row in rows)
