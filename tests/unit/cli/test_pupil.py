"""`sleutelbos pupil export` and `pupil erase`."""

import io
import json

import pytest
from sqlalchemy import select

from idp.kernel.db import Database
from idp.school.models import Pupil
from tests.builders import a_home, a_pupil
from tests.unit.cli.commands import Program


@pytest.fixture
def pupil_id(database: Database) -> str:
    with database.write() as db:
        pupil = a_pupil(db, first_name="Noor")
        a_home(db, pupil, address="mama@thuis.example")
    return pupil


def test_export_prints_all_of_it(sleutelbos: Program, pupil_id: str) -> None:
    said = sleutelbos("pupil", "export", pupil_id)
    assert said.code == 0
    data = json.loads(said.out)
    assert (data["pupil"]["first_name"], data["home_login"][0]["address"]) == ("Noor", "mama@thuis.example")


def test_erase_asks_first(
    sleutelbos: Program, database: Database, pupil_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert sleutelbos("pupil", "erase", pupil_id).code != 0
    with database.read() as db:
        assert db.execute(select(Pupil.id)).scalars().all() == [pupil_id]


def test_erase_erases(sleutelbos: Program, database: Database, pupil_id: str) -> None:
    said = sleutelbos("pupil", "erase", pupil_id, "--yes")
    assert (said.code, said.out.startswith("Erased.")) == (0, True)
    with database.read() as db:
        assert db.execute(select(Pupil.id)).scalars().all() == []


def test_nobody_is_a_reason_on_stderr(sleutelbos: Program, pupil_id: str) -> None:
    for command in (("export", "nobody"), ("erase", "nobody", "--yes")):
        said = sleutelbos("pupil", *command)
        assert (said.code, "there is no pupil nobody" in said.err) == (1, True)
