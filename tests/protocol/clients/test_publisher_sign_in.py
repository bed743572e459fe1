"""A publisher signs a pupil in (OpenID Connect Core 3.1, RFC 9207), and believes nothing that does not hold."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests

from tests.protocol.clients.world import LIES, Traveller, World, world


def _query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_a_pupil_signs_in_and_is_greeted(there: World, browser: Traveller) -> None:
    page = browser.open(there.home)
    assert page.heading == "Aan de slag met Malmberg"
    assert page.tree.findtext(".//title") == "Malmberg demo"
    assert there.session(browser) == {"signed_in": False, "claims": None, "told_at": None}
    page = there.sign_in(browser)
    assert (page.status, page.url) == (200, "/malmberg/")
    assert page.heading == "Dag Noor"
    assert "Ingelogd" in page.words


def test_every_claim_is_shown_and_when_it_was_told(there: World, browser: Traveller) -> None:
    page = there.sign_in(browser)
    session = there.session(browser)
    assert session["claims"]["sub"] == "moo-0001"
    assert session["userinfo"]["name"] == "Noor de Wit"
    assert session["claims"] == session["id_token"] | session["userinfo"]
    assert session["told_at"]
    shown = {row.get("data-claim") for row in page.select("[data-claim]")}
    assert shown == set(session["claims"])
    assert page.select("[data-told-at]")


def test_the_request_is_minimal_and_bound(there: World, browser: Traveller) -> None:
    asked = _query(browser.step("GET", there.home + "login"))
    assert asked["response_type"] == "code"
    assert asked["scope"] == "openid profile group"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert len(asked["state"]) >= 20
    assert len(asked["nonce"]) >= 20
    again = _query(browser.step("GET", there.home + "login"))
    assert all(again[name] != asked[name] for name in ("state", "nonce", "code_challenge"))


def test_a_second_window_and_a_page_loaded_again_show_who_is_signed_in(there: World, browser: Traveller) -> None:
    second = browser.step("GET", there.home + "login")
    first = there.answer(browser)
    assert browser.open(first).heading == "Dag Noor"
    assert browser.open(first).heading == "Dag Noor"
    assert browser.open(second).heading == "Dag Noor"
    assert there.session(browser)["claims"]["sub"] == "moo-0001"


def test_the_answer_is_good_on_the_browser_that_asked_and_nowhere_else(there: World, browser: Traveller) -> None:
    answer = there.answer(browser)
    page = there.traveller().open(answer)
    assert (page.status, page.heading) == (400, "Deze inlogpoging is niet meer geldig")
    attacker = there.traveller()
    attacker.open(there.home + "login")
    assert attacker.open(answer).status == 400
    assert browser.open(answer).heading == "Dag Noor"


def test_an_answer_is_used_once(there: World, browser: Traveller) -> None:
    answer = there.answer(browser)
    told_at = (browser.open(answer), there.session(browser))[1]["id_token"]
    browser.open(answer)
    assert there.session(browser)["id_token"] == told_at
    browser.session.cookies.clear()
    assert browser.open(answer).status == 400


def test_a_cookie_that_was_planted_is_worth_nothing_after_the_sign_in(there: World, browser: Traveller) -> None:
    browser.open(there.home + "login")
    planted = dict(browser.session.cookies)["pub_malmberg"]
    there.sign_in(browser)
    assert dict(browser.session.cookies)["pub_malmberg"] != planted
    thief = there.traveller()
    thief.session.cookies.set("pub_malmberg", planted, path="/malmberg/")
    assert not there.session(thief)["signed_in"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda url: url.replace("&iss=", "&other="), 400),
        (lambda url: url.replace("&iss=http", "&iss=https"), 400),
        (lambda url: url.replace("state=", "state=x"), 400),
        (lambda url: url.replace("state=", "other="), 400),
        (lambda url: url.replace("code=", "other="), 502),
        (lambda url: url.replace("code=", "code=x"), 502),
        (lambda url: url + "&code=x", 502),
        (lambda url: url.partition("?")[0], 400),
    ],
)
def test_an_answer_that_was_touched_signs_nobody_in(
    there: World, browser: Traveller, change: object, status: int
) -> None:
    assert callable(change)
    page = browser.open(change(there.answer(browser)))
    assert page.status == status
    assert page.select("[data-problem]")
    assert page.select("a[href='/malmberg/login']")
    assert not there.session(browser)["signed_in"]


@pytest.mark.parametrize("mode", [*LIES, "other_userinfo"])
def test_a_provider_that_lies_signs_nobody_in(there: World, browser: Traveller, mode: str) -> None:
    there.misbehave(mode)
    page = there.sign_in(browser)
    assert (page.status, page.heading) == (502, "Inloggen is niet gelukt")
    assert not there.session(browser)["signed_in"]
    there.misbehave("none")
    assert browser.open(there.home + "login").heading == "Dag Noor"


def test_an_answer_of_another_provider_is_not_used(there: World, browser: Traveller) -> None:
    """RFC 9207 2.4: the code of a mixed-up provider is not sent anywhere."""
    there.misbehave("wrong_answer_iss")
    page = there.sign_in(browser)
    assert (page.status, page.heading) == (400, "Dit antwoord komt niet van Sleutelbos")


def test_metadata_of_another_provider_are_not_used(there: World, browser: Traveller) -> None:
    """OpenID Connect Discovery 4.3; and they are not kept: the next attempt looks again."""
    there.misbehave("wrong_metadata")
    page = browser.open(there.home + "login")
    assert (page.status, page.heading) == (502, "Inloggen is niet gelukt")
    there.misbehave("none")
    assert there.sign_in(browser).heading == "Dag Noor"


def test_a_provider_that_is_down_is_said_and_tried_again(there: World, browser: Traveller) -> None:
    there.misbehave("down")
    page = browser.open(there.home + "login")
    assert (page.status, page.heading) == (503, "Sleutelbos geeft geen antwoord")
    there.misbehave("none")
    assert there.sign_in(browser).heading == "Dag Noor"


def test_a_provider_that_goes_down_half_way_is_said(there: World, browser: Traveller) -> None:
    answer = there.answer(browser)
    there.misbehave("down")
    assert browser.open(answer).status == 503
    assert not there.session(browser)["signed_in"]


@pytest.mark.parametrize(
    ("error", "status", "heading"),
    [
        ("access_denied", 403, "Je bent niet ingelogd"),
        ("login_required", 403, "Je bent niet ingelogd"),
        ("temporarily_unavailable", 503, "Sleutelbos geeft geen antwoord"),
        ("server_error", 502, "Inloggen is niet gelukt"),
        ("<script>", 502, "Inloggen is niet gelukt"),
    ],
)
def test_an_error_is_said_in_words_with_a_way_on(
    there: World, browser: Traveller, error: str, status: int, heading: str
) -> None:
    state = _query(browser.step("GET", there.home + "login"))["state"]
    url = f"{there.home}callback?error={quote(error)}&state={state}&iss={quote(there.issuer)}"
    page = browser.open(url)
    assert (page.status, page.heading) == (status, heading)
    assert page.select("a[href='/malmberg/login']")
    assert "<script" not in page.text
    assert browser.open(url).status == 400


def test_an_error_without_our_state_is_nobody_s(there: World, browser: Traveller) -> None:
    page = browser.open(f"{there.home}callback?error=access_denied&state=x&iss={quote(there.issuer)}")
    assert page.heading == "Deze inlogpoging is niet meer geldig"


def test_a_start_elsewhere_names_the_provider_and_a_page_of_ours(there: World, browser: Traveller) -> None:
    """OpenID Connect Core 4."""
    target = there.home + "?les=7"
    start = f"{there.home}login?iss={quote(there.issuer)}&target_link_uri={quote(target)}&login_hint=noor"
    assert _query(browser.step("GET", start))["login_hint"] == "noor"
    browser.step("POST", there.home + "login", data={"iss": there.issuer, "target_link_uri": target})
    page = browser.open(start).submit(button="person=noor")
    assert (page.url, page.heading) == ("/malmberg/?les=7", "Dag Noor")


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        ("iss=https%3A%2F%2Fevil.example", "Dit antwoord komt niet van Sleutelbos"),
        ("target_link_uri=https%3A%2F%2Fevil.example%2F", "Deze link klopt niet"),
        ("target_link_uri=", "Deze link klopt niet"),
    ],
)
def test_any_other_start_elsewhere_leads_nowhere(there: World, browser: Traveller, query: str, heading: str) -> None:
    page = browser.open(f"{there.home}login?{query}")
    assert (page.status, page.heading) == (400, heading)


@pytest.mark.parametrize(
    ("publisher", "environment"),
    [("blink", "mijnonderwijsportaal"), ("thiememeulenhoff", "cloudwise")],
    ids=["ES256", "client_secret_post"],
)
def test_each_way_that_publishers_differ_works(
    publisher: str, environment: str, tmp_path: Path, signing_keys: Path
) -> None:
    with world(tmp_path, signing_keys, publisher, environment) as there:
        browser = there.traveller()
        page = there.sign_in(browser, there.environment.people[0].username)
        assert page.heading == f"Dag {there.environment.people[0].given_name}"
        assert f"pub_{publisher}" in dict(browser.session.cookies)


@pytest.fixture
def mixed(tmp_path: Path, signing_keys: Path) -> Iterator[World]:
    """A publisher that registered ES256, at a provider that signs with RS256."""
    with world(tmp_path, signing_keys, "blink", "moo") as made:
        yield made


def test_an_algorithm_that_was_not_registered_is_not_accepted(mixed: World) -> None:
    page = mixed.sign_in(mixed.traveller())
    assert (page.status, page.heading) == (502, "Inloggen is niet gelukt")


def test_every_page_is_plain_strict_and_not_kept(there: World, browser: Traveller) -> None:
    front = there.home.removesuffix("malmberg/")
    pages = [browser.open(url) for url in (front, there.home, there.home + "callback", front + "nowhere")]
    pages.append(there.sign_in(browser))
    for page in pages:
        assert page.tree.get("lang") == "nl"
        assert page.heading
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert not page.select("[style], script, style, [onclick]")
        assert not page.select("link[href^='http'], img[src^='http']")


def test_its_colour_is_a_stylesheet_of_its_own(there: World) -> None:
    for url in (there.home + "kleur.css", there.home.replace("malmberg/", "kleuren.css")):
        answer = requests.get(url, timeout=5)
        assert answer.headers["Content-Type"].startswith("text/css")
        assert f".van-malmberg {{ --brand: {there.publisher.colour}; }}" in answer.text
