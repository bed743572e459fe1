"""/school: group, tile, PIN or picture or badge or nothing, and Klaar."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from idp.kernel.clock import frozen, now
from idp.school import devices, groups
from idp.school.models import Device, School
from tests.site import PUBLISHER, Site
from tests.visitor import Visitor
from tests.web.classroom import (
    a_badge,
    a_code,
    a_tablet,
    at_tile,
    children_of,
    live_sessions,
    names_in,
    signed_in_as,
)
from tests.web.families import DE_VRIES, asked_by_a_publisher, open_tiles


def test_a_child_chooses_its_group_and_picture_and_types_its_pin(site: Site) -> None:
    tablet, noor = a_tablet(site), children_of(site, "Bever")[0]
    groups = tablet.open("/school")
    assert groups.heading == "In welke groep zit je?"
    assert [list(button.itertext()) for button in groups.select("button[name=group]")] == [
        ["1", "Bever"], ["2", "Kikker"], ["8", "Arend"]
    ]  # fmt: skip
    tiles = groups.submit(button=f"group={noor.group}")
    assert len(tiles.select("button[name=pupil]")) == 30
    page = tiles.submit(button=f"pupil={noor.id}")
    assert (page.heading, len(page.select("input[name=pin]"))) == ("Hoi Noor", 1)
    page = page.submit({"pin": noor.pin})
    assert (page.path, page.heading) == ("/portaal", "Hoi Noor")
    assert signed_in_as(site) == (noor.id, "school-pin")


def test_a_group_with_pictures_chooses_out_of_twelve_in_another_order_each_time(site: Site) -> None:
    tablet, child = a_tablet(site), children_of(site, "Kikker")[0]
    page = at_tile(tablet, child)
    orders = [[b.get("value") for b in tablet.open(page.url).select("button[name=picture]")] for _ in range(5)]
    assert {frozenset(order) for order in orders} == {frozenset(orders[0])}
    assert len(orders[0]) == 12
    assert len({tuple(order) for order in orders}) > 1
    wrong = next(key for key in orders[0] if key != child.picture)
    again = page.submit(button=f"picture={wrong}")
    assert (again.status, "nog 4 keer" in again.problem("secret")) == (422, True)
    assert again.submit(button=f"picture={child.picture}").path == "/portaal"
    assert signed_in_as(site) == (child.id, "school-pin")


def test_a_badge_is_enough_in_every_group(site: Site) -> None:
    tablet = a_tablet(site)
    for child in (children_of(site, "Arend")[0], children_of(site, "Bever")[0]):
        assert tablet.open("/school?kaart=ja").submit({"badge": f" {a_badge(site, child)}\n"}).path == "/portaal"
        assert signed_in_as(site) == (child.id, "badge")


def test_a_group_with_badges_holds_them_up_where_its_names_are(site: Site) -> None:
    tablet, (first, second, *_rest) = a_tablet(site), children_of(site, "Arend")
    page = tablet.open("/school").submit(button=f"group={first.group}")
    assert page.heading == "Houd je kaart voor"
    wrong = page.submit({"badge": "sb1:" + "x" * 24})
    assert (wrong.status, "kennen we niet" in wrong.problem("secret")) == (422, True)
    chosen = page.submit(button=f"pupil={first.id}")
    assert chosen.submit({"badge": a_badge(site, second)}).status == 422
    assert chosen.submit({"badge": a_badge(site, first)}).path == "/portaal"


def test_where_nothing_is_shown_a_tile_is_enough(site: Site) -> None:
    tablet, child = a_tablet(site), children_of(site, "Arend")[0]
    set_method(site, child.group, "none")
    assert at_tile(tablet, child).path == "/portaal"
    assert signed_in_as(site) == (child.id, "school")


def set_method(site: Site, group_id: str, method: str) -> None:
    """As a teacher does."""
    with site.database.write() as db:
        assert groups.set_school_method(db, group_id, method, "staff:x", now())


@pytest.mark.parametrize(
    "path", ["/school", "/school?group=G", "/school?pupil=P", "/school?pupil=P&code=ja", "/school?kaart=ja"]
)
def test_a_device_that_is_no_schools_sees_no_name(site: Site, visitor: Visitor, path: str) -> None:
    class_ = children_of(site, "Bever")
    page = visitor.open(path.replace("G", class_[0].group).replace("P", class_[0].id))
    assert page.heading == "Dit apparaat hoort nog niet bij een school"
    assert "ICT-coördinator maakt daarvoor een link" in page.words
    assert names_in(page, class_) == []
    assert not page.select("input[name=pin], button[name=group], button[name=pupil], input[name=badge]")


def test_a_form_from_a_device_that_is_no_schools_lets_nobody_in(site: Site, visitor: Visitor) -> None:
    child = children_of(site, "Bever")[0]
    token = visitor.open("/thuis").select("input[name=csrf_token]")[0].get("value")
    for shown in ({"pin": child.pin}, {"badge": a_badge(site, child)}, {"code": a_code(site, child)}, {}):
        page = visitor.post("/school", {"csrf_token": token, "pupil": child.id} | shown)
        assert page.heading == "Dit apparaat hoort nog niet bij een school"
    assert live_sessions(site) == 0


def test_an_ended_device_sees_no_name_from_the_next_request_on(site: Site) -> None:
    tablet, child = a_tablet(site), children_of(site, "Bever")[0]
    page = at_tile(tablet, child)
    with site.database.write() as db:
        db.execute(update(Device).values(ended_at=now()))
    assert page.submit({"pin": child.pin}).heading == "Dit apparaat hoort nog niet bij een school"
    assert live_sessions(site) == 0


def test_a_child_of_another_school_is_nobody_here(site: Site) -> None:
    tablet, stranger = a_tablet(site), children_of(site, "Zeester", "De Vuurvlinder")[0]
    for path in (f"/school?group={stranger.group}", f"/school?pupil={stranger.id}", "/school?pupil=nobody"):
        page = tablet.open(path)
        assert page.heading == "In welke groep zit je?"
        assert stranger.first_name not in page.text
    token = tablet.open("/school").select("input[name=csrf_token]")[0].get("value")
    for shown in ({"pin": stranger.pin}, {"code": a_code(site, stranger)}, {"badge": a_badge(site, stranger)}):
        tablet.post("/school", {"csrf_token": token, "pupil": stranger.id} | shown)
    assert live_sessions(site) == 0


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"pin": "PIN"},
        {"pupil": ""},
        {"pupil": "P"},
        {"pupil": "P", "pin": ""},
        {"pupil": "P", "picture": "PICTURE"},
        {"pupil": "P", "code": ""},
        {"badge": ""},
        {"group": "../portaal"},
        {"group": "nobody"},
    ],
)
def test_a_step_that_is_skipped_lets_nobody_in(site: Site, form: dict[str, str]) -> None:
    tablet, child = a_tablet(site), children_of(site, "Bever")[0]
    token = tablet.open("/school").select("input[name=csrf_token]")[0].get("value")
    meant = {"P": child.id, "PIN": child.pin, "PICTURE": child.picture}
    page = tablet.post("/school", {"csrf_token": token} | {name: meant.get(text, text) for name, text in form.items()})
    assert page.path == "/school"
    assert live_sessions(site) == 0


def test_five_wrong_pins_are_a_pause_and_a_code_of_the_teacher_opens_it(site: Site) -> None:
    tablet, child = a_tablet(site), children_of(site, "Bever")[0]
    page = at_tile(tablet, child)
    for _ in range(5):
        page = page.submit({"pin": "0000" if child.pin != "0000" else "1111"})
    assert (page.status, page.heading) == (429, "Even pauze, Noor")
    assert "mailtje" not in page.words
    code = tablet.open(page.select("a[href*='code=ja']")[0].get("href"))
    wrong = code.submit({"code": "BBBBBB"})
    assert (wrong.status, "klopt niet" in wrong.problem("secret")) == (422, True)
    right = a_code(site, child)
    assert wrong.submit({"code": f"{right[:3].lower()} {right[3:]}"}).path == "/portaal"
    assert signed_in_as(site) == (child.id, "school-pin")
    assert tablet.open(code.url).submit({"code": right}).status == 422


def test_klaar_ends_the_child_everywhere_and_shows_the_tiles_of_its_group(site: Site) -> None:
    tablet, child = a_tablet(site), children_of(site, "Bever")[0]
    portal = at_tile(tablet, child).submit({"pin": child.pin})
    cookie = tablet.cookie("sleutelbos_session") or ""
    assert [button.text_content() for button in portal.select(".leave button")] == ["Klaar"]
    tiles = portal.submit(form="/school/klaar")
    assert (tiles.path, tiles.query) == ("/school", {"group": child.group})
    assert len(tiles.select("button[name=pupil]")) == 30
    assert live_sessions(site) == 0
    thief = Visitor(site.wsgi)
    thief.set_cookie("sleutelbos_session", cookie)
    assert thief.open("/portaal").path == "/thuis"


def test_klaar_after_the_session_ended_by_itself_leads_to_the_same_tiles(site: Site) -> None:
    with frozen(now()) as move:
        tablet, child = a_tablet(site), children_of(site, "Bever")[0]
        portal = at_tile(tablet, child).submit({"pin": child.pin})
        move(now() + timedelta(minutes=10, seconds=1))
        assert tablet.open("/portaal").path == "/school"
        assert portal.submit(form="/school/klaar").query == {"group": child.group}


def test_one_child_after_another_on_one_tablet_gets_a_session_of_its_own(site: Site) -> None:
    tablet, (noor, daan, *_rest) = a_tablet(site), children_of(site, "Bever")
    at_tile(tablet, noor).submit({"pin": noor.pin})
    first = tablet.cookie("sleutelbos_session")
    at_tile(tablet, daan).submit({"pin": daan.pin})  # Noor forgot Klaar
    assert tablet.cookie("sleutelbos_session") != first
    assert (signed_in_as(site)[0], live_sessions(site)) == (daan.id, 1)


def test_each_step_says_where_it_leads_and_the_last_one_leads_there(site: Site) -> None:
    tablet, child = a_tablet(site), children_of(site, "Bever")[0]
    page = tablet.open(asked_by_a_publisher())
    assert page.path == "/school"
    tiles = page.submit(button=f"group={child.group}")
    pin = tiles.submit(button=f"pupil={child.id}")
    for step in (page, tiles, pin):
        assert f"Je gaat naar {PUBLISHER.replace('-', ' ').capitalize()}" in step.words
    assert pin.submit({"pin": child.pin}).url.startswith(f"https://{PUBLISHER}.example/callback?code=")


def test_a_publishers_request_can_be_cancelled_at_each_step(site: Site) -> None:
    tablet, child = a_tablet(site), children_of(site, "Bever")[0]
    page = tablet.open(asked_by_a_publisher())
    for step in (page, page.submit(button=f"group={child.group}"), tablet.open(f"{page.url}&pupil={child.id}")):
        assert step.select("form[action='/annuleren'] button")
    assert "error=access_denied" in step.submit(form="/annuleren").url


def test_the_schools_address_counts_as_a_device_and_goes_to_the_groups(site: Site) -> None:
    with site.database.write() as db:
        school = db.execute(select(School.id).where(School.name == "De Regenboog")).scalar_one()
        assert devices.add_address(db, school, "93.184.216.0/28", "carla", now()) is None
    inside, outside = (Visitor(site.wsgi, address=address) for address in ("93.184.216.9", "93.184.216.99"))
    assert inside.open(asked_by_a_publisher()).heading == "In welke groep zit je?"
    assert outside.open(asked_by_a_publisher()).path == "/thuis"
    assert outside.open("/school").heading == "Dit apparaat hoort nog niet bij een school"
    forged = outside.open("/school", headers={"X-Forwarded-For": "93.184.216.9"})
    assert forged.heading == "Dit apparaat hoort nog niet bij een school"
    # Whoever signs in as at home there goes on at home.
    open_tiles(inside, site, DE_VRIES)
    assert inside.open(asked_by_a_publisher()).path == "/thuis/kind"


def test_a_school_in_a_network_environment_shows_no_name(site: Site) -> None:
    tablet, child = a_tablet(site), children_of(site, "Bever")[0]
    with site.database.write() as db:
        db.execute(update(School).where(School.name == "De Regenboog").values(network="moo"))
    page = tablet.open(f"/school?pupil={child.id}")
    assert page.heading == "Log in via MOO"
    assert child.first_name not in page.text


def test_nothing_of_a_child_stays_in_the_browser(site: Site) -> None:
    tablet, child = a_tablet(site), children_of(site, "Bever")[0]
    pages = [at_tile(tablet, child), tablet.open(f"/school?group={child.group}")]
    pages.append(at_tile(tablet, child).submit({"pin": child.pin}))
    for page in pages:
        assert page.headers["Cache-Control"] == "no-store"
        assert page.select("script[src*='fresh.js']")
    assert pages[-1].select("script[src*='idle.js']")


def test_both_languages_and_one_heading_on_every_page(site: Site) -> None:
    tablet, child = a_tablet(site), children_of(site, "Bever")[0]
    for path in ("/school", f"/school?group={child.group}", f"/school?pupil={child.id}", "/school?kaart=ja",
                 f"/school?pupil={child.id}&code=ja"):  # fmt: skip
        dutch = tablet.open(f"{path}{'&' if '?' in path else '?'}lang=nl").heading
        english = tablet.open(f"{path}{'&' if '?' in path else '?'}lang=en").heading
        assert dutch != english, path


def test_the_badge_cannot_be_posted_without_the_pages_token(site: Site) -> None:
    tablet, child = a_tablet(site), children_of(site, "Arend")[0]
    assert tablet.post("/school", {"badge": a_badge(site, child)}).status == 400
    assert tablet.post("/school/klaar", {}).status == 400
    assert live_sessions(site) == 0
