"""A grant is written only while its sign-in lasts, also when the two happen at the same moment."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from idp.engine.clients.registry import Registry
from idp.engine.ports import Login
from idp.engine.requests import granting
from idp.engine.sessions import Sessions
from idp.engine.tables import GRANT
from idp.kernel.db import Database
from idp.kernel.secrets import KeyRing, new_id

NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
SESSIONS = Sessions(KeyRing.parse(KeyRing.generate()), Registry())


@pytest.fixture
def login(database: Database) -> Login:
    return a_login(database)


def a_login(database: Database) -> Login:
    with database.write() as db:
        return SESSIONS.start(db, "pupil:1", amr=("pwd",), acr="urn:sleutelbos:acr:home", now=NOW).login


def written(database: Database, login: Login) -> bool:
    values = {
        "id": new_id(),
        "client_id": "app",
        "sub": "p.x",
        "scope": "openid",
        "told": [],
        "offline": True,
        "created_at": NOW,
        "expires_at": NOW,
    }
    with database.write() as db:
        return granting.write(db, login, values)


def end(database: Database, login: Login) -> None:
    with database.write() as db:
        SESSIONS.end(db, login.sid, "test", NOW)


def living(database: Database, login: Login) -> int:
    with database.read() as db:
        return len(db.execute(select(GRANT.c.id).where(GRANT.c.sid == login.sid, GRANT.c.ended_at.is_(None))).all())


def test_the_grant_holds_the_sign_in(database: Database, login: Login) -> None:
    assert written(database, login)
    with database.read() as db:
        row = db.execute(select(GRANT)).one()
    assert (row.subject, row.sid, row.auth_time, row.amr, row.acr) == (
        login.subject, login.sid, login.auth_time, "pwd", login.acr,
    )  # fmt: skip
    assert row.code is row.code_used_at is row.ended_at is None


def test_without_the_sign_in_there_is_no_grant(database: Database, login: Login) -> None:
    end(database, login)
    assert not written(database, login)
    assert living(database, login) == 0


def test_t03_beside_the_end_of_the_sign_in_it_does_not_outlive_it(database: Database) -> None:
    for _ in range(40):
        login, barrier = a_login(database), threading.Barrier(4)

        def write(login: Login = login, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            written(database, login)

        def stop(login: Login = login, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            end(database, login)

        threads = [threading.Thread(target=act) for act in (write, stop, write, write)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert living(database, login) == 0
