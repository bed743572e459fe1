"""/ict/apparaten and /apparaat/TOKEN: how a browser becomes a school's, and ceases to be."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from idp.kernel.clock import frozen, now
from idp.school.models import Device, DeviceLink
from tests.builders import a_school
from tests.site import Site, build, settings_for
from tests.visitor import Page, Visitor
from tests.web.classroom import a_tablet, enrolment
from tests.web.families import DE_VRIES
from tests.web.families import signed_in as at_home
from tests.web.staff import ANNA, BRAM, CARLA, OPERATOR, signed_in, without_code


def new_link(page: Page) -> str:
    """Press the button; the path of the link that is shown."""
    shown = page.submit(form="/ict/apparaten/link")
    (code,) = shown.select(".link-text code")
    return str(code.text_content()).removeprefix("http://localhost")


def test_ict_makes_a_link_and_a_tablet_that_opens_it_is_a_device(site: Site, visitor: Visitor) -> None:
    ict = signed_in(site, CARLA)
    page = ict.open("/ict/apparaten")
    assert "Er is nog geen apparaat aangemeld." in page.words
    shown = page.submit(form="/ict/apparaten/link")
    assert shown.select(".qr-box svg path")
    link = visitor.open(new_link(page))
    assert link.heading == "Is dit een apparaat van De Regenboog?"
    assert link.submit({"name": "Tablet van Bever"}).heading == "In welke groep zit je?"
    assert "Tablet van Bever" in ict.open("/ict/apparaten").words
    assert visitor.open(link.url).heading == "Dit apparaat is aangemeld"


def test_opening_a_link_spends_nothing_and_using_it_spends_it(site: Site, visitor: Visitor) -> None:
    path = enrolment(site)
    for _ in range(5):
        assert Visitor(site.wsgi).ask("HEAD", path).status == 200
        assert Visitor(site.wsgi).open(path).select("[data-link=fresh]")
    ready = [Visitor(site.wsgi).open(path) for _ in range(2)]
    assert ready[0].submit({"name": "Tablet 1"}).path == "/school"
    late = ready[1].submit({"name": "Tablet 2"})
    assert late.heading == "Deze link is al gebruikt"
    assert late.visitor.open("/school").heading == "Dit apparaat hoort nog niet bij een school"
    with site.database.read() as db:
        assert len(db.execute(select(Device.id)).all()) == 1


def test_a_link_lasts_a_day_and_a_strange_one_is_told_apart(site: Site, visitor: Visitor) -> None:
    with frozen(now()) as move:
        path = enrolment(site)
        move(now() + timedelta(hours=24))
        assert visitor.open(path).heading == "Deze link is verlopen"
        token = visitor.open("/thuis").select("input[name=csrf_token]")[0].get("value")
        assert visitor.post(path, {"csrf_token": token, "name": "Tablet"}).heading == "Deze link is verlopen"
    assert visitor.open("/apparaat/dl_nothing").heading == "Deze link kennen we niet"


@pytest.mark.parametrize(("name", "problem"), [("", "Geef het apparaat"), ("  ", "Geef het"), ("x" * 101, "te lang")])
def test_a_device_has_a_name_and_a_mistake_spends_nothing(
    site: Site, visitor: Visitor, name: str, problem: str
) -> None:
    page = visitor.open(enrolment(site)).submit({"name": name})
    assert (page.status, problem in page.problem("name")) == (422, True)
    assert page.submit({"name": "<b>Tablet</b>"}).path == "/school"
    assert "&lt;b&gt;Tablet&lt;/b&gt;" in signed_in(site, CARLA).open("/ict/apparaten").text


def test_the_cookie_lasts_a_year_and_no_script_reads_it(site: Site, visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open(enrolment(site))
    fields = dict(page.tree.forms[0].form_values()) | {"name": "Tablet"}
    answer = visitor.send("POST", page.url, data=fields)
    (cookie,) = [text for text in answer.headers.getlist("Set-Cookie") if text.startswith("sleutelbos_device=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=31536000" in cookie
    with site.database.read() as db:
        kept = db.execute(select(Device.fingerprint).union(select(DeviceLink.fingerprint))).scalars().all()
    assert (visitor.cookie("sleutelbos_device") or "?").encode() not in kept


def test_on_https_the_cookie_is_bound_to_this_host(seeded_url: str, tmp_path: Path) -> None:
    site = build(settings_for(seeded_url, tmp_path, "https://localhost"))
    visitor = Visitor(site.wsgi, "https://localhost")
    path = json.loads(visitor.open("/demo.json").text)["device_enrolment"].removeprefix("https://localhost")
    fields = dict(visitor.open(path).tree.forms[0].form_values()) | {"name": "Tablet"}
    answer = visitor.send("POST", path, data=fields)
    (cookie,) = [text for text in answer.headers.getlist("Set-Cookie") if "sleutelbos_device" in text]
    assert cookie.startswith("__Host-sleutelbos_device=")
    assert "Secure" in cookie
    site.database.engine.dispose()


def test_whoever_was_signed_in_on_the_device_is_so_no_more(site: Site) -> None:
    tablet = at_home(site, DE_VRIES, "Noor")
    a_tablet(site, tablet)
    assert tablet.open("/portaal").path == "/school"
    assert tablet.open("/thuis/kind").path == "/thuis"


def test_ict_ends_a_device(site: Site) -> None:
    tablet, ict = a_tablet(site, name="Tablet 7"), signed_in(site, CARLA)
    page = ict.open("/ict/apparaten")
    (row,) = page.select("li[data-device]")
    after = page.submit(form=f"/ict/apparaten/{row.get('data-device')}/einde")
    assert "Beëindigd" in after.words
    assert not after.select("li[data-device]")
    assert tablet.open("/school").heading == "Dit apparaat hoort nog niet bij een school"


def test_ict_registers_the_schools_address(site: Site) -> None:
    ict, inside = signed_in(site, CARLA), Visitor(site.wsgi, address="93.184.216.34")
    page = ict.open("/ict/apparaten")
    assert "Jij komt nu van 127.0.0.1." in page.words
    refused = page.submit({"network": "10.0.0.0/8"}, form="/ict/adressen")
    assert (refused.status, "binnen een gebouw" in refused.problem("network")) == (422, True)
    assert inside.open("/school").heading == "Dit apparaat hoort nog niet bij een school"
    added = refused.submit({"network": "93.184.216.34"}, form="/ict/adressen")
    assert "93.184.216.34/32" in added.words
    assert inside.open("/school").heading == "In welke groep zit je?"
    (form,) = added.select("form[action$='/weg']")
    assert "weggehaald" in added.submit(form=form.get("action")).words
    assert inside.open("/school").heading == "Dit apparaat hoort nog niet bij een school"


@pytest.mark.parametrize("who", [ANNA, BRAM, OPERATOR])
def test_for_others_there_is_no_such_page(site: Site, who: str) -> None:
    a_tablet(site)
    with site.database.read() as db:
        device = db.execute(select(Device.id)).scalar_one()
    browser = signed_in(site, who)
    missing = without_code(browser.open("/ict/nothing"))
    token = browser.open("/groepen").select("input[name=csrf_token]")[0].get("value")
    assert browser.open("/ict/apparaten").status == 404
    posts = ("/ict/apparaten/link", f"/ict/apparaten/{device}/einde", "/ict/adressen", "/ict/adressen/x/weg")
    for path in posts:
        page = browser.post(path, {"csrf_token": token, "network": "93.184.216.34"})
        assert (page.status, page.heading) == (404, "Deze pagina is er niet")
    assert "Deze pagina is er niet" in missing
    assert not names_of_devices_ended(site)


def names_of_devices_ended(site: Site) -> list[str]:
    """What was ended."""
    with site.database.read() as db:
        return list(db.execute(select(Device.name).where(Device.ended_at.is_not(None))).scalars())


def test_a_co_ordinator_of_another_school_finds_nothing_to_end(site: Site) -> None:
    ict = signed_in(site, CARLA)
    with site.database.write() as db:
        elsewhere = a_school(db)
        db.execute(
            insert(Device).values(
                id="d", school_id=elsewhere, name="x", fingerprint=b"1" * 32, created_at=now(), last_seen_at=now()
            )
        )
    token = ict.open("/ict/apparaten").select("input[name=csrf_token]")[0].get("value")
    assert ict.post("/ict/apparaten/d/einde", {"csrf_token": token}).status == 404
    assert "x" not in [row.get("data-device") for row in ict.open("/ict/apparaten").select("li[data-device]")]
    assert not names_of_devices_ended(site)


def test_who_is_not_signed_in_signs_in_first(site: Site, visitor: Visitor) -> None:
    assert visitor.open("/ict/apparaten").path == "/leerkracht"
