"""Children of schools with a network environment: from a publisher, from our own page, and from the environment."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import Open
from tests.browser.demo import Demo
from tests.browser.looks import look

pytestmark = pytest.mark.browser

SOME = ("moo", "onlineklas", "skool-miloo")
SLUGS = (*SOME, "cloudwise", "mijnonderwijsportaal", "prowise-go", "ratho-portaal", "zuluconnect")
"""Behind our own page and a publisher all are alike (and each arrives in tests/protocol/upstream)."""


def environment(demo: Demo, slug: str) -> Mapping[str, Any]:
    """One of the eight."""
    found: Mapping[str, Any] = next(one for one in demo.facts()["networks"] if one["slug"] == slug)
    return found


def malmberg(demo: Demo) -> Mapping[str, Any]:
    """A publisher that every school has."""
    found: Mapping[str, Any] = next(one for one in demo.facts()["publishers"] if one["slug"] == "malmberg")
    return found


def pick(page: Page, child: Mapping[str, Any]) -> None:
    """Sign in there, as children do."""
    page.click(f"button[name=person][value='{child['username']}']")


def opens_an_app(page: Page, demo: Demo, child: Mapping[str, Any]) -> None:
    """From the portal, with nothing asked."""
    app = malmberg(demo)
    expect(page).to_have_url(f"{demo.issuer}/portaal")
    expect(page.locator("h1")).to_have_text(f"Hoi {child['given_name']}")
    page.click(f"a[data-client='{app['client_id']}']")
    page.wait_for_url(f"{app['url']}**")
    assert steps.known_at(page, app) == child["given_name"]


def forgotten_by(page: Page, app: Mapping[str, Any], seconds: float = 5) -> None:
    """The publisher knows nobody on this browser any more."""
    end = time.monotonic() + seconds
    while steps.known_at(page, app):
        assert time.monotonic() < end, "the publisher still knows the child"
        time.sleep(0.05)


@contextmanager
def misbehaving(there: Mapping[str, Any], mode: str) -> Iterator[None]:
    """Let an environment go wrong for a while."""
    try:
        assert requests.post(f"{there['url']}misbehave", data={"mode": mode}, timeout=5).json()["mode"] == mode
        yield
    finally:
        requests.post(f"{there['url']}misbehave", data={"mode": "none"}, timeout=5)


@pytest.mark.parametrize("slug", SOME)
def test_from_a_publisher(demo: Demo, open_browser: Open, slug: str) -> None:
    page, there, app = open_browser().new_page(), environment(demo, slug), malmberg(demo)
    page.goto(app["url"])
    page.get_by_text("Inloggen met Sleutelbos").click()
    page.locator("a[href^='/netwerk']").click()
    if slug == "moo":
        look(page, "netwerk-kiezen-voor-app")
    page.click(f"a[data-network='{slug}']")
    pick(page, there["people"][0])
    page.wait_for_url(f"{app['url']}**")
    assert steps.known_at(page, app) == there["people"][0]["given_name"]


@pytest.mark.parametrize("slug", SOME)
def test_from_our_own_page_and_our_sign_out_reaches_both_sides(demo: Demo, open_browser: Open, slug: str) -> None:
    page, there, app = open_browser(scripts=slug != "skool-miloo").new_page(), environment(demo, slug), malmberg(demo)
    page.goto(demo.issuer)
    page.locator("a[href='/netwerk']").click()
    if slug == "moo":
        look(page, "netwerk-kiezen")
    page.click(f"a[data-network='{slug}']")
    pick(page, there["people"][1])
    opens_an_app(page, demo, there["people"][1])
    page.goto(f"{demo.issuer}/portaal")
    if slug == "moo":
        look(page, "netwerk-portaal")
    page.locator("form[action='/uitloggen'] button").click()
    expect(page.locator("h1")).to_have_text("Je bent uitgelogd")
    expect(page).to_have_url(re.compile(rf"/netwerk/{slug}/uitgelogd"))
    if slug == "moo":
        look(page, "netwerk-uitgelogd")
    forgotten_by(page, app)
    page.goto(there["url"])
    expect(page.locator("h1")).to_have_text("Wie ben je?")


@pytest.mark.parametrize("slug", SLUGS)
def test_from_the_environment_and_its_sign_out_reaches_the_publishers(
    demo: Demo, open_browser: Open, slug: str
) -> None:
    page, there, app = open_browser().new_page(), environment(demo, slug), malmberg(demo)
    page.goto(there["url"])
    pick(page, there["people"][2])
    page.get_by_role("link", name="Open mijn programma's").click()
    opens_an_app(page, demo, there["people"][2])
    page.goto(there["url"])
    page.get_by_role("button", name="Uitloggen").click()
    forgotten_by(page, app)
    page.goto(f"{demo.issuer}/portaal")
    expect(page).not_to_have_url(f"{demo.issuer}/portaal")


def test_another_child_takes_its_turn(demo: Demo, open_browser: Open) -> None:
    page, there, app = open_browser().new_page(), environment(demo, "moo"), malmberg(demo)
    for child in there["people"][:2]:
        page.goto(f"{demo.issuer}/netwerk/moo/begin")
        pick(page, child)
        opens_an_app(page, demo, child)
        page.goto(f"{demo.issuer}/portaal")
        page.locator("form[action='/wissel'] button").click()
        expect(page).to_have_url(re.compile("/netwerk/moo/uitgelogd"))
        forgotten_by(page, app)


@pytest.mark.parametrize(
    ("mode", "heading"),
    [
        ("unknown_pupil", "Je school heeft je hier nog niet klaargezet"),
        ("wrong_nonce", "Het antwoord van Cloudwise klopt niet"),
    ],
)
def test_what_goes_wrong_there_is_a_page_that_says_what_to_do(
    demo: Demo, open_browser: Open, mode: str, heading: str
) -> None:
    page, there = open_browser().new_page(), environment(demo, "cloudwise")
    page.goto(f"{demo.issuer}/netwerk/cloudwise/begin")
    with misbehaving(there, mode):
        pick(page, there["people"][0])
        expect(page.locator("h1")).to_have_text(heading)
    expect(page.locator("code[data-support]")).to_be_visible()
    look(page, f"netwerk-{mode.replace('_', '-')}")
    page.goto(f"{demo.issuer}/netwerk/cloudwise/terug?state=x&code=y")
    expect(page.locator("h1")).to_have_text("Begin opnieuw met inloggen")
    look(page, "netwerk-opnieuw")


def test_a_teacher_there_sees_that_home_slots_do_not_apply_and_why(demo: Demo, open_browser: Open) -> None:
    page = open_browser(width=1280).new_page()
    eva = next(one for one in demo.facts()["staff"] if one["email"] == "juf.eva@moo.example")
    page.goto(f"{demo.issuer}/leerkracht")
    page.fill("[name=email]", eva["email"])
    page.fill("[name=password]", eva["password"])
    page.press("[name=password]", "Enter")
    expect(page).to_have_url(f"{demo.issuer}/groepen")
    expect(page.locator("main")).to_contain_text("loggen in via MOO, ook thuis")
    look(page, "netwerk-groepen")
    page.get_by_role("link", name="Vlinder", exact=True).click()
    expect(page.locator("main")).to_contain_text("loggen in via MOO, ook thuis")
    expect(page.locator(f"a[href='/groepen/{eva['groups'][0]['id']}/plakken']")).to_have_count(0)
    look(page, "netwerk-groep")
    page.locator("tr[data-pupil] a[href$='/wijzigen']").first.click()
    expect(page.locator("main")).to_contain_text("Niet van toepassing. Deze school werkt met MOO")
    expect(page.locator("[name=email_1]")).to_have_count(0)
    look(page, "netwerk-leerling")


def test_ict_sees_what_turning_it_on_means(demo: Demo, open_browser: Open) -> None:
    page = open_browser(width=1280).new_page()
    steps.teacher_signs_in(page, demo, "ict")
    page.goto(f"{demo.issuer}/ict/netwerk")
    look(page, "netwerk-ict")
