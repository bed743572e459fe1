"""Front-channel logout: OpenID Connect Front-Channel Logout 1.0, sections 2 and 3."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.protocol.party import Party, read_jwt
from tests.site import Site, registration
from tests.visitor import Page


@pytest.fixture
def framed(site: Site) -> Party:
    """A client that wants to hear of the end in the browser."""
    site.register(registration("framed", frontchannel_logout_uri="https://framed.example/front?keep=me"))
    return Party(site, client_id="framed")


def frames(page: Page) -> list[str]:
    return [frame.get("src") for frame in page.select("iframe")]


def told(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def signed_in(party: Party, browser: Any) -> dict[str, Any]:
    tokens: dict[str, Any] = party.redeem(party.code(browser)).json()
    return read_jwt(tokens["id_token"])[1]


def test_3_one_frame_per_client_with_iss_and_sid(framed: Party) -> None:
    browser = framed.browser()
    claims = signed_in(framed, browser)
    page = browser.open("/portaal").submit(form="/uitloggen")
    (address,) = frames(page)
    assert address.startswith("https://framed.example/front?keep=me&")
    assert told(address) == {"keep": "me", "iss": framed.metadata["issuer"], "sid": claims["sid"]}


def test_3_that_page_may_frame_those_and_nobody_else_may_frame_it(framed: Party) -> None:
    browser = framed.browser()
    signed_in(framed, browser)
    policy = browser.open("/portaal").submit(form="/uitloggen").headers["Content-Security-Policy"]
    assert "frame-src https://framed.example;" in policy
    assert "frame-ancestors 'none'" in policy


def test_it_goes_on_after_two_seconds_whatever_they_do(framed: Party) -> None:
    browser = framed.browser()
    signed_in(framed, browser)
    page = browser.open("/portaal").submit(form="/uitloggen")
    (refresh,) = page.select("meta[http-equiv=refresh]")
    assert refresh.get("content") == "2;url=/uitgelogd"
    assert page.select("a#onward")[0].get("href") == "/uitgelogd"


def test_only_clients_that_saw_this_session(framed: Party, party: Party) -> None:
    browser = framed.browser()
    framed.code(browser)  # asked for, never redeemed
    signed_in(party, browser)
    page = browser.open("/portaal").submit(form="/uitloggen")
    assert page.path == "/uitgelogd"
    assert not frames(page)


def test_switching_children_tells_them_too_and_goes_on_to_the_tiles(framed: Party, site: Site) -> None:
    homes = site.people()["homes"]
    number = next(n for n, home in enumerate(homes) if len(home["children"]) > 1)
    browser = framed.browser(home=number)
    claims = signed_in(framed, browser)
    page = browser.open("/portaal").submit(form="/wissel")
    assert [told(address)["sid"] for address in frames(page)] == [claims["sid"]]
    assert page.select("a#onward")[0].get("href") == "/thuis/kind"


def test_a_publisher_s_own_logout_goes_past_the_frames_and_on_to_where_it_asked(framed: Party, party: Party) -> None:
    browser = framed.browser()
    signed_in(framed, browser)
    hint = party.redeem(party.code(browser)).json()["id_token"]
    out = "https://demo-publisher.example/out"
    where = f"{party.metadata['end_session_endpoint']}?id_token_hint={hint}&post_logout_redirect_uri={out}&state=a%22b"
    page = browser.open(where)
    assert len(frames(page)) == 1
    assert page.select("a#onward")[0].get("href") == f"{out}?state=a%22b"


def test_the_session_has_ended_before_the_page_is_shown(framed: Party) -> None:
    browser = framed.browser()
    tokens = framed.redeem(framed.code(browser)).json()
    browser.open("/portaal").submit(form="/uitloggen")
    assert framed.userinfo(tokens["access_token"]).status_code == 401
    assert browser.open("/portaal").path != "/portaal"


def test_metadata(party: Party) -> None:
    assert party.metadata["frontchannel_logout_supported"] is True
    assert party.metadata["frontchannel_logout_session_supported"] is True
