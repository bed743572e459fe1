"""The session iframe's page, without a browser."""

from datetime import UTC, datetime

from idp.engine.clients.registry import Registry
from idp.engine.logout.session_management import SessionManagement
from idp.engine.ports import Login
from idp.kernel.db import Database
from idp.kernel.secrets import KeyRing
from tests.engine_parts import a_client, a_stored_client

NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
RING = KeyRing.parse(KeyRing.generate())
LOGIN = Login("pupil:1", "sid-1", NOW, ("pwd",), "urn:sleutelbos:acr:home", NOW)


def managed(database: Database, issuer: str = "https://id.example") -> SessionManagement:
    return SessionManagement.build(issuer, RING, Registry(), database)


def policy(database: Database) -> str:
    answer = managed(database)({"REQUEST_METHOD": "GET"})
    return dict(answer.headers)["Content-Security-Policy"]


def test_nobody_may_frame_it_where_no_client_asks(database: Database) -> None:
    with database.write() as db:
        a_stored_client(db, "plain")
    assert policy(database).endswith("frame-ancestors 'none'")


def test_only_the_clients_that_ask_may(database: Database) -> None:
    with database.write() as db:
        a_stored_client(db, "plain")
        a_stored_client(db, "watcher", session_management=True)
    assert policy(database).endswith("frame-ancestors https://watcher.example")


def test_on_https_the_cookie_is_bound_to_the_host(database: Database) -> None:
    assert managed(database).cookie == "__Host-sleutelbos_state"
    assert managed(database, "http://localhost").cookie == "sleutelbos_state"


def test_the_state_says_nothing_of_the_session_and_every_process_computes_the_same(database: Database) -> None:
    state = managed(database).browser_state(LOGIN)
    assert LOGIN.sid not in state
    assert state == managed(database).browser_state(LOGIN)
    assert state != SessionManagement.build(
        "https://id.example", KeyRing.parse(KeyRing.generate()), Registry(), database
    ).browser_state(LOGIN)


def test_nobody_signed_in_is_a_state_too(database: Database) -> None:
    client = a_client("watcher")
    states = {managed(database).session_state(login, client, "https://watcher.example/cb") for login in (None, LOGIN)}
    assert len(states) == 2
