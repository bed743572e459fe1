"""Schools that an operator founds: each number, and each address, once."""

import pytest
from sqlalchemy import Connection, func, select

from idp.kernel.audit import AuditEvent
from idp.kernel.db import Database
from idp.school import schools
from idp.school.models import School, Staff
from tests.builders import KEYRING, NOW, an_address, queued_mails
from tests.races import overlapping


def _found(db: Connection, key: str, address: str) -> str | None:
    first = ("Iris", "Vos", an_address(address))
    return schools.found(db, KEYRING, "De Bosrand", key, first, actor="staff:x", now=NOW)


@pytest.mark.parametrize(
    ("key", "address"),
    [("99ZZ00", "ander@bosrand.example"), ("88YY00", "ict@bosrand.example"), ("99ZZ00", "ict@bosrand.example")],
    ids=["the same number", "the same address", "the same form sent twice"],
)
def test_of_two_at_once_there_is_one_and_the_other_leaves_nothing(database: Database, key: str, address: str) -> None:
    first, second = overlapping(
        database, lambda db: _found(db, "99ZZ00", "ict@bosrand.example"), lambda db: _found(db, key, address)
    )
    assert (first is None, second) == (False, None)
    with database.read() as db:
        assert [db.execute(select(func.count()).select_from(one)).scalar_one() for one in (School, Staff)] == [1, 1]
        assert len(queued_mails(db)) == 1
        acts = db.execute(select(AuditEvent.act)).scalars().all()
        assert acts.count("school.founded") == 1
