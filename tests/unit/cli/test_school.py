"""Who is at which school, from the command line."""

import dataclasses
from pathlib import Path

import pytest
from sqlalchemy import select

from idp.engine.clients.registry import Registry
from idp.engine.sessions import Sessions
from idp.engine.tables import SESSION
from idp.kernel.db import Database
from idp.school.models import Pupil, School
from tests.builders import KEYRING, NOW, a_group, a_pupil, a_school
from tests.oneroster_files import oneroster, oneroster_rows
from tests.roster_files import a_file, edexml, plain_csv
from tests.unit.cli.commands import Program


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An EDEXML file by a name that says nothing."""
    made = tmp_path / "file"
    made.write_bytes(edexml(a_file()))
    return made


def test_a_file_makes_a_school_and_the_same_file_again_nothing(sleutelbos: Program, file: Path) -> None:
    first = sleutelbos("school", "import", file)
    assert (first.code, first.err) == (0, "")
    assert "joiners          6" in first.out
    file.write_bytes(oneroster(oneroster_rows(a_file())))
    assert "nothing changes" in sleutelbos("school", "import", file).out
    listed = sleutelbos("school", "list").out.splitlines()
    assert [line.split("\t")[1:] for line in listed] == [["99ZZ", "School 99ZZ", "2 groups", "6 pupils"]]


def test_a_dry_run_says_it_all_and_does_nothing(sleutelbos: Program, file: Path, database: Database) -> None:
    said = sleutelbos("school", "import", file, "--dry-run")
    child = a_file().children[0]
    assert said.code == 0
    assert f"+ {child.key} {child.first_name} {child.whole_family_name}" in said.out
    with database.read() as db:
        assert db.execute(select(School.id)).first() is None


def test_a_sheet_needs_to_be_told_its_school(sleutelbos: Program, file: Path, database: Database) -> None:
    file.write_text(plain_csv(a_file()))
    assert "--school" in sleutelbos("school", "import", file).err
    with database.write() as db:
        school_id = a_school(db)
    assert sleutelbos("school", "import", file, "--school", school_id).code == 0
    with database.read() as db:
        assert set(db.execute(select(Pupil.school_id)).scalars()) == {school_id}


def test_a_school_that_is_not_there_is_one_line(sleutelbos: Program, file: Path) -> None:
    said = sleutelbos("school", "import", file, "--school", "nowhere")
    assert (said.code, said.out) == (1, "")
    assert said.err == "sleutelbos: there is no school nowhere: see `sleutelbos school list`\n"


def test_what_is_wrong_with_a_file_is_said_in_english_with_its_line(sleutelbos: Program, file: Path) -> None:
    file.write_text("sleutel;voornaam\n1;=1\n1;Anna\n")
    said = sleutelbos("school", "import", file)
    assert said.code == 1
    assert "line 2 voornaam: There is a formula here" in said.err
    assert "line 3 sleutel: This is here twice" in said.err


def test_a_file_that_is_too_large_is_not_read(sleutelbos: Program, file: Path) -> None:
    with file.open("wb") as out:
        out.truncate(200 * 2**20)
    said = sleutelbos("school", "import", file)
    assert said.code == 1
    assert "too large" in said.err


def test_many_leavers_have_to_be_confirmed_by_their_word(sleutelbos: Program, file: Path) -> None:
    sleutelbos("school", "import", file)
    file.write_bytes(edexml(dataclasses.replace(a_file(), children=a_file().children[:2])))
    assert "to be looked at: leavers: Of the 6 pupils, 4" in sleutelbos("school", "import", file, "--dry-run").out
    said = sleutelbos("school", "import", file)
    assert said.code == 1
    assert "--confirm leavers" in said.err
    assert "- " in said.out
    assert "6 pupils" in sleutelbos("school", "list").out
    assert sleutelbos("school", "import", file, "--confirm", "leavers").code == 0
    assert "2 pupils" in sleutelbos("school", "list").out


def test_a_file_of_another_school_is_refused(sleutelbos: Program, file: Path, database: Database) -> None:
    sleutelbos("school", "import", file)
    with database.read() as db:
        school_id = db.execute(select(School.id)).scalar_one()
    file.write_bytes(edexml(a_file(brin="11AA")))
    said = sleutelbos("school", "import", file, "--school", school_id, "--confirm", "other_school")
    assert said.code == 1
    assert "This file is of school 11AA, and this is school 99ZZ." in said.err


def test_the_sessions_of_who_left_are_ended(sleutelbos: Program, file: Path, database: Database) -> None:
    sleutelbos("school", "import", file)
    sessions = Sessions(KEYRING, Registry())
    with database.write() as db:
        for pupil_id in db.execute(select(Pupil.id).where(Pupil.roster_key.in_(["10000", "10005"]))).scalars().all():
            sessions.start(db, f"pupil:{pupil_id}", amr=["pwd"], acr="urn:sleutelbos:acr:home", now=NOW)
    file.write_bytes(edexml(dataclasses.replace(a_file(), children=a_file().children[:-1])))
    assert "Sessions ended of 1 people" in sleutelbos("school", "import", file).out
    with database.read() as db:
        ended = dict(db.execute(select(SESSION.c.subject, SESSION.c.end_reason)).all())
        keys = dict(db.execute(select(Pupil.id, Pupil.roster_key)).all())
    assert {keys[subject.removeprefix("pupil:")]: why for subject, why in ended.items()} == {
        "10000": None,
        "10005": "left",
    }


def test_what_was_left_out_is_said(sleutelbos: Program, file: Path) -> None:
    teachers = [dataclasses.replace(one, email=None) for one in a_file().teachers]
    file.write_bytes(edexml(a_file(teachers=teachers)))
    assert sleutelbos("school", "import", file).out.count("left out:") == 2


def test_two_schools_are_merged_after_a_look(sleutelbos: Program, database: Database) -> None:
    with database.write() as db:
        first, second = a_school(db), a_school(db)
        a_group(db, first, name="Bever")
        child = a_pupil(db, a_group(db, second, name="Bever"))
    merge = ("school", "merge", first, second)
    looked, refused = sleutelbos(*merge, "--dry-run"), sleutelbos(*merge)
    assert (looked.code, "group_names: Groups of the same name: Bever" in looked.out) == (0, True)
    assert (refused.code, "--confirm group_names" in refused.err) == (1, True)
    assert sleutelbos("school", "merge", first, first).code == 1
    done = sleutelbos(*merge, "--confirm", "group_names")
    assert (done.code, f"everything of school {second} is at school {first}" in done.out) == (0, True)
    with database.read() as db:
        assert db.execute(select(Pupil.school_id).where(Pupil.id == child)).scalar_one() == first
