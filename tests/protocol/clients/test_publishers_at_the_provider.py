"""The fifteen publishers with the provider itself: what each is told, and that every end reaches them all."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from clients.environment import Settings
from clients.publisher import publishers
from clients.publisher.app import make_app
from clients.publisher.registration import registration, secrets_of
from clients.publisher.store import STORE
from tests.protocol.clients.world import Traveller, address, listening
from tests.site import Site
from tests.visitor import Page, sign_in_at_home

EVERY = publishers.load()


@dataclass(frozen=True, slots=True)
class Publishers:
    """All of them, behind one port, registered at the provider."""

    site: Site
    base: str
    data: Path

    def refresh_token(self, slug: str) -> str:
        """The one that a publisher keeps at the moment."""
        with closing(sqlite3.connect(self.data / STORE)) as db:
            query = "SELECT refresh_token FROM login WHERE slug = ? AND ended_at IS NULL ORDER BY told_at DESC"
            return str(db.execute(query, (slug,)).fetchone()[0])

    def ask_as(self, slug: str, path: str, **form: str) -> requests.Response:
        """Call the provider as a publisher that has a secret."""
        auth = (slug, secrets_of(EVERY, self.data)[slug] or "")
        return requests.post(f"{self.site.issuer}{path}", data=form, auth=auth, timeout=10)

    def signed_in(self, home: int = 0, child: int = 0) -> Traveller:
        """A browser on which a child of the demo is signed in at home."""
        browser = Traveller(self.site.issuer)
        family = self.site.people()["homes"][home]
        assert sign_in_at_home(browser, family, family["children"][child]).path == "/portaal"
        return browser

    def open(self, browser: Traveller, slug: str) -> Page:
        """Press the button of a publisher."""
        return browser.open(f"{self.base}/{slug}/login")

    def session(self, browser: Traveller, slug: str) -> dict[str, Any]:
        """What a publisher says of this browser."""
        found: dict[str, Any] = json.loads(browser.open(f"{self.base}/{slug}/session.json").text)
        return found

    def known_at(self, browser: Traveller) -> set[str]:
        """The publishers at which this browser is signed in."""
        return {one.slug for one in EVERY if self.session(browser, one.slug)["signed_in"]}


@pytest.fixture(scope="module")
def there(shared_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Publishers]:
    """The provider and its publishers, running."""
    data: Path = tmp_path_factory.mktemp("publishers")
    with listening() as server:
        base = address(server)
        secrets = secrets_of(EVERY, data)
        shared_site.register(*(registration(one, base, secrets[one.slug]) for one in EVERY))
        server.app = make_app(Settings(shared_site.issuer, "127.0.0.1", base, data), EVERY)
        yield Publishers(shared_site, base, data)


def test_a_child_who_is_signed_in_is_known_at_all_fifteen(there: Publishers) -> None:
    browser = there.signed_in()
    subs = set()
    for publisher in EVERY:
        page = there.open(browser, publisher.slug)
        assert (page.status, page.heading) == (200, "Dag Daan"), publisher.slug
        session = there.session(browser, publisher.slug)
        assert set(session["userinfo"]) - {"sub"} == set(publisher.claims), publisher.slug
        assert not set(session["id_token"]) & set(publisher.claims)
        subs.add(session["claims"]["sub"])
    assert len(subs) == 15


def test_a_sign_out_at_the_provider_reaches_them_all(there: Publishers) -> None:
    browser, at_another = there.signed_in(), there.signed_in(home=1)
    for publisher in EVERY:
        there.open(browser, publisher.slug)
    there.open(at_another, "blink")
    browser.open("/portaal").submit(form="/uitloggen")
    there.site.deliver()
    assert there.known_at(browser) == set()
    assert browser.open(f"{there.base}/blink/").select("[data-signed-out=by_provider]")
    assert there.known_at(at_another) == {"blink"}


def test_a_sign_out_at_one_publisher_reaches_the_others(there: Publishers) -> None:
    browser = there.signed_in()
    there.open(browser, "malmberg")
    page = there.open(browser, "blink").submit(form="/blink/logout")
    assert page.path == "/blink/uitgelogd"
    assert page.select("[data-signed-out=everywhere]")
    there.site.deliver()
    assert there.known_at(browser) == set()
    assert there.open(browser, "blink").path == "/thuis"


def test_a_publisher_with_offline_access_asks_again_until_the_child_signs_out_there(there: Publishers) -> None:
    browser = there.signed_in()
    page = there.open(browser, "noordhoff")
    before = there.session(browser, "noordhoff")
    for _ in range(3):
        page = page.submit(form="/noordhoff/ververs")
        assert page.heading == "Dag Daan"
    after = there.session(browser, "noordhoff")
    assert after["userinfo"] == before["userinfo"]
    assert after["told_at"] >= before["told_at"]
    token = there.refresh_token("noordhoff")
    page.submit(form="/noordhoff/logout")
    assert not there.session(browser, "noordhoff")["signed_in"]
    answer = there.ask_as("noordhoff", "/token", grant_type="refresh_token", refresh_token=token)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_when_nothing_may_be_told_any_more_the_child_is_signed_out(there: Publishers) -> None:
    browser = there.signed_in()
    page = there.open(browser, "noordhoff")
    assert there.ask_as("noordhoff", "/revoke", token=there.refresh_token("noordhoff")).status_code == 200
    page = page.submit(form="/noordhoff/ververs")
    assert (page.status, page.heading) == (403, "Sleutelbos vertelt niets meer")
    assert not there.session(browser, "noordhoff")["signed_in"]


def test_one_without_it_has_nothing_to_ask_again_with(there: Publishers) -> None:
    browser = there.signed_in()
    page = there.open(browser, "malmberg")
    assert not page.select("form[action='/malmberg/ververs']")
    told_at = there.session(browser, "malmberg")["told_at"]
    assert browser.post(f"{there.base}/malmberg/ververs", {}).heading == "Dag Daan"
    assert there.session(browser, "malmberg")["told_at"] == told_at


def test_another_page_cannot_make_it_ask_again(there: Publishers) -> None:
    browser = there.signed_in()
    there.open(browser, "noordhoff")
    assert browser.post(f"{there.base}/noordhoff/ververs", {"form_token": "x"}).status == 400


def test_who_cancels_is_told_so_and_can_begin_again(there: Publishers) -> None:
    browser = Traveller(there.site.issuer)
    page = there.open(browser, "zwijsen").submit(button="cancel=1")
    assert (page.status, page.heading) == (403, "Je bent niet ingelogd")
    assert page.select("a[href='/zwijsen/login']")
