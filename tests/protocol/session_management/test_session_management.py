"""Session management: OpenID Connect Session Management 1.0, for clients that ask, and nothing for the others."""

import hashlib
from typing import Any

import pytest
import requests

from idp.engine.clients.initial_access import issue_initial_access_token
from idp.kernel.clock import now
from tests.protocol.party import Party, answer_of
from tests.site import Site, registration

COOKIE = "sleutelbos_state"


@pytest.fixture
def watcher(site: Site) -> Party:
    """A client that asks for session_state."""
    site.register(registration("watcher", session_management=True))
    return Party(site, client_id="watcher")


def session_state(client_id: str, origin: str, state: str, salt: str) -> str:
    """As the iframe computes it (3)."""
    return hashlib.sha256(f"{client_id} {origin} {state} {salt}".encode()).hexdigest() + "." + salt


def asked(party: Party, browser: Any) -> dict[str, str]:
    return answer_of(browser.open(party.authorize_url()))


def test_2_the_answer_carries_a_state_that_the_iframe_can_compute(watcher: Party) -> None:
    browser = watcher.browser()
    given = asked(watcher, browser)["session_state"]
    cookie = browser.session.cookies[COOKIE]
    salt = given.partition(".")[2]
    assert given == session_state("watcher", "https://watcher.example", cookie, salt)
    assert " " not in given


def test_2_it_is_salted_and_stays_the_same_session(watcher: Party) -> None:
    browser = watcher.browser()
    first = asked(watcher, browser)["session_state"]
    cookie = browser.session.cookies[COOKIE]
    assert asked(watcher, browser)["session_state"] != first
    assert browser.session.cookies[COOKIE] == cookie


def test_another_sign_in_is_another_state(watcher: Party) -> None:
    one, other = watcher.browser(), watcher.browser()
    for browser in (one, other):
        asked(watcher, browser)
    assert one.session.cookies[COOKIE] != other.session.cookies[COOKIE]


def test_signing_out_changes_it(watcher: Party) -> None:
    browser = watcher.browser()
    asked(watcher, browser)
    browser.open("/portaal").submit(form="/uitloggen")
    assert COOKIE not in browser.session.cookies


def test_the_next_child_changes_it(watcher: Party, site: Site) -> None:
    family = next(home for home in site.people()["homes"] if len(home["children"]) > 1)
    browser = watcher.browser(home=site.people()["homes"].index(family))
    asked(watcher, browser)
    before = browser.session.cookies[COOKIE]
    browser.open("/portaal").submit(form="/wissel")
    assert browser.session.cookies.get(COOKIE) != before


def test_clients_that_do_not_ask_get_none_and_no_cookie_is_set(party: Party) -> None:
    browser = party.browser()
    assert "session_state" not in asked(party, browser)
    assert COOKIE not in browser.session.cookies


def test_the_cookie_is_no_credential(watcher: Party) -> None:
    browser = watcher.browser()
    asked(watcher, browser)
    value = browser.session.cookies[COOKIE]
    browser.session.cookies.clear()
    browser.session.cookies.set("sleutelbos_session", value)
    assert browser.open("/portaal").path != "/portaal"


@pytest.mark.parametrize("said", [{}, {"session_management": False}])
def test_2_an_operator_asks_for_those_who_have_no_name_for_it(site: Site, said: dict[str, bool]) -> None:
    """An initial access token that says so gives every client of it a `session_state`, unless it says no."""
    terms = {"all_schools": True, "claims": ["given_name"], "session_management": True}
    with site.database.write() as db:
        token = issue_initial_access_token(db, now(), terms=terms)
    document = {"client_name": "Registered", "redirect_uris": ["https://registered.example/callback"], **said}
    answer = requests.post(
        f"{site.issuer}/register", json=document, headers={"Authorization": f"Bearer {token}"}, timeout=10
    )
    assert answer.status_code == 201, answer.text
    query = {"client_id": answer.json()["client_id"], "redirect_uri": document["redirect_uris"][0]}
    party = Party(site)
    told = answer_of(party.browser().open(party.authorize_url(**query)))
    assert ("session_state" in told, "code" in told) == (not said, True)


def test_3_3_the_iframe_may_stand_in_frames_and_runs_its_own_script_alone(watcher: Party) -> None:
    answer = requests.get(watcher.metadata["check_session_iframe"], timeout=10)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors" not in policy
    assert "script-src 'sha256-" in policy
    assert "X-Frame-Options" not in answer.headers
    assert COOKIE in answer.text


def test_3_3_it_is_read_and_nothing_else(party: Party) -> None:
    assert requests.post(party.metadata["check_session_iframe"], timeout=10).status_code == 405
