"""/portaal, /wissel and /uitloggen: a child's apps, the next child, and the way out."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update

from idp.engine.tables import SESSION
from idp.school.models import Group, Publisher, Pupil
from idp.web.portal import TINTS, Tile, start_of
from tests.builders import a_pupil
from tests.site import PUBLISHER, Site, registration
from tests.visitor import Visitor
from tests.web.families import DE_VRIES, JANSSEN, asked_by_a_publisher, child, home, open_tiles
from tests.web.families import signed_in as child_in
from tests.web.staff import ANNA
from tests.web.staff import signed_in as staff_in


def end_reasons(site: Site) -> list[str | None]:
    """Why each session ended, the newest sign-in first."""
    with site.database.read() as db:
        return list(db.execute(select(SESSION.c.end_reason).order_by(SESSION.c.started_at.desc())).scalars())


def test_a_tile_starts_the_publishers_own_sign_in_with_us(site: Site) -> None:
    page = child_in(site, JANSSEN, "Lotte").open("/portaal")
    (tile,) = page.select(f"a[data-client='{PUBLISHER}']")
    address = urlsplit(tile.get("href"))
    assert address._replace(query="").geturl() == f"https://{PUBLISHER}.example/login"
    assert parse_qs(address.query) == {"iss": [site.issuer]}
    assert "Demo publisher" in tile.text_content()


def test_an_app_that_cannot_be_started_from_here_has_no_tile(site: Site) -> None:
    site.register(registration("not-from-here", initiate_login_uri=None))
    page = child_in(site, JANSSEN, "Lotte").open("/portaal")
    assert [tile.get("data-client") for tile in page.select("a[data-client]")] == [PUBLISHER]


def test_the_greeting_says_who_and_where(site: Site) -> None:
    page = child_in(site, JANSSEN, "Lotte").open("/portaal")
    assert page.heading == "Hoi Lotte"
    assert "Bever" in page.words
    assert "De Regenboog" in page.words
    assert "Janssen" not in page.words
    assert page.select(".greeting img[src^='/plaatjes/']")


def test_a_school_without_apps_says_so(site: Site) -> None:
    with site.database.write() as db:
        db.execute(update(Publisher).values(all_schools=False))
    page = child_in(site, JANSSEN, "Lotte").open("/portaal")
    assert "nog geen apps" in page.words


def test_who_is_not_in_signs_in_first(site: Site, visitor: Visitor) -> None:
    assert visitor.open("/portaal").path == "/thuis"
    open_tiles(visitor, site, DE_VRIES)
    assert visitor.open("/portaal").path == "/thuis/kind"


def test_staff_have_a_page_of_their_own(site: Site) -> None:
    assert staff_in(site, ANNA).open("/portaal").path == "/groepen"


def test_a_pupil_that_left_is_out_at_the_next_page(site: Site) -> None:
    visitor = child_in(site, JANSSEN, "Lotte")
    with site.database.write() as db:
        db.execute(
            update(Pupil).where(Pupil.id == child(site, JANSSEN, "Lotte")["pupil"]).values(left_at=Pupil.created_at)
        )
    assert "Lotte" not in visitor.open("/portaal").text


def test_switching_ends_the_child_and_keeps_the_tiles(site: Site) -> None:
    visitor = child_in(site, DE_VRIES, "Noor")
    old = visitor.cookie("sleutelbos_session") or ""
    tiles = visitor.open("/portaal").submit(form="/wissel")
    assert (tiles.path, tiles.heading) == ("/thuis/kind", "Wie ben je?")
    assert end_reasons(site)[0] == "switched"
    assert visitor.open("/portaal").path == "/thuis/kind"
    page = tiles.submit(button=f"pupil={child(site, DE_VRIES, 'Daan')['pupil']}")
    assert page.submit({"pin": child(site, DE_VRIES, "Daan")["secret"]}).heading == "Hoi Daan"
    thief = Visitor(site.wsgi)
    thief.set_cookie("sleutelbos_session", old)
    assert thief.open("/portaal").path == "/thuis"


def test_after_switching_a_publisher_asks_who_it_is(site: Site) -> None:
    visitor = child_in(site, DE_VRIES, "Noor")
    assert visitor.open(asked_by_a_publisher()).query["code"]
    visitor.open("/portaal").submit(form="/wissel")
    page = visitor.open(asked_by_a_publisher())
    assert (page.path, page.heading) == ("/thuis/kind", "Wie ben je?")
    silent = visitor.open(asked_by_a_publisher(prompt="none"))
    assert silent.query["error"] == "login_required"


def test_signing_out_ends_it_all_for_good(site: Site) -> None:
    visitor = child_in(site, DE_VRIES, "Noor")
    kept = {name: visitor.cookie(name) or "" for name in ("sleutelbos_session", "sleutelbos_household")}
    page = visitor.open("/portaal").submit(form="/uitloggen")
    assert page.heading == "Je bent uitgelogd"
    assert [visitor.cookie(name) for name in kept] == [None, None]
    thief = Visitor(site.wsgi)
    for name, value in kept.items():
        thief.set_cookie(name, value)
    assert [thief.open(path).path for path in ("/portaal", "/thuis/kind", "/ouder")] == ["/thuis"] * 3


@pytest.mark.parametrize("path", ["/wissel", "/uitloggen"])
def test_a_link_from_elsewhere_ends_nothing(site: Site, path: str) -> None:
    visitor = child_in(site, DE_VRIES, "Noor")
    assert visitor.ask("GET", path).status == 405
    assert visitor.post(path, {}).status == 400
    assert visitor.open("/portaal").heading == "Hoi Noor"


def test_signing_out_when_nobody_is_in_is_no_trouble(another: Callable[[], Visitor]) -> None:
    visitor = another()
    token = visitor.open("/thuis").select("input[name=csrf_token]")[0].get("value")
    assert visitor.post("/wissel", {"csrf_token": token}).path == "/thuis"
    assert visitor.post("/uitloggen", {"csrf_token": token}).path == "/uitgelogd"


def test_a_private_page_is_kept_by_no_browser_and_no_proxy(site: Site) -> None:
    visitor = child_in(site, DE_VRIES, "Noor")
    for path in ("/portaal", "/thuis/kind", "/ouder"):
        assert visitor.open(path).headers["Cache-Control"] == "no-store"


def test_names_are_text_and_nothing_else(site: Site) -> None:
    name = "<b>\"Ŧö\u202e😀'</b>" + "x" * 60
    with site.database.write() as db:
        group_id = db.execute(select(Group.id).where(Group.name == "Bever")).scalar_one()
        a_pupil(db, group_id, first_name=name)
        db.execute(update(Pupil).where(Pupil.id == child(site, JANSSEN, "Lotte")["pupil"]).values(first_name=name))
    visitor = Visitor(site.wsgi)
    page = visitor.open("/thuis").submit({"email": JANSSEN, "password": home(site, JANSSEN)["password"]})
    assert page.heading == f"Hoi {name}"
    assert not page.select("h1 b")


@pytest.mark.parametrize(
    ("login_uri", "expected"),
    [
        ("https://x.example/login", "https://x.example/login?iss=https%3A%2F%2Fidp.example"),
        ("https://x.example/l?a=1&b=%26", "https://x.example/l?a=1&b=%26&iss=https%3A%2F%2Fidp.example"),
    ],
)
def test_a_login_address_keeps_its_query(login_uri: str, expected: str) -> None:
    assert start_of(login_uri, "https://idp.example") == expected


@pytest.mark.parametrize(
    ("name", "mark"), [("Blink", "Bl"), ("Cito Kleuter in beeld", "CK"), ("Stenvert/OnlineKlas", "SO"), ("é", "É")]
)
def test_a_tile_has_letters_and_a_colour_to_know_it_by(name: str, mark: str) -> None:
    tile = Tile("a-client", name, "https://x.example/")
    assert tile.mark == mark
    assert 1 <= tile.tint <= TINTS
