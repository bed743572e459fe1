"""What stands on no list is in no table, in no log and in no sentence to anybody, whatever way the import goes."""

import dataclasses
import logging

import pytest
from sqlalchemy import inspect, text

from idp.kernel.db import Database
from idp.school.roster import detect
from idp.school.roster.values import Roster
from tests.oneroster_files import oneroster, oneroster_rows
from tests.roster_files import MARKS, File, a_file, edexml, plain_csv
from tests.unit.school.roster.imported import carried_out, imported, planned, read


def everything(database: Database) -> str:
    """Each value of each row of each table."""
    with database.read() as db:
        tables = inspect(db).get_table_names()
        return "\n".join(repr(row) for table in tables for row in db.execute(text(f'SELECT * FROM "{table}"')))


def data_of(file: File) -> list[bytes]:
    return [edexml(file), oneroster(oneroster_rows(file))]


def test_nothing_private_is_stored_or_logged(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "sqlalchemy.engine")
    file = a_file(20, 2)
    with database.write() as db:
        imported(db, file)
        for data in data_of(dataclasses.replace(file, children=file.children[:-1])):
            carried_out(db, planned(db, read(data)))
    stored, logged = everything(database), caplog.text
    assert file.children[0].first_name in stored  # this test can see what is there
    assert "INSERT INTO pupil" in logged
    assert [mark for mark in MARKS if mark in stored] == []
    assert [mark for mark in MARKS if mark in logged] == []


def test_an_eck_id_is_stored_sealed(database: Database) -> None:
    with database.write() as db:
        imported(db, a_file())
    assert "ketenid" not in everything(database)


def test_no_problem_repeats_what_stood_in_a_private_field() -> None:
    file = a_file()
    broken = dataclasses.replace(file, children=[dataclasses.replace(one, first_name="=1") for one in file.children])
    for data in (*data_of(broken), plain_csv(broken).encode(), edexml(file)[:-400]):
        problems = detect.read(data)
        assert not isinstance(problems, Roster)
        assert not [mark for mark in MARKS if mark in repr(problems)]
