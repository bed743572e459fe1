"""OpenID Connect RP-Initiated Logout 1.0: who may end a session, and where the browser goes then."""

from urllib.parse import urlencode

import pytest

from tests.protocol.party import Party
from tests.site import PUBLISHER, registration
from tests.visitor import Caller, Page

AFTER = f"https://{PUBLISHER}.example/out"


@pytest.fixture
def browser(party: Party) -> Caller:
    """A child is signed in."""
    return party.browser()


@pytest.fixture
def hint(party: Party, browser: Caller) -> str:
    """The ID token that the publisher has of this browser's session."""
    token: str = party.redeem(party.code(browser)).json()["id_token"]
    return token


def ask(party: Party, browser: Caller, **fields: str) -> Page:
    """Send the browser to the logout endpoint."""
    return browser.open(f"{party.metadata['end_session_endpoint']}?{urlencode(fields)}")


def signed_in(party: Party, browser: Caller) -> bool:
    """Is somebody still signed in on this browser?"""
    return "code" in browser.open(party.authorize_url(prompt="none")).query


def test_a_hint_of_this_browsers_session_ends_it_and_leads_back(party: Party, browser: Caller, hint: str) -> None:
    page = ask(party, browser, id_token_hint=hint, post_logout_redirect_uri=AFTER, state='weg é"')
    assert page.url.startswith(AFTER + "?state=")
    assert page.query == {"state": 'weg é"'}
    assert not signed_in(party, browser)


def test_the_same_by_post(party: Party, browser: Caller, hint: str) -> None:
    fields = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER}
    page = browser.post(party.metadata["end_session_endpoint"], fields)
    assert page.url == AFTER
    assert not signed_in(party, browser)


def test_b39_t33_without_a_hint_somebody_is_asked_first(party: Party, browser: Caller) -> None:
    page = ask(party, browser, post_logout_redirect_uri=AFTER, client_id=party.client_id)
    assert page.status == 200
    assert signed_in(party, browser)
    page = page.submit(form="/logout/ja")
    assert page.path == "/uitgelogd"
    assert not signed_in(party, browser)


@pytest.mark.parametrize("hint", ["rubbish", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0."])
def test_an_unsigned_hint_is_none(party: Party, browser: Caller, hint: str) -> None:
    page = ask(party, browser, id_token_hint=hint, post_logout_redirect_uri=AFTER)
    assert page.status == 200
    assert signed_in(party, browser)


def test_t33_a_hint_of_another_session_asks_first(party: Party, browser: Caller, hint: str) -> None:
    other = party.browser(1, 0)
    page = ask(party, other, id_token_hint=hint, post_logout_redirect_uri=AFTER)
    assert page.status == 200
    assert signed_in(party, other)


def test_3_whoever_says_yes_is_led_back(party: Party, hint: str) -> None:
    other = party.browser(1, 0)
    page = ask(party, other, id_token_hint=hint, post_logout_redirect_uri=AFTER, state="s")
    page = page.submit(form="/logout/ja")
    assert page.url == f"{AFTER}?state=s"
    assert not signed_in(party, other)


@pytest.mark.parametrize(
    "uri", [AFTER + "/x", AFTER + "?x=1", "https://evil.example/", AFTER.upper(), "javascript:alert(1)"]
)
def test_b39_t34_an_address_that_is_not_registered_exactly_is_not_gone_to(
    party: Party, browser: Caller, hint: str, uri: str
) -> None:
    page = ask(party, browser, id_token_hint=hint, post_logout_redirect_uri=uri)
    assert page.path == "/uitgelogd"
    assert not signed_in(party, browser)


def test_4_a_page_says_that_the_address_is_not_registered(party: Party, browser: Caller, hint: str) -> None:
    page = ask(party, browser, id_token_hint=hint, post_logout_redirect_uri=AFTER + "?foo=bar")
    assert "de post_logout_redirect_uri is niet zo geregistreerd" in page.words


def test_4_a_page_says_that_the_hint_is_missing(party: Party, browser: Caller) -> None:
    page = ask(party, browser, post_logout_redirect_uri=AFTER, client_id=party.client_id)
    assert "hoort een id_token_hint" in page.words
    assert "hoort een id_token_hint" in page.submit(form="/logout/ja").words


def test_4_a_page_says_that_the_hint_is_not_ours(party: Party, browser: Caller, hint: str) -> None:
    head, body, signature = hint.split(".")
    page = ask(party, browser, id_token_hint=f"{head}.{body[:-4]}AAAA.{signature}", post_logout_redirect_uri=AFTER)
    assert page.status == 200
    assert "de id_token_hint is niet van ons of klopt niet" in page.words
    assert signed_in(party, browser)


def test_4_nothing_is_wrong_with_a_request_without_an_address(party: Party, browser: Caller, hint: str) -> None:
    assert "klopt niet" not in ask(party, browser).words
    assert "klopt niet" not in ask(party, browser, id_token_hint=hint).words


def test_t34_another_clients_address_is_not_gone_to(party: Party, browser: Caller, hint: str) -> None:
    party.site.register(registration("other-publisher"))
    page = ask(party, browser, id_token_hint=hint, post_logout_redirect_uri="https://other-publisher.example/out")
    assert page.path == "/uitgelogd"


def test_client_and_hint_that_contradict_are_a_local_error(party: Party, browser: Caller, hint: str) -> None:
    party.site.register(registration("other-publisher"))
    page = ask(party, browser, id_token_hint=hint, client_id="other-publisher", post_logout_redirect_uri=AFTER)
    assert page.status == 400
    assert page.select("code[data-support]")
    assert signed_in(party, browser)


def test_the_tokens_of_the_session_end_with_it(party: Party, browser: Caller) -> None:
    tokens = party.redeem(party.code(browser)).json()
    ask(party, browser, id_token_hint=tokens["id_token"])
    assert party.userinfo(tokens["access_token"]).status_code == 401
    assert party.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_an_answer_to_the_question_needs_its_own_form(party: Party, browser: Caller) -> None:
    assert browser.post("/logout/ja", {}).status == 400
    assert signed_in(party, browser)
