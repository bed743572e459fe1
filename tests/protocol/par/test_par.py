"""Pushed authorization requests (RFC 9126), tests named by section."""

import threading
from datetime import timedelta
from typing import Any

import requests

from idp.kernel import clock
from tests.protocol.party import VERIFIER, Party, answer_of
from tests.protocol.pushing import address, push, pushed
from tests.site import Site, registration
from tests.visitor import Caller, sign_in_at_home


def test_2_2_a_push_is_answered_with_a_name_that_lives_a_minute_or_more(party: Party) -> None:
    answer = push(party)
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json()
    assert told["request_uri"].startswith("urn:ietf:params:oauth:request_uri:")
    assert len(told["request_uri"].rsplit(":", 1)[1]) >= 43
    assert 60 <= told["expires_in"] <= 600


def test_4_the_browser_brings_the_name_and_gets_a_code(party: Party) -> None:
    browser = party.browser()
    came_back = answer_of(browser.open(address(party, pushed(party, state="pushed"))))
    assert (came_back["state"], came_back["iss"]) == ("pushed", party.site.issuer)
    assert party.redeem(came_back["code"]).status_code == 200


def test_4_what_stands_beside_the_name_means_nothing(party: Party) -> None:
    browser = party.browser()
    url = address(party, pushed(party), state="other", redirect_uri="https://evil.example/", scope="openid eck_id")
    page = browser.open(url)
    assert page.url.startswith(party.redirect_uri)
    assert answer_of(page)["state"] == "state-of-this-test"


def test_4_somebody_who_has_to_sign_in_first_gets_there_too(party: Party) -> None:
    browser, family = Caller(party.site.issuer), party.site.people()["homes"][0]
    page = sign_in_at_home(browser, family, family["children"][0], start=address(party, pushed(party)))
    assert party.redeem(answer_of(page)["code"]).status_code == 200


def test_b42_7_3_it_is_used_up_with_the_code_and_not_with_the_page(party: Party) -> None:
    """Reloading before the sign-in works; after the code it does not, and nobody is redirected."""
    url = address(party, pushed(party))
    stranger, family = Caller(party.site.issuer), party.site.people()["homes"][0]
    assert stranger.open(url).path == "/thuis"
    assert stranger.open(url).path == "/thuis"
    page = sign_in_at_home(stranger, family, family["children"][0], start=url)
    assert "code" in answer_of(page)
    again = stranger.open(url)
    assert (again.status, again.path) == (400, "/authorize")


def test_b42_two_sign_ins_with_one_name_make_one_code(party: Party) -> None:
    url, family = address(party, pushed(party)), party.site.people()["homes"][0]
    waiting = Caller(party.site.issuer)
    step = waiting.open(url)
    assert "code" in answer_of(party.browser().open(url))
    page = sign_in_at_home(waiting, family, family["children"][0], start=step.url)
    assert (page.status, page.path) == (400, "/authorize")


def test_b42_expired(party: Party) -> None:
    url, browser = address(party, pushed(party)), party.browser()
    with clock.frozen(clock.now() + timedelta(seconds=600)):
        page = browser.open(url)
    assert (page.status, page.path) == (400, "/authorize")


def test_b42_made_up_names(party: Party) -> None:
    for name in ("", "x\x00é", "pr_" + "A" * 43):
        page = Caller(party.site.issuer).open(address(party, "urn:ietf:params:oauth:request_uri:" + name))
        assert (page.status, page.path) == (400, "/authorize")


def test_b42_2_2_the_name_is_bound_to_its_client(party: Party) -> None:
    party.site.register(registration("other-publisher"))
    other = Party(party.site, "other-publisher")
    page = party.browser().open(address(other, pushed(party)))
    assert (page.status, page.path) == (400, "/authorize")


def test_b43_2_1_no_request_uri_inside(party: Party) -> None:
    answer = push(party, request_uri="urn:ietf:params:oauth:request_uri:x")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_b43_2_1_the_client_proves_who_it_is(party: Party) -> None:
    endpoint = party.metadata["pushed_authorization_request_endpoint"]
    answer = requests.post(endpoint, data=party.parameters(), timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert "WWW-Authenticate" in answer.headers


def test_2_1_a_public_client_pushes_as_well(site: Site) -> None:
    entry = registration("public-publisher", token_endpoint_auth_method="none")
    del entry["client_secret"]
    site.register(entry)
    party = Party(site, "public-publisher", secret=None)
    code = answer_of(party.browser().open(address(party, pushed(party))))["code"]
    assert party.redeem(code).status_code == 200


def test_2_1_another_clients_id_in_the_form(party: Party) -> None:
    answer = push(party, client_id="other-publisher")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_2_3_only_post(party: Party) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        answer = requests.request(method, party.metadata["pushed_authorization_request_endpoint"], timeout=10)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"redirect_uri": None}, "invalid_request"),
    ({"redirect_uri": "https://demo-publisher.example/callback/"}, "invalid_request"),
    ({"response_type": None}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_mode": "web_message"}, "invalid_request"),
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge": "x"}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"state": "x" * 2049}, "invalid_request"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"prompt": "create"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"claims": "[]"}, "invalid_request"),
    ({"claims": '{"id_token":{"acr":{"essential":true,"value":"x"}}}'}, "unmet_authentication_requirements"),
    ({"resource": "https://api.example/"}, "invalid_target"),
    ({"dpop_jkt": "short"}, "invalid_request"),
    ({"request": "a.b.c"}, "request_not_supported"),
)


def test_2_3_what_is_wrong_is_said_at_once(party: Party) -> None:
    for changes, error in WRONG:
        answer = push(party, **changes)
        assert (answer.status_code, answer.json()["error"]) == (400, error), changes
        assert answer.headers["X-Support-Code"]


def test_5_6_a_client_that_must_push_may_do_nothing_else(site: Site) -> None:
    site.register(registration("pushing-publisher", require_pushed_authorization_requests=True))
    party = Party(site, "pushing-publisher")
    browser = party.browser()
    refused = answer_of(browser.open(party.authorize_url()))
    assert (refused["error"], refused["iss"]) == ("invalid_request", site.issuer)
    assert "code" in answer_of(browser.open(address(party, pushed(party))))


def test_the_prompt_and_the_time_of_the_sign_in_are_the_pushed_ones(party: Party) -> None:
    browser = party.browser()
    refused = browser.open(address(party, pushed(party, prompt="login")))
    assert refused.path.startswith("/thuis")
    silent = answer_of(Caller(party.site.issuer).open(address(party, pushed(party, prompt="none"))))
    assert silent["error"] == "login_required"


def test_fifty_arrivals_at_once_make_one_code(party: Party) -> None:
    url, browser = address(party, pushed(party)), party.browser()
    cookies, found = browser.session.cookies.get_dict(), []

    def arrive() -> None:
        answer = requests.get(url, cookies=cookies, allow_redirects=False, timeout=30)
        found.append((answer.status_code, "code=" in answer.headers.get("Location", "")))

    threads = [threading.Thread(target=arrive) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found).count((303, True)) == 1, found
    assert found.count((400, False)) == 49, found


def test_the_verifier_of_the_pushed_challenge_is_asked_for(party: Party) -> None:
    code = answer_of(party.browser().open(address(party, pushed(party))))["code"]
    assert party.redeem(code, code_verifier=VERIFIER[::-1]).json()["error"] == "invalid_grant"
