"""/demo and its mailbox: for a person, for a program, and for nobody outside a demo."""

import json
from pathlib import Path

import pytest
from sqlalchemy import update

from idp.app import DEMO_FACTS
from idp.kernel.transports import DemoMail
from idp.school.networks import NETWORKS
from tests.site import Site, build, settings_for
from tests.visitor import Visitor, sign_in_at_home
from tests.web.staff import ANNA, sign_in, signed_in, status_in

PATHS = ("/demo", "/demo.json", "/demo/postvak", "/demo/postvak.json")
FACTS = {
    "publishers": [{"slug": "blink", "name": "Blink", "client_id": "blink", "url": "http://localhost:5001/blink/"}],
    "networks": [{"slug": "moo", "name": "MOO", "url": "http://localhost:5002/moo/", "people": []}],
}


@pytest.fixture(autouse=True)
def other_servers(tmp_path: Path) -> None:
    """What the demo's other two servers wrote down about themselves."""
    (tmp_path / DEMO_FACTS).write_text(json.dumps(FACTS))


def test_a_program_reads_everything_that_it_needs(site: Site, visitor: Visitor) -> None:
    facts = json.loads(visitor.open("/demo.json").text)
    assert set(facts) == {
        "issuer", "staff", "homes", "unused", "device_enrolment", "initial_access_token", "publishers", "networks"
    }  # fmt: skip
    assert facts["issuer"] == site.issuer
    assert {tuple(sorted(person)) for person in facts["staff"]} == {
        ("email", "groups", "password", "role", "school", "totp_secret")
    }
    assert {person["role"] for person in facts["staff"]} == {"teacher", "ict", "operator"}
    assert {tuple(sorted(home)) for home in facts["homes"]} == {("children", "email", "password")}
    children = [child for home in facts["homes"] for child in home["children"]]
    assert {tuple(sorted(child)) for child in children} == {("first_name", "method", "pupil", "secret")}
    assert {child["method"] for child in children} == {"pin", "picture", "none"}
    assert set(facts["unused"]) == {"pupil", "group", "first_name"}
    assert (facts["publishers"], facts["networks"]) == (FACTS["publishers"], FACTS["networks"])
    schools = {person["school"] for person in facts["staff"] if person["school"]}
    assert all(any(f"({name})" in school for school in schools) for name in NETWORKS.values())


def test_what_it_says_is_true(site: Site, visitor: Visitor) -> None:
    facts = json.loads(visitor.open("/demo.json").text)
    for home in facts["homes"]:
        browser = Visitor(site.wsgi)
        assert sign_in_at_home(browser, home, home["children"][-1]).path == "/portaal", home["email"]
    teacher = signed_in(site, ANNA)
    page = teacher.open(f"/groepen/{facts['unused']['group']}")
    assert status_in(page, facts["unused"]["pupil"]) == "Nee/Nee"


def test_a_person_reads_the_story_and_the_accounts(site: Site, visitor: Visitor) -> None:
    page = visitor.open("/demo")
    assert page.heading == "Probeer Sleutelbos uit"
    assert len(page.select(".story > li")) == 6
    people = site.people()
    for account in [*people["staff"], *people["homes"]]:
        assert account["email"] in page.words
        assert account["password"] in page.words
    links = {link.get("href") for link in page.select("main a")}
    assert {"/leerkracht", "/thuis", "/portaal", "/demo/postvak", FACTS["publishers"][0]["url"]} <= links
    assert f"/leerlingen/{people['unused']['pupil']}/wijzigen" in links


def test_the_story_in_english(visitor: Visitor) -> None:
    page = visitor.open("/demo?lang=en")
    assert page.heading == "Try Sleutelbos"
    assert "It is a brother's or sister's turn" in page.words


def test_the_mailbox_has_each_mail_that_left_the_newest_first(site: Site, visitor: Visitor) -> None:
    teacher, pupil = signed_in(site, ANNA), site.people()["unused"]
    site.deliver()
    teacher.open(f"/leerlingen/{pupil['pupil']}/wijzigen").submit({"email_1": "nieuw@thuis.example"}, button="save=yes")
    waiting = json.loads(visitor.open("/demo/postvak.json").text)
    assert "nieuw@thuis.example" not in {mail["to"] for mail in waiting}
    site.deliver()
    mails = json.loads(visitor.open("/demo/postvak.json").text)
    assert {tuple(sorted(mail)) for mail in mails} == {("html", "links", "sent_at", "subject", "text", "to")}
    assert mails[0]["to"] == "nieuw@thuis.example"
    assert [mail["sent_at"] for mail in mails] == sorted((mail["sent_at"] for mail in mails), reverse=True)
    page = visitor.open("/demo/postvak")
    assert len(page.select("article")) == len(mails)
    first = page.select("article")[0]
    assert mails[0]["subject"] in first.text_content()
    hrefs = {link.get("href") for link in first.cssselect("a")}
    assert set(mails[0]["links"]) <= hrefs
    assert visitor.open(mails[0]["links"][0]).status == 200


def test_a_mailbox_without_mail_says_what_to_do(site: Site, visitor: Visitor) -> None:
    assert "nog geen mail" in visitor.open("/demo/postvak").words
    assert json.loads(visitor.open("/demo/postvak.json").text) == []


def test_a_mail_is_shown_as_text_whatever_is_in_it(site: Site, visitor: Visitor) -> None:
    site.deliver()
    nasty = '<script>alert(1)</script> <img src=x onerror=alert(1)> javascript:alert(1) http://a.example/"onclick="x'
    with site.database.write() as db:
        db.execute(update(DemoMail).values(subject=nasty, text=nasty, html=nasty))
    page = visitor.open("/demo/postvak")
    assert not page.select("main script, main img, main [onclick], main [onerror], main iframe")
    assert not [link for link in page.select("main a") if link.get("href").startswith("javascript")]
    assert "<script>alert(1)</script>" in page.words


def test_outside_a_demo_there_is_no_such_page(seeded_url: str, tmp_path: Path) -> None:
    site = build(settings_for(seeded_url, tmp_path, demo=False))
    visitor = Visitor(site.wsgi)
    for path in PATHS:
        assert visitor.open(path).status == 404
    assert "/demo" not in visitor.open("/").text
    sign_in(visitor, site, ANNA)
    for path in PATHS:
        assert visitor.open(path).status == 404
    site.database.engine.dispose()
