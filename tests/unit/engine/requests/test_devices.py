"""Devices that wait: their codes, and deciding once."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from idp.engine.clients.registry import Registry
from idp.engine.ports import Login
from idp.engine.requests.devices import ALPHABET, LIFE, Devices, Started, Waiting, normal
from idp.engine.sessions import Sessions
from idp.engine.tables import DEVICE_REQUEST, GRANT
from idp.kernel.db import Database
from idp.kernel.secrets import KeyRing
from tests.engine_parts import a_stored_client

NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
REGISTRY = Registry()
DEVICES, SESSIONS = Devices(REGISTRY), Sessions(KeyRing.parse(KeyRing.generate()), REGISTRY)
ALLOWED = frozenset({"given_name", "eck_id"})


@pytest.fixture
def login(database: Database) -> Login:
    with database.write() as db:
        a_stored_client(db, "board", grant_types=["urn:ietf:params:oauth:grant-type:device_code"], redirect_uris=[])
        return SESSIONS.start(db, "pupil:1", amr=("pwd",), acr="urn:sleutelbos:acr:home", now=NOW).login


def start(database: Database) -> Started:
    with database.write() as db:
        client = REGISTRY.find(db, "board")
        assert client is not None
        return DEVICES.start(db, client, ("openid", "profile"), (), NOW)


def look_up(database: Database, code: str, now: datetime = NOW) -> Waiting | None:
    with database.read() as db:
        return DEVICES.look_up(db, code, now)


def waiting(database: Database) -> Waiting:
    found = look_up(database, start(database).user_code)
    assert found is not None
    return found


def decide(database: Database, act: Callable[[object], bool]) -> bool:
    with database.write() as db:
        return act(db)


def test_no_letter_looks_like_another_and_no_word_comes_out() -> None:
    assert not set(ALPHABET) & set("AEIOUYLV0123456789")
    assert len(set(ALPHABET)) == len(ALPHABET) == 18


def test_codes_differ(database: Database, login: Login) -> None:
    assert len({start(database).user_code for _ in range(50)}) == 50


def test_t42_neither_code_stands_in_the_database(database: Database, login: Login) -> None:
    started = start(database)
    with database.read() as db:
        row = repr(db.execute(select(DEVICE_REQUEST)).one())
    assert started.device_code not in row
    assert started.user_code.replace("-", "") not in row


def test_a_device_is_found_by_its_code_while_it_waits(database: Database, login: Login) -> None:
    started = start(database)
    found = look_up(database, started.user_code.lower().replace("-", " "))
    assert found is not None
    assert (found.client.id, found.scope) == ("board", ("openid", "profile"))
    assert look_up(database, started.user_code, NOW + LIFE) is None
    assert look_up(database, started.device_code) is None


def test_what_is_told_is_what_is_asked_for_within_the_contract(database: Database, login: Login) -> None:
    found = waiting(database)
    with database.write() as db:
        assert DEVICES.approve(db, found.id, login, ALLOWED, NOW)
        row = db.execute(select(GRANT)).one()
    assert (row.told, row.scope, row.sid, row.offline) == (["given_name"], "openid profile", login.sid, False)


def test_decided_is_decided(database: Database, login: Login) -> None:
    found = waiting(database)
    with database.write() as db:
        assert DEVICES.deny(db, found.id, NOW)
        assert not DEVICES.approve(db, found.id, login, ALLOWED, NOW)
        assert not DEVICES.deny(db, found.id, NOW)


def test_too_late_is_too_late(database: Database, login: Login) -> None:
    found = waiting(database)
    with database.write() as db:
        assert not DEVICES.approve(db, found.id, login, ALLOWED, NOW + LIFE)
        assert not DEVICES.deny(db, found.id, NOW + LIFE)


def test_somebody_who_has_signed_out_confirms_nothing(database: Database, login: Login) -> None:
    found = waiting(database)
    with database.write() as db:
        SESSIONS.end(db, login.sid, "test", NOW)
        assert not DEVICES.approve(db, found.id, login, ALLOWED, NOW + timedelta(seconds=1))


def test_twenty_answers_at_once_one_counts(database: Database, login: Login) -> None:
    found, results = waiting(database), []
    barrier = threading.Barrier(20)

    def answer(yes: bool) -> None:
        barrier.wait()
        with database.write() as db:
            done = DEVICES.approve(db, found.id, login, ALLOWED, NOW) if yes else DEVICES.deny(db, found.id, NOW)
        results.append(done)

    threads = [threading.Thread(target=answer, args=(number % 2 == 0,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count(True) == 1
    with database.read() as db:
        decided = DEVICE_REQUEST.c.grant_id.is_not(None) & DEVICE_REQUEST.c.denied_at.is_not(None)
        assert db.execute(select(func.count()).select_from(DEVICE_REQUEST).where(decided)).scalar_one() == 0


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_code_or_nothing(typed: str) -> None:
    code = normal(typed)
    assert code is None or (len(code) == 8 and set(code) <= set(ALPHABET))
