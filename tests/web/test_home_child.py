"""/thuis/kind: which child, and its own PIN or picture."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import html
from sqlalchemy import select

from idp.engine.tables import SESSION
from idp.kernel.clock import frozen, now
from tests.site import Site
from tests.visitor import Page, Visitor
from tests.web.families import (
    DE_VRIES,
    KOWALSKI,
    at_secret_of,
    child,
    open_tiles,
    subjects,
    wrong_pin,
)


def token_of(page: Page) -> str:
    """The form token of a page."""
    return str(page.select("input[name=csrf_token]")[0].get("value"))


def acr_of(site: Site) -> str:
    """How the newest sign-in was made."""
    with site.database.read() as db:
        newest = select(SESSION.c.acr).order_by(SESSION.c.started_at.desc()).limit(1)
        return str(db.execute(newest).scalar_one()).rsplit(":", 1)[1]


def keys_in(page: Page) -> list[str]:
    """The pictures of the grid, in order."""
    return [button.get("value") for button in page.select("button[name=picture]")]


def test_the_right_pin_opens_the_portal(site: Site, visitor: Visitor) -> None:
    page = at_secret_of(visitor, site, DE_VRIES, "Noor").submit({"pin": child(site, DE_VRIES, "Noor")["secret"]})
    assert (page.path, page.heading) == ("/portaal", "Hoi Noor")
    assert acr_of(site) == "home-pin"


def test_a_pin_with_a_space_in_it_is_the_same_pin(site: Site, visitor: Visitor) -> None:
    secret = child(site, DE_VRIES, "Noor")["secret"]
    page = at_secret_of(visitor, site, DE_VRIES, "Noor").submit({"pin": f" {secret[:2]} {secret[2:]} "})
    assert page.path == "/portaal"


def test_a_pin_never_looks_like_a_password(site: Site, visitor: Visitor) -> None:
    page = at_secret_of(visitor, site, DE_VRIES, "Noor")
    (pin,) = page.select("input[name=pin]")
    wanted = {"type": "text", "inputmode": "numeric", "autocomplete": "off", "pattern": "[0-9]*", "maxlength": "4"}
    assert {name: pin.get(name) for name in wanted} == wanted
    assert "data-1p-ignore" in pin.attrib
    assert pin.get("data-lpignore") == "true"
    assert not page.select("input[type=password]")
    assert not page.select("input[autocomplete=username], input[type=email]")


def test_a_wrong_pin_says_how_many_tries_are_left(site: Site, visitor: Visitor) -> None:
    page, wrong = at_secret_of(visitor, site, DE_VRIES, "Noor"), wrong_pin(site, DE_VRIES, "Noor")
    for left in (4, 3, 2, 1):
        page = page.submit({"pin": wrong})
        assert page.status == 422
        assert f"nog {left} keer" in page.problem("secret")


def test_five_wrong_tries_lock_that_child_only_and_tell_the_parent(site: Site, visitor: Visitor) -> None:
    with frozen(now()) as move:
        start = now()
        page = at_secret_of(visitor, site, DE_VRIES, "Noor")
        for _ in range(5):
            page = page.submit({"pin": wrong_pin(site, DE_VRIES, "Noor")})
        assert (page.status, page.heading) == (429, "Even pauze, Noor")
        assert "Nog 5 minuten" in page.words
        assert page.select(f"button[value='{child(site, DE_VRIES, 'Daan')['pupil']}']")
        assert len([subject for subject in subjects(site, DE_VRIES) if "Noor" in subject]) == 1

        again = visitor.open(f"/thuis/kind?pupil={child(site, DE_VRIES, 'Noor')['pupil']}")
        assert (again.status, again.heading) == (200, "Even pauze, Noor")
        brother = again.submit(button=f"pupil={child(site, DE_VRIES, 'Daan')['pupil']}")
        assert brother.submit({"pin": child(site, DE_VRIES, "Daan")["secret"]}).heading == "Hoi Daan"

        move(start + timedelta(minutes=4, seconds=30))
        assert "Nog 1 minuut" in visitor.open(again.url).words
        move(start + timedelta(minutes=5, seconds=1))
        page = visitor.open(again.url).submit({"pin": child(site, DE_VRIES, "Noor")["secret"]})
        assert page.heading == "Hoi Noor"


def test_a_locked_child_stays_locked_for_the_right_pin(site: Site, visitor: Visitor) -> None:
    page = at_secret_of(visitor, site, DE_VRIES, "Noor")
    form = {"csrf_token": token_of(page), "pupil": child(site, DE_VRIES, "Noor")["pupil"]}
    for _ in range(5):
        visitor.post("/thuis/kind", form | {"pin": wrong_pin(site, DE_VRIES, "Noor")})
    page = visitor.post("/thuis/kind", form | {"pin": child(site, DE_VRIES, "Noor")["secret"]})
    assert page.heading == "Even pauze, Noor"


@pytest.mark.parametrize("pin", ["", "12", "12345", "vier", "١٢٣٤", "1 2 3", "'; --"])
def test_what_is_no_pin_counts_for_nothing(site: Site, visitor: Visitor, pin: str) -> None:
    page = at_secret_of(visitor, site, DE_VRIES, "Noor")
    for _ in range(6):
        page = page.submit({"pin": pin})
        assert page.status == 422
        assert "vier cijfers" in page.problem("secret")
    assert page.submit({"pin": child(site, DE_VRIES, "Noor")["secret"]}).path == "/portaal"


def test_the_right_picture_opens_the_portal(site: Site, visitor: Visitor) -> None:
    page = at_secret_of(visitor, site, KOWALSKI, "Jakub")
    page = page.submit(button=f"picture={child(site, KOWALSKI, 'Jakub')['secret']}")
    assert (page.path, page.heading) == ("/portaal", "Hoi Jakub")
    assert acr_of(site) == "home-pin"


def test_twelve_pictures_always_the_same_in_another_order_each_time(site: Site, visitor: Visitor) -> None:
    page = at_secret_of(visitor, site, KOWALSKI, "Jakub")
    views = [keys_in(page), *(keys_in(visitor.open(page.url)) for _ in range(5))]
    assert {len(view) for view in views} == {12}
    assert len({frozenset(view) for view in views}) == 1
    assert len({tuple(view) for view in views}) > 1
    assert child(site, KOWALSKI, "Jakub")["secret"] in views[0]


def test_no_picture_is_marked_as_the_right_one(site: Site, visitor: Visitor) -> None:
    page, secret = at_secret_of(visitor, site, KOWALSKI, "Jakub"), child(site, KOWALSKI, "Jakub")["secret"]
    shapes = set()
    for button in page.select("button[name=picture]"):
        (drawing,) = button.cssselect("img")
        assert drawing.get("alt")
        key = button.get("value")
        assert urlsplit(drawing.get("src")).path == f"/plaatjes/{key}.svg"
        shapes.add((tuple(sorted(button.attrib)), tuple(sorted(drawing.attrib)), button.get("class")))
    assert len(shapes) == 1
    grid = "".join(html.tostring(part, encoding="unicode") for part in page.select("main"))
    grid = re.sub(r'alt="[^"]*"', "", grid)  # a name may be the same in Dutch
    assert len(re.findall(rf"\b{secret}\b", grid)) == 2  # its value and its drawing, as of every other


def test_pictures_are_called_by_their_names_in_both_languages(site: Site, visitor: Visitor) -> None:
    page = at_secret_of(visitor, site, KOWALSKI, "Jakub")
    dutch = {image.get("alt") for image in page.select(".picture-grid img")}
    english = {image.get("alt") for image in visitor.open(f"{page.url}&lang=en").select(".picture-grid img")}
    assert len(dutch) == len(english) == 12
    assert dutch != english


def test_a_wrong_picture_says_how_many_tries_are_left(site: Site, visitor: Visitor) -> None:
    page, secret = at_secret_of(visitor, site, KOWALSKI, "Jakub"), child(site, KOWALSKI, "Jakub")["secret"]
    wrong = next(key for key in keys_in(page) if key != secret)
    page = page.submit(button=f"picture={wrong}")
    assert page.status == 422
    assert "nog 4 keer" in page.problem("secret")


def test_a_child_whose_group_shows_nothing_is_in_at_once(site: Site, visitor: Visitor) -> None:
    page = open_tiles(visitor, site, KOWALSKI).submit(button=f"pupil={child(site, KOWALSKI, 'Oliwia')['pupil']}")
    assert (page.path, page.heading) == ("/portaal", "Hoi Oliwia")
    assert acr_of(site) == "home"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"pin": "RIGHT"},
        {"pupil": ""},
        {"pupil": "nobody"},
        {"pupil": "FOREIGN"},
        {"pupil": "FOREIGN", "pin": "RIGHT"},
        {"pupil": "FOREIGN", "picture": "apple"},
    ],
)
def test_a_step_out_of_order_ends_at_the_tiles(site: Site, visitor: Visitor, form: dict[str, str]) -> None:
    page, noor = open_tiles(visitor, site, DE_VRIES), child(site, DE_VRIES, "Noor")
    meant = {"RIGHT": noor["secret"], "FOREIGN": child(site, KOWALSKI, "Oliwia")["pupil"]}
    sent: dict[str, Any] = {name: meant.get(value, value) for name, value in form.items()}
    answer = visitor.post("/thuis/kind", {"csrf_token": token_of(page)} | sent)
    assert (answer.path, answer.heading) == ("/thuis/kind", "Wie ben je?")
    assert visitor.cookie("sleutelbos_session") is None


@pytest.mark.parametrize("form", [{}, {"picture": "apple"}, {"pin": ""}])
def test_naming_a_child_that_has_a_pin_lets_nobody_in(site: Site, visitor: Visitor, form: dict[str, str]) -> None:
    page = open_tiles(visitor, site, DE_VRIES)
    sent = {"csrf_token": token_of(page), "pupil": child(site, DE_VRIES, "Noor")["pupil"]}
    answer = visitor.post("/thuis/kind", sent | form)
    assert answer.select("input[name=pin]")
    assert visitor.cookie("sleutelbos_session") is None


def test_a_foreign_child_in_the_address_shows_the_tiles(site: Site, visitor: Visitor) -> None:
    open_tiles(visitor, site, DE_VRIES)
    page = visitor.open(f"/thuis/kind?pupil={child(site, KOWALSKI, 'Zofia')['pupil']}")
    assert page.heading == "Wie ben je?"
    assert "Zofia" not in page.text


def test_without_the_household_every_step_is_the_first_one(site: Site, visitor: Visitor) -> None:
    assert visitor.open("/thuis/kind").path == "/thuis"
    form = {"csrf_token": token_of(visitor.open("/thuis")), "pupil": child(site, DE_VRIES, "Noor")["pupil"]}
    answer = visitor.post("/thuis/kind", form | {"pin": child(site, DE_VRIES, "Noor")["secret"]})
    assert answer.path == "/thuis"


def test_the_household_is_forgotten_after_two_idle_hours(site: Site, visitor: Visitor) -> None:
    with frozen(now()) as move:
        start = now()
        open_tiles(visitor, site, DE_VRIES)
        move(start + timedelta(hours=2, seconds=1))
        assert visitor.open("/thuis/kind").path == "/thuis"


def test_signing_in_again_makes_a_new_session_and_ends_the_old_one(site: Site, visitor: Visitor) -> None:
    at_secret_of(visitor, site, DE_VRIES, "Noor").submit({"pin": child(site, DE_VRIES, "Noor")["secret"]})
    old = visitor.cookie("sleutelbos_session") or ""
    at_secret_of(visitor, site, DE_VRIES, "Daan").submit({"pin": child(site, DE_VRIES, "Daan")["secret"]})
    assert visitor.cookie("sleutelbos_session") != old
    thief = Visitor(site.wsgi)
    thief.set_cookie("sleutelbos_session", old)
    assert thief.open("/portaal").path == "/thuis"
