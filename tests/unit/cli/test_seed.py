"""Schools that do not exist, in any number; and on from where it stopped."""

from sqlalchemy import func, select

from idp.kernel.db import Database
from idp.school import homes
from idp.school.models import EmailSlot, Group, HomeAccount, Pupil, School
from idp.school.synthetic import key_of
from tests.unit.cli.commands import Program


def counted(database: Database) -> dict[str, int]:
    with database.read() as db:
        tables = {"schools": School, "groups": Group, "pupils": Pupil, "slots": EmailSlot, "homes": HomeAccount}
        return {name: db.execute(select(func.count()).select_from(one)).scalar_one() for name, one in tables.items()}


def test_so_many_schools_and_so_many_pupils_in_all(sleutelbos: Program, database: Database) -> None:
    said = sleutelbos("seed", "--schools", 3, "--pupils", 100)
    assert said.code == 0
    assert "3 schools, 100 pupils" in said.out
    made = counted(database)
    assert (made["schools"], made["pupils"], made["groups"]) == (3, 100, 6)
    assert 40 < made["slots"] < 110
    assert 0 < made["homes"] <= made["slots"]


def test_the_same_command_goes_on_where_it_stopped(sleutelbos: Program, database: Database) -> None:
    sleutelbos("seed", "--schools", 2, "--pupils", 20)
    first = counted(database)
    assert "They are all here." in sleutelbos("seed", "--schools", 2, "--pupils", 20).out
    assert counted(database) == first
    assert "2 schools" in sleutelbos("seed", "--schools", 4, "--pupils", 40).out
    with database.read() as db:
        keys = sorted(db.execute(select(School.key)).scalars())
    assert keys == [key_of(number) for number in range(4)]


def test_a_seeded_home_signs_in_with_the_password_that_was_named(sleutelbos: Program, database: Database) -> None:
    said = sleutelbos("seed", "--schools", 1, "--pupils", 30, "--password", "een heel lang wachtwoord")
    assert "een heel lang wachtwoord" in said.out
    with database.read() as db:
        account_id = db.execute(select(HomeAccount.id)).scalars().first()
        account = homes.by_id(db, str(account_id))
        assert account is not None
        assert account.activated
        assert homes.children(db, account.id)
