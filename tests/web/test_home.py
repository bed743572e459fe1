"""/, /school, /thuis and /thuis/vergeten: who is at the door."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from idp.kernel.clock import frozen, now
from idp.kernel.outbox import Outbox
from idp.kernel.secrets import Passwords
from idp.school import pictures
from idp.school.models import Link
from tests.builders import a_home
from tests.site import PUBLISHER, Site
from tests.visitor import Page, Visitor
from tests.web.families import (
    DE_VRIES,
    JANSSEN,
    KOWALSKI,
    NEW,
    asked_by_a_publisher,
    child,
    fill,
    home,
    links_to,
    open_tiles,
)

UNKNOWN = "niemand.hier@thuis.example"
PAGES = ("/", "/school", "/thuis", "/thuis/vergeten", "/thuis/vergeten/verstuurd", "/activeer/ln_x", "/ouder/vergeten")


def bare(page: Page, email: str) -> str:
    """The page without what is different each time: the form token, and the address that was typed."""
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page.text).replace(email, "")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_page_has_a_language_a_title_one_heading_and_the_switch(visitor: Visitor, language: str) -> None:
    other = {"nl": "en", "en": "nl"}[language]
    for path in PAGES:
        page = visitor.open(f"{path}?lang={language}")
        (tag,), (title,) = page.select("html"), page.select("title")
        assert (tag.get("lang"), bool(page.heading)) == (language, True), path
        assert title.text_content().strip().endswith("Sleutelbos"), path
        assert page.select(f"a.language[href$='lang={other}']"), path


def test_the_start_page_offers_three_places(visitor: Visitor) -> None:
    page = visitor.open("/")
    assert [link.get("href") for link in page.select("a.place")] == ["/thuis", "/school", "/leerkracht"]


def test_the_start_page_leads_on_for_who_is_in(site: Site, visitor: Visitor) -> None:
    open_tiles(visitor, site, JANSSEN)
    page = visitor.open("/")
    assert page.select("main a[href='/portaal']")
    assert "Lotte" not in page.text


def test_a_device_that_is_no_schools_shows_no_group_and_no_name(site: Site, visitor: Visitor) -> None:
    page = visitor.open("/school")
    assert page.heading == "Dit apparaat hoort nog niet bij een school"
    names = {one["first_name"] for family in site.people()["homes"] for one in family["children"]}
    assert not [name for name in {*names, "Bever", "Kikker"} if name in page.words]


def test_an_only_child_is_in_at_once(site: Site, visitor: Visitor) -> None:
    page = open_tiles(visitor, site, JANSSEN)
    assert (page.path, page.heading) == ("/portaal", "Hoi Lotte")


def test_several_children_choose_who_they_are(site: Site, visitor: Visitor) -> None:
    page = open_tiles(visitor, site, KOWALSKI)
    assert (page.path, page.heading) == ("/thuis/kind", "Wie ben je?")
    expected = [one["pupil"] for one in home(site, KOWALSKI)["children"]]
    assert sorted(button.get("value") for button in page.select("button[name=pupil]")) == sorted(expected)
    assert visitor.open("/portaal").path == "/thuis/kind"  # nobody is signed in yet


def test_an_account_without_a_child_is_told_what_to_do(site: Site, visitor: Visitor) -> None:
    with site.database.write() as db:
        a_home(db, address=NEW, password_hash=Passwords().hash("twee woorden en een komma"))
    page = visitor.open("/thuis").submit({"email": NEW, "password": "twee woorden en een komma"})
    assert page.heading == "Bij dit account hoort nog geen kind"
    assert page.select("form[action='/uitloggen']")
    assert len(page.select("ul.steps li")) == 3


def test_a_wrong_password_and_an_unknown_address_look_the_same(site: Site, visitor: Visitor) -> None:
    fill(site, NEW)  # filled in by a teacher, and not activated
    pages = {
        email: visitor.open("/thuis").submit({"email": email, "password": "mis"}) for email in (DE_VRIES, UNKNOWN, NEW)
    }
    assert {page.status for page in pages.values()} == {422}
    assert len({bare(page, email) for email, page in pages.items()}) == 1
    assert "horen niet bij elkaar" in pages[DE_VRIES].words


def test_the_address_is_kept_and_the_password_is_not(visitor: Visitor) -> None:
    page = visitor.open("/thuis").submit({"email": f"{DE_VRIES}<b>", "password": "een-fout-wachtwoord"})
    (email,), (password,) = page.select("#email"), page.select("#password")
    assert (email.get("value"), password.get("value")) == (f"{DE_VRIES}<b>", "")
    assert "een-fout-wachtwoord" not in page.text


def test_nothing_typed_counts_for_nothing(site: Site, visitor: Visitor) -> None:
    for _ in range(25):
        page = visitor.open("/thuis").submit({"email": DE_VRIES, "password": ""})
        assert page.status == 422
    assert open_tiles(visitor, site, DE_VRIES).path == "/thuis/kind"


def test_many_wrong_passwords_lock_that_place_and_say_for_how_long(site: Site) -> None:
    elsewhere = Visitor(site.wsgi, address="198.51.100.7")
    with frozen(now()) as move:
        guesser, start = Visitor(site.wsgi, address="203.0.113.9"), now()
        for _ in range(20):
            guesser.open("/thuis").submit({"email": DE_VRIES, "password": "mis"})
        page = guesser.open("/thuis").submit({"email": DE_VRIES, "password": home(site, DE_VRIES)["password"]})
        assert page.status == 429
        assert "over 10 minuten" in page.words
        assert open_tiles(elsewhere, site, DE_VRIES).path == "/thuis/kind"
        move(start + timedelta(minutes=10, seconds=1))
        assert open_tiles(guesser, site, DE_VRIES).path == "/thuis/kind"


def test_the_fields_are_what_a_password_manager_expects(visitor: Visitor) -> None:
    page = visitor.open("/thuis")
    (email,), (password,) = page.select("#email"), page.select("#password")
    assert (email.get("type"), email.get("autocomplete")) == ("email", "username")
    assert (password.get("type"), password.get("autocomplete")) == ("password", "current-password")
    assert password.get("maxlength") is None  # what is pasted is never cut


def test_a_publishers_hint_fills_the_address_escaped(visitor: Visitor) -> None:
    hint = '"><script>alert(1)</script>@x.nl'
    page = visitor.open(asked_by_a_publisher(login_hint=hint))
    assert page.path == "/thuis"
    (email,) = page.select("#email")
    assert email.get("value") == hint
    assert "<script>alert" not in page.text


def test_a_waiting_request_is_named_kept_and_can_be_cancelled(visitor: Visitor) -> None:
    page = visitor.open(asked_by_a_publisher())
    assert "Demo publisher" in page.words
    identifier = page.query["continue"]
    for start in ("/thuis/vergeten", "/school", "/leerkracht"):
        assert page.select(f"a[href='{start}?continue={identifier}']")
    answer = page.submit(button="cancel=yes")
    assert answer.url.startswith(f"https://{PUBLISHER}.example/callback?")
    assert (answer.query["error"], answer.query["state"]) == ("access_denied", "s-1")
    assert answer.query["iss"] == "http://localhost"


def test_without_a_request_there_is_nothing_to_cancel(visitor: Visitor) -> None:
    assert not visitor.open("/thuis").select("form[action='/annuleren']")


def test_signing_in_leads_back_to_the_publisher(site: Site, visitor: Visitor) -> None:
    answer = open_tiles(visitor, site, JANSSEN, start=asked_by_a_publisher())
    assert answer.url.startswith(f"https://{PUBLISHER}.example/callback?")
    assert answer.query["code"]


def test_the_request_is_kept_from_the_first_step_to_the_last(site: Site, visitor: Visitor) -> None:
    tiles = open_tiles(visitor, site, DE_VRIES, start=asked_by_a_publisher())
    assert tiles.path == "/thuis/kind"
    noor = child(site, DE_VRIES, "Noor")
    page = tiles.submit(button=f"pupil={noor['pupil']}")
    assert page.select("form[action='/annuleren']")
    assert page.submit({"pin": noor["secret"]}).query["code"]


def test_a_household_that_is_in_is_offered_its_tiles(site: Site, visitor: Visitor) -> None:
    open_tiles(visitor, site, DE_VRIES)
    assert visitor.open("/thuis").select("main a[href='/thuis/kind']")


@pytest.mark.parametrize("path", ["/thuis", "/thuis/kind", "/thuis/vergeten", "/wissel", "/uitloggen", "/ouder/taal"])
def test_a_post_without_the_pages_token_is_refused(visitor: Visitor, path: str) -> None:
    page = visitor.post(path, {"email": DE_VRIES})
    assert page.status == 400
    assert page.select("code[data-support]")


def test_a_forgotten_password_is_answered_the_same_for_everybody(site: Site, visitor: Visitor) -> None:
    fill(site, NEW)
    rows = []
    answers = []
    for email in (UNKNOWN, DE_VRIES, NEW):
        page = visitor.open("/thuis/vergeten")
        token = page.select("input[name=csrf_token]")[0].get("value")
        answers.append(visitor.ask("POST", "/thuis/vergeten", data={"email": email, "csrf_token": token}))
        with site.database.read() as db:
            rows.append(db.execute(select(func.count()).select_from(Link)).scalar_one())
    assert {(page.status, page.headers["Location"], page.text) for page in answers} == {
        (303, "/thuis/vergeten/verstuurd", answers[0].text)
    }
    assert [after - rows[0] for after in rows] == [0, 1, 2]
    assert site.mails(UNKNOWN) == []
    assert [path.split("/")[1] for path in links_to(site, DE_VRIES)][:1] == ["herstel"]
    assert [path.split("/")[1] for path in links_to(site, NEW)] == ["activeer", "activeer"]


def test_asking_many_times_does_not_fill_a_mailbox(site: Site, visitor: Visitor) -> None:
    before = len(site.mails(DE_VRIES))
    for _ in range(8):
        assert visitor.open("/thuis/vergeten").submit({"email": DE_VRIES}).path == "/thuis/vergeten/verstuurd"
    assert len(site.mails(DE_VRIES)) - before == 5


def test_what_is_no_address_is_said_beside_the_field(visitor: Visitor) -> None:
    page = visitor.open("/thuis/vergeten").submit({"email": "geen adres"})
    assert page.status == 422
    assert "geen geldig e-mailadres" in page.problem("email")
    (email,) = page.select("#email")
    assert email.get("value") == "geen adres"


def test_pictures_are_drawings_that_a_browser_may_keep(visitor: Visitor) -> None:
    page = visitor.open("/plaatjes/dog.svg")
    assert page.status == 200
    assert page.headers["Content-Type"].startswith("image/svg+xml")
    assert page.headers["Cache-Control"].startswith("public, max-age=")
    assert page.text.lstrip().startswith("<svg")
    assert all(isinstance(pictures.drawing(key), Path) for key in pictures.BY_KEY)


@pytest.mark.parametrize("key", ["nothing", "..%2f..%2fpyproject", quote("/etc/passwd", safe="")])
def test_a_picture_that_is_none_is_not_found(visitor: Visitor, key: str) -> None:
    assert visitor.open(f"/plaatjes/{key}.svg").status == 404


def test_the_outbox_holds_no_more_for_an_unknown_address(site: Site, visitor: Visitor) -> None:
    def queued() -> int:
        with site.database.read() as db:
            return int(db.execute(select(func.count()).select_from(Outbox)).scalar_one())

    before = queued()
    visitor.open("/thuis/vergeten").submit({"email": UNKNOWN})
    assert queued() == before


def test_another_browser_of_the_family_is_its_own(site: Site, another: Callable[[], Visitor]) -> None:
    open_tiles(another(), site, DE_VRIES)
    assert another().open("/thuis/kind").path == "/thuis"
