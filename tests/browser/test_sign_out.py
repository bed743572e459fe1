"""In a real browser: publishers' frames at a sign-out, the session iframe, and the board that changes by itself."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Open, keep
from tests.hosted import Hosted, hosted
from tests.protocol.party import basic, challenge_of
from tests.site import SECRET, Site, registration, served

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"

WATCH = """<!doctype html><title>publisher</title><p id="answer">-</p>
<iframe id="op" src="IFRAME" hidden></iframe>
<script>
const frame = document.getElementById('op')
const ask = () => frame.contentWindow.postMessage(decodeURIComponent(location.hash.slice(1)), new URL(frame.src).origin)
addEventListener('message', event => { document.getElementById('answer').textContent = event.data })
frame.addEventListener('load', ask)
</script>"""


@pytest.fixture
def publisher() -> Iterator[Hosted]:
    """A publisher's server; it has the provider's own name, since a port makes no other site."""
    with hosted() as here:
        here.put("/back", "back")
        yield here


@pytest.fixture
def site(seeded_url: str, tmp_path: Path, publisher: Hosted) -> Iterator[Site]:
    """The provider, with a publisher that wants everything in the browser, and one for boards."""
    with served(seeded_url, tmp_path) as running:
        running.register(
            registration(
                "watcher",
                redirect_uris=[f"{publisher.base}/back"],
                session_management=True,
                frontchannel_logout_uri=f"{publisher.base}/front",
            ),
            registration("rekenreis", client_name="Rekenreis", grant_types=[DEVICE], redirect_uris=[]),
        )
        yield running


def sign_in(context: BrowserContext, site: Site) -> Page:
    """A child is signed in at home."""
    home = next(one for one in site.people()["homes"] if len(one["children"]) == 1)
    page = context.new_page()
    page.goto(f"{site.issuer}/thuis")
    page.fill("[name=email]", home["email"])
    page.fill("[name=password]", home["password"])
    page.press("[name=password]", "Enter")
    expect(page).to_have_url(re.compile("/portaal$"))
    return page


def open_app(page: Page, site: Site, publisher: Hosted) -> dict[str, str]:
    """The publisher asks, and gets its answer."""
    query = {
        "client_id": "watcher",
        "redirect_uri": f"{publisher.base}/back",
        "response_type": "code",
        "scope": "openid",
        "code_challenge": challenge_of("v" * 43),
        "code_challenge_method": "S256",
    }
    page.goto(f"{site.issuer}/authorize?{urlencode(query)}")
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def redeem(page: Page, site: Site, publisher: Hosted, code: str) -> None:
    """The publisher's server fetches its tokens: from here on it has seen this session."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": f"{publisher.base}/back",
        "code_verifier": "v" * 43,
    }
    headers = {"Authorization": basic("watcher", SECRET)}
    assert page.request.post(f"{site.issuer}/token", form=form, headers=headers).ok


def test_the_session_iframe_sees_that_somebody_signed_out(site: Site, publisher: Hosted, open_browser: Open) -> None:
    context = open_browser()
    page = sign_in(context, site)
    state = open_app(page, site, publisher)["session_state"]
    watch = context.new_page()
    address = publisher.put("/watch", WATCH.replace("IFRAME", f"{site.issuer}/session/check"))
    watch.goto(f"{address}#watcher%20{state}")
    expect(watch.locator("#answer")).to_have_text("unchanged")
    page.goto(f"{site.issuer}/portaal")
    page.click("form[action='/uitloggen'] button")
    expect(page).to_have_url(re.compile("/uitgelogd$"))
    watch.evaluate("ask()")
    expect(watch.locator("#answer")).to_have_text("changed")
    watch.evaluate("location.hash = 'nonsense'; ask()")
    expect(watch.locator("#answer")).to_have_text("error")


def test_publishers_are_told_in_the_browser(site: Site, publisher: Hosted, open_browser: Open, scripts: bool) -> None:
    page = sign_in(open_browser(scripts=scripts), site)
    redeem(page, site, publisher, open_app(page, site, publisher)["code"])
    page.goto(f"{site.issuer}/portaal")
    page.click("form[action='/uitloggen'] button")
    expect(page).to_have_url(re.compile("/uitgelogd$"))
    (called,) = (path for path in publisher.calls if path.startswith("/front?"))
    told = parse_qs(urlsplit(called).query)
    assert told["iss"] == [site.issuer]
    assert told.keys() == {"iss", "sid"}


def test_a_publisher_that_does_not_answer_holds_nobody_up(site: Site, publisher: Hosted, open_browser: Open) -> None:
    page = sign_in(open_browser(), site)
    redeem(page, site, publisher, open_app(page, site, publisher)["code"])
    page.goto(f"{site.issuer}/portaal")
    page.route("**/front?*", lambda route: None)  # never answered
    page.click("form[action='/uitloggen'] button")
    expect(page).to_have_url(re.compile("/uitgelogd$"), timeout=5000)


def test_a_board_changes_by_itself(site: Site, open_browser: Open, scripts: bool) -> None:
    wall = open_browser(scripts=scripts, width=1280).new_page()
    wall.goto(f"{site.issuer}/koppel/bord")
    code = wall.locator(".device-code").inner_text()
    if scripts:
        keep(wall, "board")
    phone = sign_in(open_browser(width=390), site)
    phone.goto(f"{site.issuer}/koppel?code={code}")
    expect(phone.locator("[name=code]")).to_have_value(code)
    phone.click("form[action='/koppel'] button")
    if scripts:
        keep(phone, "board-question")
    phone.click("button[name=confirm][value=yes]")
    expect(phone.locator("h1")).to_have_text("Kijk op het bord")
    expect(wall.locator("h1")).to_have_text(re.compile("Hallo"), timeout=12_000)
