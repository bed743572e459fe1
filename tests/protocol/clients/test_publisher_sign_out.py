"""How a sign-in at a publisher ends: its own button, and the provider's call (Back-Channel Logout 1.0)."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc.jwk import RSAKey

from clients.network.keys import Keys
from clients.publisher.logout_token import EVENT
from tests.protocol.clients.world import Traveller, World


@pytest.fixture
def keys(there: World, signing_keys: Any) -> Keys:
    """The provider's own keys, to sign what it would not."""
    made = Keys(there.environment.slug, there.environment.id_token_alg, signing_keys)
    requests.get(f"{there.issuer}/jwks", timeout=5)
    return made


def _claims(there: World, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": there.issuer,
        "aud": "malmberg",
        "iat": now,
        "exp": now + 120,
        "jti": f"jti-{time.monotonic_ns()}",
        "events": {EVENT: {}},
        "sub": "moo-0001",
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


def _post(there: World, token: str) -> requests.Response:
    return requests.post(f"{there.home}backchannel", data={"logout_token": token}, timeout=10)


def test_the_button_ends_it_here_and_at_the_provider(there: World, browser: Traveller) -> None:
    page = there.sign_in(browser)
    fields = {"form_token": page.select("input[name=form_token]")[0].get("value")}
    away = browser.step("POST", there.home + "logout", data=fields)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(away).query).items()}
    assert asked["post_logout_redirect_uri"] == there.home + "uitgelogd"
    assert asked["id_token_hint"].count(".") == 2
    assert asked["state"]
    assert not there.session(browser)["signed_in"]
    page = browser.open(away)
    assert page.path == "/malmberg/uitgelogd"
    assert page.select("[data-signed-out=everywhere]")
    assert browser.open(there.home + "login").heading == "Wie ben je?"


def test_the_way_back_says_nothing_without_our_own_state(there: World, browser: Traveller) -> None:
    browser.open(there.home + "login")
    assert not browser.open(there.home + "uitgelogd?state=x").select("[data-signed-out]")
    there.sign_in(browser)
    assert browser.open(there.home + "uitgelogd").heading == "Dag Noor"


def test_another_page_cannot_press_the_button(there: World, browser: Traveller) -> None:
    there.sign_in(browser)
    for fields in ({}, {"form_token": "x"}, {"form_token": "é"}):
        assert browser.post(there.home + "logout", fields).status == 400
    assert browser.open(there.home + "logout").status == 405
    assert there.session(browser)["signed_in"]


def test_when_the_provider_is_down_it_ends_here_all_the_same(there: World, browser: Traveller) -> None:
    page = there.sign_in(browser)
    there.misbehave("down")
    # The metadata was read a moment ago, so the browser is sent away; what counts is that nobody is signed in here.
    browser.step("POST", there.home + "logout", data={"form_token": page.select("[name=form_token]")[0].get("value")})
    assert not there.session(browser)["signed_in"]


def test_signing_out_at_the_provider_signs_out_here(there: World, browser: Traveller) -> None:
    """The whole way: its button, its signed call, our answer, and what the next page says."""
    there.sign_in(browser)
    browser.open(there.issuer + "/").submit(form=f"/{there.environment.slug}/uitloggen")
    deadline = time.monotonic() + 2
    while there.session(browser)["signed_in"] and time.monotonic() < deadline:
        time.sleep(0.02)
    page = browser.open(there.home)
    assert page.select("[data-signed-out=by_provider]")
    assert "Je bent uitgelogd" in page.words
    assert "Noor" not in page.text


def test_a_call_ends_the_session_that_it_names_and_no_other(there: World, browser: Traveller, keys: Keys) -> None:
    other = there.traveller()
    there.sign_in(browser)
    there.sign_in(other)
    sid = there.session(browser)["claims"]["sid"]
    answer = _post(there, keys.sign("logout+jwt", _claims(there, sid=sid)))
    assert (answer.status_code, answer.content, answer.headers["Cache-Control"]) == (200, b"", "no-store")
    assert not there.session(browser)["signed_in"]
    assert there.session(other)["signed_in"]


def test_a_call_about_a_pupil_ends_every_session_of_that_pupil(there: World, browser: Traveller, keys: Keys) -> None:
    other, brother = there.traveller(), there.traveller()
    for one, person in ((browser, "noor"), (other, "noor"), (brother, "sem")):
        there.sign_in(one, person)
    assert _post(there, keys.sign("logout+jwt", _claims(there))).status_code == 200
    assert [there.session(one)["signed_in"] for one in (browser, other, brother)] == [False, False, True]


def test_the_same_call_again_is_refused(there: World, browser: Traveller, keys: Keys) -> None:
    token = keys.sign("logout+jwt", _claims(there))
    assert _post(there, token).status_code == 200
    there.sign_in(browser)
    answer = _post(there, token)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert there.session(browser)["signed_in"]


def test_of_fifty_of_the_same_call_at_once_one_is_carried_out(there: World, keys: Keys) -> None:
    token = keys.sign("logout+jwt", _claims(there))
    with ThreadPoolExecutor(50) as pool:
        answers = [answer.status_code for answer in pool.map(lambda _: _post(there, token), range(50))]
    assert sorted(answers) == [200] + [400] * 49


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"aud": "blink"},
        {"iat": None},
        {"exp": None},
        {"exp": 1},
        {"jti": None},
        {"events": None},
        {"events": {}},
        {"nonce": "n"},
        {"sub": None},
    ],
    ids=str,
)
def test_a_call_that_does_not_hold_ends_nothing(
    there: World, browser: Traveller, keys: Keys, changes: dict[str, Any]
) -> None:
    there.sign_in(browser)
    answer = _post(there, keys.sign("logout+jwt", _claims(there, **changes)))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert there.session(browser)["signed_in"]


def test_other_kinds_of_token_end_nothing(there: World, browser: Traveller, keys: Keys) -> None:
    there.sign_in(browser)
    unknown = RSAKey.generate_key(2048, {"kid": "unknown"})
    for token in (
        keys.sign("JWT", _claims(there)),
        keys.sign("logout+jwt", _claims(there), keys.rogue),
        keys.sign("logout+jwt", _claims(there), unknown),
        "",
        "not.a.token",
    ):
        assert _post(there, token).status_code == 400
    assert requests.post(f"{there.home}backchannel", timeout=5).status_code == 400
    assert requests.get(f"{there.home}backchannel", timeout=5).status_code == 405
    assert there.session(browser)["signed_in"]


def test_a_body_that_is_too_large_is_refused_unread(there: World) -> None:
    assert _post(there, "x" * 100_000).status_code == 413


def test_when_the_keys_cannot_be_had_the_provider_may_call_again(there: World, keys: Keys) -> None:
    token = keys.sign("logout+jwt", _claims(there))
    there.misbehave("down")
    assert _post(there, token).status_code == 503
    there.misbehave("none")
    assert _post(there, token).status_code == 200


def test_a_call_that_is_quicker_than_the_sign_in_wins(there: World, browser: Traveller) -> None:
    """Somebody signs out while the publisher still waits for its tokens: no session begins that is over already."""
    back = there.answer(browser)
    leave = browser.open(there.issuer + "/")
    there.misbehave("slow", 0.4)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(there.traveller_with(browser).open, back)
        time.sleep(0.1)
        leave.submit(form=f"/{there.environment.slug}/uitloggen")
        page = waiting.result()
    assert (page.status, page.heading) == (403, "Je bent al weer uitgelogd")
    assert not there.session(browser)["signed_in"]
