"""/ouder: what a parent sees and can do."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from idp.kernel.clock import frozen, now
from idp.school import slots
from tests.protocol.party import VERIFIER, basic, challenge_of
from tests.site import PUBLISHER, SECRET, Site
from tests.visitor import Visitor
from tests.web.families import (
    DE_VRIES,
    GOOD,
    JANSSEN,
    JEROEN,
    KOWALSKI,
    MARIEKE,
    account,
    asked_by_a_publisher,
    child,
    fill,
    home,
    open_tiles,
    signed_in,
    slots_of,
    subjects,
)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/ouder", None),
        ("/ouder/wachtwoord", {"current_password": "x", "new_password": GOOD}),
        ("/ouder/apparaat", {"browser": "x"}),
        ("/ouder/taal", {"locale": "en"}),
        ("/ouder/kind", {"slot": "x", "confirm": "yes"}),
        ("/ouder/vergeten", {"password": "x"}),
    ],
)
def test_without_a_household_everything_begins_with_signing_in(
    visitor: Visitor, path: str, form: dict[str, str] | None
) -> None:
    token = visitor.open("/thuis").select("input[name=csrf_token]")[0].get("value")
    page = visitor.open(path) if form is None else visitor.post(path, form | {"csrf_token": token})
    assert page.path == "/thuis"


def test_the_children_and_who_else_has_access(site: Site, visitor: Visitor) -> None:
    open_tiles(visitor, site, JEROEN)
    page = visitor.open("/ouder")
    access = {row.cssselect("h3")[0].text_content(): row.text_content() for row in page.select("article.child")}
    assert set(access) == {"Mees", "Sofie"}
    assert "Ook een ander thuisaccount" in access["Sofie"]
    assert "Alleen jij" in access["Mees"]
    assert JEROEN in page.words
    assert MARIEKE not in page.text


def test_another_address_that_is_not_in_use_is_told_without_the_address(site: Site, visitor: Visitor) -> None:
    other = "opa.janssen@thuis.example"
    fill(site, other, position=2, pupil_id=child(site, JANSSEN, "Lotte")["pupil"])
    open_tiles(visitor, site, JANSSEN)
    page = visitor.open("/ouder")
    assert "nog niet in gebruik" in page.words
    assert other not in page.text


def test_a_child_that_waits_is_taken_on_or_refused(site: Site, visitor: Visitor) -> None:
    first = site.people()["unused"]["pupil"]
    fill(site, DE_VRIES)
    second = site.people()["unused"]["pupil"]
    fill(site, DE_VRIES)
    assert open_tiles(visitor, site, DE_VRIES).select(".notice a[href='/ouder']")
    (slot,) = slots_of(site, first)
    form = {"csrf_token": _token(visitor), "slot": slot.id, "confirm": "yes"}
    assert "kan nu met dit account inloggen" in visitor.post("/ouder/kind", form).words
    assert [one.activated for one in slots_of(site, first)] == [True]
    page = visitor.open("/ouder").submit(button="confirm=no")
    assert "weggehaald" in page.words
    assert slots_of(site, second) == []
    assert len(visitor.open("/thuis/kind").select("button[name=pupil]")) == 3


def test_nobody_answers_for_anothers_child(site: Site, visitor: Visitor) -> None:
    pupil = site.people()["unused"]["pupil"]
    fill(site, JANSSEN)
    (slot,) = slots_of(site, pupil)
    open_tiles(visitor, site, DE_VRIES)
    for said in ("yes", "no"):
        visitor.post("/ouder/kind", {"csrf_token": _token(visitor), "slot": slot.id, "confirm": said})
    assert [one.activated for one in slots_of(site, pupil)] == [False]


def test_a_child_that_is_taken_on_is_not_refused_here(site: Site, visitor: Visitor) -> None:
    pupil = child(site, DE_VRIES, "Noor")["pupil"]
    (slot,) = slots_of(site, pupil)
    open_tiles(visitor, site, DE_VRIES)
    visitor.post("/ouder/kind", {"csrf_token": _token(visitor), "slot": slot.id, "confirm": "no"})
    assert [one.activated for one in slots_of(site, pupil)] == [True]


def test_what_publishers_were_told_and_when(site: Site) -> None:
    visitor = signed_in(site, JANSSEN, "Lotte")
    assert "nog geen app geopend" in visitor.open("/ouder").words
    with frozen(now().replace(year=2027, month=3, day=4, hour=14, minute=5)):
        visitor = signed_in(site, JANSSEN, "Lotte", Visitor(site.wsgi))
        code = visitor.open(asked_by_a_publisher(code_challenge=challenge_of(VERIFIER))).query["code"]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": f"https://{PUBLISHER}.example/callback",
            "code_verifier": VERIFIER,
        }
        answer = visitor.ask("POST", "/token", data=form, headers={"Authorization": basic(PUBLISHER, SECRET)})
        assert answer.status == 200
        (told,) = visitor.open("/ouder").select("dl.told")
    words = " ".join(told.text_content().split())
    assert "Demo publisher laatst op 4 maart 2027, 15:05" in words  # Dutch time
    assert "Voornaam" in words
    assert "Achternaam" not in words


def test_another_browser_is_signed_out_from_here(site: Site) -> None:
    here, there = signed_in(site, DE_VRIES, "Noor"), signed_in(site, DE_VRIES, "Daan")
    page = here.open("/ouder")
    assert [row.cssselect("strong")[0].text_content() for row in page.select("ul.rows li")] == [
        "Dit apparaat",
        "Een ander apparaat",
    ]
    (button,) = page.select("button[name=browser]")
    page = page.submit(button=f"browser={button.get('value')}")
    assert "Dat apparaat is uitgelogd" in page.words
    assert there.open("/portaal").path == "/thuis"
    assert here.open("/portaal").heading == "Hoi Noor"


def test_nobody_signs_out_anothers_browser(site: Site) -> None:
    here, there = signed_in(site, DE_VRIES, "Noor"), signed_in(site, JANSSEN, "Lotte")
    elsewhere = signed_in(site, JANSSEN, "Lotte")
    (button,) = there.open("/ouder").select("button[name=browser]")
    here.post("/ouder/apparaat", {"csrf_token": _token(here), "browser": button.get("value")})
    assert elsewhere.open("/portaal").heading == "Hoi Lotte"


def test_a_browser_that_lay_idle_is_not_listed(site: Site) -> None:
    with frozen(now()) as move:
        signed_in(site, DE_VRIES, "Noor")
        move(now() + timedelta(hours=2, seconds=1))
        here = signed_in(site, DE_VRIES, "Daan")
        assert len(here.open("/ouder").select("ul.rows li")) == 1


def test_the_password_is_changed_with_the_old_one(site: Site, another: Callable[[], Visitor]) -> None:
    here, there = signed_in(site, DE_VRIES, "Noor"), signed_in(site, DE_VRIES, "Daan")
    old = home(site, DE_VRIES)["password"]
    wrong = here.open("/ouder").submit({"current_password": "mis", "new_password": GOOD})
    assert (wrong.status, bool(wrong.problem("current_password"))) == (422, True)
    weak = wrong.submit({"current_password": old, "new_password": "1234567890"})
    assert (weak.status, bool(weak.problem("new_password"))) == (422, True)
    assert weak.select("details[open] input[name=new_password]")

    page = weak.submit({"current_password": old, "new_password": GOOD})
    assert (page.path, "Je wachtwoord is veranderd" in page.words) == ("/ouder", True)
    assert there.open("/portaal").path == "/thuis"
    assert "wachtwoord" in subjects(site, DE_VRIES)[0].lower()
    assert another().open("/thuis").submit({"email": DE_VRIES, "password": old}).status == 422
    assert another().open("/thuis").submit({"email": DE_VRIES, "password": GOOD}).path == "/thuis/kind"


def test_mails_come_in_the_language_that_was_chosen(site: Site, visitor: Visitor) -> None:
    open_tiles(visitor, site, DE_VRIES)
    page = visitor.open("/ouder").submit(button="locale=en")
    assert "in deze taal" in page.words
    visitor.open("/thuis/vergeten").submit({"email": DE_VRIES})
    assert "password" in subjects(site, DE_VRIES)[0]
    visitor.post("/ouder/taal", {"csrf_token": _token(visitor), "locale": "xx"})
    found = account(site, DE_VRIES)
    assert found is not None
    assert found.locale == "en"


def test_forget_me_needs_the_password(site: Site) -> None:
    visitor = signed_in(site, DE_VRIES, "Noor")
    for password in ("", "mis"):
        page = visitor.open("/ouder").submit({"password": password}, button="forget=yes")
        assert (page.status, bool(page.problem("password"))) == (422, True)
    assert account(site, DE_VRIES) is not None


def test_forget_me_erases_the_account_and_ends_every_session(site: Site) -> None:
    here, there = signed_in(site, KOWALSKI, "Zofia"), signed_in(site, KOWALSKI, "Oliwia")
    children = home(site, KOWALSKI)["children"]
    password = home(site, KOWALSKI)["password"]
    page = here.open("/ouder").submit({"password": password}, button="forget=yes")
    assert (page.path, page.heading) == ("/ouder/vergeten", "Je thuisaccount is weg")
    assert account(site, KOWALSKI) is None
    assert [slots_of(site, one["pupil"]) for one in children] == [[], [], []]
    assert [browser.open("/portaal").path for browser in (here, there)] == ["/thuis", "/thuis"]
    assert len(subjects(site, KOWALSKI)) >= 1
    assert Visitor(site.wsgi).open("/thuis").submit({"email": KOWALSKI, "password": password}).status == 422


def test_forget_me_leaves_the_other_parent_alone(site: Site) -> None:
    here, other = signed_in(site, JEROEN, "Mees"), signed_in(site, MARIEKE, "Sofie")
    here.open("/ouder").submit({"password": home(site, JEROEN)["password"]}, button="forget=yes")
    assert other.open("/portaal").heading == "Hoi Sofie"
    assert "Alleen jij" in other.open("/ouder").words


def test_an_emptied_slot_ends_that_childs_access_at_once(site: Site) -> None:
    visitor = signed_in(site, DE_VRIES, "Noor")
    (slot,) = slots_of(site, child(site, DE_VRIES, "Noor")["pupil"])
    with site.database.write() as db:
        slots.empty(db, site.keyring, slot.id, actor="staff:x", why="emptied", now=now())
    page = visitor.open("/ouder")
    assert [row.text_content() for row in page.select("article.child h3")] == ["Daan"]


def _token(visitor: Visitor) -> str:
    return str(visitor.open("/thuis").select("input[name=csrf_token]")[0].get("value"))
