"""The session iframe's page, without a browser."""

from datetime import UTC, datetime

from idp.engine.logout.session_management import SessionManagement
from idp.engine.ports import Login
from idp.kernel.secrets import KeyRing
from tests.engine_parts import a_client

NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
RING = KeyRing.parse(KeyRing.generate())
LOGIN = Login("pupil:1", "sid-1", NOW, ("pwd",), "urn:sleutelbos:acr:home", NOW)


def managed(issuer: str = "https://id.example") -> SessionManagement:
    return SessionManagement.build(issuer, RING)


def test_anybody_may_frame_it_and_nothing_but_its_own_script_runs() -> None:
    answer = managed()({"REQUEST_METHOD": "GET"})
    policy = dict(answer.headers)["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "frame-ancestors" not in policy
    assert b"<body" not in answer.body


def test_on_https_the_cookie_is_bound_to_the_host() -> None:
    assert managed().cookie == "__Host-sleutelbos_state"
    assert managed("http://localhost").cookie == "sleutelbos_state"


def test_the_state_says_nothing_of_the_session_and_every_process_computes_the_same() -> None:
    state = managed().browser_state(LOGIN)
    assert LOGIN.sid not in state
    assert state == managed().browser_state(LOGIN)
    assert state != SessionManagement.build("https://id.example", KeyRing.parse(KeyRing.generate())).browser_state(
        LOGIN
    )


def test_nobody_signed_in_is_a_state_too() -> None:
    client = a_client("watcher")
    states = {managed().session_state(login, client, "https://watcher.example/cb") for login in (None, LOGIN)}
    assert len(states) == 2
