"""The end of a sign-in at an environment (OpenID Connect RP-Initiated Logout 1.0), and how the party hears of it."""

from urllib.parse import quote

import pytest

from tests.protocol.clients.party import HOME, Party
from tests.protocol.clients.world import Traveller


@pytest.fixture
def browser(party: Party) -> Traveller:
    """A browser on which the first person is signed in."""
    made = Traveller(party.issuer)
    page = made.open(f"{party.issuer}/").submit(button="person=noor")
    assert page.heading == "Dag Noor"
    return made


def _hint(party: Party, browser: Traveller) -> str:
    return str(party.redeem(party.answer(party.asked(), browser)["code"])["id_token"])


def _end(party: Party, hint: str, back: str = HOME + "uitgelogd") -> str:
    query = f"id_token_hint={quote(hint)}&post_logout_redirect_uri={quote(back)}&state=a%26b"
    return f"{party.metadata['end_session_endpoint']}?{query}"


def _signed_in(party: Party, browser: Traveller) -> bool:
    return browser.open(f"{party.issuer}/").heading == "Dag Noor"


def test_its_own_id_token_ends_a_session_and_leads_back_with_state(party: Party, browser: Traveller) -> None:
    page = browser.ask("GET", _end(party, _hint(party, browser)))
    assert (page.status, page.headers["Location"]) == (303, HOME + "uitgelogd?state=a%26b")
    assert not _signed_in(party, browser)


def test_nothing_else_ends_it_without_a_question(party: Party, browser: Traveller) -> None:
    other = Traveller(party.issuer)
    foreign = _hint(party, other)
    for hint in ("", "a.b.c", foreign, _hint(party, browser)[:-4] + "AAAA"):
        page = browser.ask("GET", _end(party, hint))
        assert (page.status, page.heading) == (200, "Wil je uitloggen?")
        assert _signed_in(party, browser)
    page = browser.open(_end(party, "")).submit(form="/moo/uitloggen")
    assert "Je bent uitgelogd." in page.words
    assert not _signed_in(party, browser)


def test_nobody_is_sent_to_an_address_that_is_not_registered(party: Party, browser: Traveller) -> None:
    for back in ("https://evil.example/", HOME + "uitgelogd/x", ""):
        page = browser.ask("GET", _end(party, _hint(party, browser), back))
        assert (page.status, page.headers.get("Location")) == (200, None)
        assert not _signed_in(party, browser)
        browser.open(f"{party.issuer}/").submit(button="person=noor")


def test_another_page_cannot_press_the_button(party: Party, browser: Traveller) -> None:
    for fields in ({}, {"form_token": "x"}):
        assert browser.post(f"{party.issuer}/uitloggen", fields).status == 400
    assert _signed_in(party, browser)


def test_a_party_that_cannot_be_called_keeps_nobody_signed_in(party: Party, browser: Traveller) -> None:
    """The call goes to a host that does not exist: best effort, and the person is signed out all the same."""
    page = browser.open(f"{party.issuer}/").submit(form="/moo/uitloggen")
    assert "Je bent uitgelogd." in page.words
    assert not _signed_in(party, browser)


def test_who_begins_here_is_sent_on_to_the_party(party: Party, browser: Traveller) -> None:
    """OpenID Connect Core 4: the tile starts the party's own sign-in, and says who is the provider."""
    (link,) = browser.open(f"{party.issuer}/").select("a.button")
    assert link.get("href") == f"{HOME}login?iss={party.issuer}"
