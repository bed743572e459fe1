"""The end of a sign-in at school: the way back to the class, and a device that the school takes back."""

import pytest
from sqlalchemy import select

from idp.engine.tables import SESSION
from idp.kernel.audit import AuditEvent
from idp.kernel.outbox import Outbox
from tests.protocol.party import VERIFIER, basic, challenge_of
from tests.site import PUBLISHER, SECRET, Site, registration
from tests.visitor import Page, Visitor
from tests.web.classroom import Child, a_tablet, at_tile, children_of, live_sessions, signed_in_as
from tests.web.families import DE_VRIES, asked_by_a_publisher
from tests.web.families import signed_in as at_home
from tests.web.staff import CARLA, signed_in


def end_device(site: Site, name: str) -> Page:
    """ICT takes a device back."""
    page = signed_in(site, CARLA).open("/ict/apparaten")
    (row,) = [row for row in page.select("li[data-device]") if name in row.text_content()]
    return page.submit(form=f"/ict/apparaten/{row.get('data-device')}/einde")


def signs_in(tablet: Visitor, child: Child) -> Page:
    """With the PIN."""
    return at_tile(tablet, child).submit({"pin": child.pin})


def way_back(page: Page) -> list[str]:
    """Where the last page of a sign-out leads."""
    return [str(link.get("href")) for link in page.select("main .actions a")]


def test_a_device_that_ends_takes_its_sign_ins_along_and_no_others(site: Site) -> None:
    lost, kept = a_tablet(site, name="Kwijt"), a_tablet(site, name="Hier")
    noor, daan = children_of(site, "Bever")[:2]
    signs_in(lost, noor)
    portal = signs_in(kept, daan)
    assert live_sessions(site) == 2
    assert "Beëindigd" in end_device(site, "Kwijt").words
    assert lost.open("/portaal").path == "/thuis"
    assert kept.open("/portaal").heading == portal.heading
    with site.database.read() as db:
        ended = db.execute(
            select(SESSION.c.subject, SESSION.c.end_reason).where(SESSION.c.end_reason == "device_ended")
        ).all()
        assert [tuple(row) for row in ended] == [(f"pupil:{noor.id}", "device_ended")]
        assert len(db.execute(select(AuditEvent.id).where(AuditEvent.act == "device.ended")).all()) == 1
    assert signed_in_as(site)[0] != noor.id


def test_an_address_that_is_taken_away_takes_its_sign_ins_along(site: Site) -> None:
    ict, within, tablet = signed_in(site, CARLA), Visitor(site.wsgi, address="93.184.216.34"), a_tablet(site)
    ict.open("/ict/apparaten").submit({"network": "93.184.216.34"}, form="/ict/adressen")
    noor, daan = children_of(site, "Bever")[:2]
    assert signs_in(within, noor).path == signs_in(tablet, daan).path == "/portaal"
    page = ict.open("/ict/apparaten")
    (form,) = [form.get("action") for form in page.select("form[action^='/ict/adressen/']")]
    assert "Het adres is weggehaald." in page.submit(form=form).words
    assert within.open("/portaal").path == "/thuis"
    assert tablet.open("/portaal").path == "/portaal"


def test_publishers_hear_of_it(site: Site) -> None:
    site.register(registration(backchannel_logout_uri=f"https://{PUBLISHER}.example/bye"))
    tablet, child = a_tablet(site, name="Kwijt"), children_of(site, "Bever")[0]
    page = at_tile(tablet, child, asked_by_a_publisher(code_challenge=challenge_of(VERIFIER)))
    form = {
        "grant_type": "authorization_code",
        "code": page.submit({"pin": child.pin}).query["code"],
        "redirect_uri": f"https://{PUBLISHER}.example/callback",
        "code_verifier": VERIFIER,
    }
    headers = {"Authorization": basic(PUBLISHER, SECRET)}
    assert Visitor(site.wsgi).ask("POST", "/token", data=form, headers=headers).status == 200
    end_device(site, "Kwijt")
    with site.database.read() as db:
        told = db.execute(select(Outbox.ref).where(Outbox.kind == "backchannel_logout")).scalars().all()
    assert told == [f"client:{PUBLISHER}"]


def test_uitloggen_on_a_school_device_leads_back_to_the_class(site: Site) -> None:
    tablet, child = a_tablet(site), children_of(site, "Bever")[0]
    token = signs_in(tablet, child).select("input[name=csrf_token]")[0].get("value")
    last = tablet.post("/uitloggen", {"csrf_token": token})
    assert (last.path, last.heading) == ("/uitgelogd", "Je bent uitgelogd")
    (back,) = way_back(last)
    assert len(tablet.open(back).select("button[name=pupil]")) == 30
    assert last.select("script[src*='idle.js']")


def test_a_publisher_that_signs_a_child_out_at_school_ends_at_the_class(site: Site) -> None:
    tablet, child = a_tablet(site), children_of(site, "Kikker")[0]
    at_tile(tablet, child).submit(button=f"picture={child.picture}")
    last = tablet.open("/logout").submit(form="/logout/ja")
    assert way_back(last) == [f"/school?group={child.group}"]


@pytest.mark.parametrize("group", ["", "?group=", "?group=../portaal", "?group=//evil.example", "?group=nobody"])
def test_without_a_group_of_the_school_it_leads_to_the_groups(site: Site, group: str) -> None:
    (back,) = way_back(a_tablet(site).open(f"/uitgelogd{group}"))
    assert Visitor(site.wsgi).open(back).path == "/school"
    assert a_tablet(site).open(back).heading == "In welke groep zit je?"


def test_elsewhere_the_last_page_leads_to_the_beginning(site: Site) -> None:
    child = children_of(site, "Bever")[0]
    visitor = at_home(site, DE_VRIES, "Noor")
    last = visitor.open("/portaal").submit(form="/uitloggen")
    assert (last.url, way_back(last)) == ("/uitgelogd", ["/"])
    assert way_back(visitor.open(f"/uitgelogd?group={child.group}")) == ["/"]
