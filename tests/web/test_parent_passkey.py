"""A passkey instead of a password: added on /ouder, shown at /thuis, told to publishers as what it is."""

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from idp.engine.tables import SESSION
from tests.authenticators import Authenticator
from tests.site import Site
from tests.visitor import Page, Visitor
from tests.web.families import DE_VRIES, JANSSEN, asked_by_a_publisher, child, home, open_tiles, subjects


def _options(page: Page, path: str, **fields: str) -> dict[str, Any]:
    token = page.select("input[name=csrf_token]")[0].get("value")
    answer = page.visitor.ask("POST", path, data={"csrf_token": token, **fields})
    assert answer.status == 200, answer.text
    options: dict[str, Any] = json.loads(answer.text)
    return options


def _add(site: Site, visitor: Visitor, email: str = DE_VRIES) -> Authenticator:
    device = Authenticator()
    open_tiles(visitor, site, email)
    page = visitor.open("/ouder")
    options = _options(page, "/ouder/sleutel", passkey_password=home(site, email)["password"])
    done = page.submit({"credential": device.create(options)}, form="/ouder/sleutel/klaar")
    assert "inloggen met dit apparaat" in done.words
    return device


def _show(visitor: Visitor, device: Authenticator, start: str = "/thuis") -> Page:
    page = visitor.open(start)
    return page.submit({"credential": device.get(_options(page, "/thuis/sleutel"))})


def _amr(site: Site) -> tuple[str, str]:
    with site.database.read() as db:
        newest = select(SESSION.c.acr, SESSION.c.amr).order_by(SESSION.c.started_at.desc()).limit(1)
        acr, amr = db.execute(newest).one()
    return acr, amr


def test_an_only_child_is_in_at_once(site: Site, visitor: Visitor, another: Callable[[], Visitor]) -> None:
    device = _add(site, visitor, JANSSEN)
    assert _show(another(), device).path == "/portaal"
    assert _amr(site) == ("urn:sleutelbos:acr:home", "hwk user")


def test_of_several_the_child_still_shows_its_pin(site: Site, visitor: Visitor, another: Callable[[], Visitor]) -> None:
    device = _add(site, visitor)
    page = _show(another(), device)
    assert page.path == "/thuis/kind"
    noor = child(site, DE_VRIES, "Noor")
    done = page.submit(button=f"pupil={noor['pupil']}").submit({"pin": noor["secret"]})
    assert done.path == "/portaal"
    assert _amr(site) == ("urn:sleutelbos:acr:home-pin", "hwk user pin")


def test_the_password_works_as_before(site: Site, visitor: Visitor, another: Callable[[], Visitor]) -> None:
    _add(site, visitor, JANSSEN)
    assert open_tiles(another(), site, JANSSEN).path == "/portaal"
    assert _amr(site) == ("urn:sleutelbos:acr:home", "pwd")


def test_a_publisher_that_waits_gets_its_answer(site: Site, visitor: Visitor, another: Callable[[], Visitor]) -> None:
    device = _add(site, visitor, JANSSEN)
    there = another()
    start = there.open(asked_by_a_publisher())
    there.open(start.url)
    page = _show(there, device, f"/thuis?continue={start.query['continue']}")
    assert "code" in page.query


def test_adding_needs_the_password(site: Site, visitor: Visitor) -> None:
    open_tiles(visitor, site, DE_VRIES)
    page = visitor.open("/ouder")
    token = page.select("input[name=csrf_token]")[0].get("value")
    for password in ("", "mis"):
        answer = visitor.ask("POST", "/ouder/sleutel", data={"csrf_token": token, "passkey_password": password})
        assert (answer.status, answer.text) == (403, "{}")
    page = page.submit({"credential": "{}"}, form="/ouder/sleutel/klaar")
    assert "Dat lukte niet" in page.words


def test_it_is_listed_and_taken_away_with_the_password(
    site: Site, visitor: Visitor, another: Callable[[], Visitor]
) -> None:
    device = _add(site, visitor)
    assert "sleutels" in subjects(site, DE_VRIES)[0]
    page = visitor.open("/ouder")
    key = page.select("button[name=passkey]")[0].get("value")
    wrong = page.submit({"remove_password": "mis"}, button=f"passkey={key}")
    assert (wrong.status, bool(wrong.problem("remove_password"))) == (422, True)
    done = wrong.submit({"remove_password": home(site, DE_VRIES)["password"]}, button=f"passkey={key}")
    assert "niemand meer inloggen" in done.words
    refused = _show(another(), device)
    assert (refused.status, "wachtwoord" in refused.words) == (422, True)


def test_nobody_without_a_household_adds_or_removes(site: Site, visitor: Visitor) -> None:
    token = str(visitor.open("/thuis").select("input[name=csrf_token]")[0].get("value"))
    assert visitor.ask("POST", "/ouder/sleutel", data={"csrf_token": token}).status == 403
    for path in ("/ouder/sleutel/klaar", "/ouder/sleutel/weg"):
        assert visitor.post(path, {"csrf_token": token}).path == "/thuis"


def test_without_scripts_nothing_of_it_shows(visitor: Visitor) -> None:
    (form,) = visitor.open("/thuis").select("form[data-passkey]")
    assert form.get("hidden") is not None
