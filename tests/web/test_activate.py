"""/activeer/TOKEN and /herstel/TOKEN: what is behind a mailed link."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from idp.school import pupils
from idp.school.models import Staff
from tests.site import Site
from tests.visitor import Page, Visitor
from tests.web.families import (
    DE_VRIES,
    GOOD,
    JANSSEN,
    KOWALSKI,
    NEW,
    a_reset_link,
    account,
    child,
    fill,
    home,
    signed_in,
    slots_of,
    state_of,
    subjects,
    unused,
)
from tests.web.staff import ANNA, person

OURS = ("sleutelbos_session", "sleutelbos_household")


def test_opening_the_page_spends_nothing_and_signs_nobody_in(site: Site, visitor: Visitor) -> None:
    for link in (fill(site, NEW), a_reset_link(site, visitor, DE_VRIES)):
        for method in ("HEAD", "GET", "GET", "HEAD", "GET", "GET", "GET"):
            scanner = Visitor(site.wsgi)
            page = scanner.ask(method, link)
            assert page.status == 200
            assert [scanner.cookie(name) for name in OURS] == [None, None]
        assert Visitor(site.wsgi).open(link).select("input[name=password]")


def test_the_page_lets_no_referrer_out_and_is_not_kept(site: Site, visitor: Visitor) -> None:
    page = visitor.open(fill(site, NEW))
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"


def test_a_new_address_chooses_a_password_and_the_child_is_in(site: Site, visitor: Visitor) -> None:
    pupil, link = unused(site), fill(site, NEW)
    page = visitor.open(link).submit({"password": GOOD})
    assert (page.path, page.heading.startswith("Hoi ")) == ("/portaal", True)
    assert [slot.activated for slot in slots_of(site, pupil)] == [True]
    again = Visitor(site.wsgi).open("/thuis").submit({"email": NEW, "password": GOOD})
    assert again.path == "/portaal"


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("", "minstens 10 tekens"),
        ("kort", "minstens 10 tekens"),
        ("a" * 129, "te lang"),
        ("1234567890", "gebruiken veel mensen"),
        ("nieuwe.ouder1", "makkelijk te raden"),
        ("regenboog2025", "makkelijk te raden"),
    ],
)
def test_what_is_wrong_with_a_password_stands_beside_it(site: Site, visitor: Visitor, password: str, said: str) -> None:
    page = visitor.open(fill(site, NEW)).submit({"password": password})
    assert page.status == 422
    assert said in page.problem("password")
    assert page.submit({"password": GOOD}).path == "/portaal"  # the link is still good


@pytest.mark.parametrize(
    "password", ["x" * 5 + "été 漢字 😀 " + "y" * 5, " met spaties vooraan en achteraan ", "een-Zin8" * 16]
)
def test_any_long_password_will_do_and_is_taken_as_it_is(site: Site, visitor: Visitor, password: str) -> None:
    assert visitor.open(fill(site, NEW)).submit({"password": password}).path == "/portaal"
    assert Visitor(site.wsgi).open("/thuis").submit({"email": NEW, "password": password}).path == "/portaal"
    assert Visitor(site.wsgi).open("/thuis").submit({"email": NEW, "password": password.strip()[:-1]}).status == 422


def test_the_language_of_the_page_becomes_that_of_the_mails(site: Site, visitor: Visitor) -> None:
    visitor.open(f"{fill(site, NEW)}?lang=en").submit({"password": GOOD})
    found = account(site, NEW)
    assert found is not None
    assert found.locale == "en"


def test_a_known_account_gives_its_password_and_says_yes(site: Site, visitor: Visitor) -> None:
    pupil, link = unused(site), fill(site, DE_VRIES)
    page = visitor.open(link)
    assert page.heading.endswith("jouw kind?")
    tiles = page.submit({"password": home(site, DE_VRIES)["password"]}, button="confirm=yes")
    assert tiles.path == "/thuis/kind"
    assert len(tiles.select("button[name=pupil]")) == 3
    assert [slot.activated for slot in slots_of(site, pupil)] == [True]


def test_the_page_tells_a_stranger_the_first_name_and_the_school_and_no_more(site: Site, visitor: Visitor) -> None:
    with site.database.read() as db:
        pupil = pupils.by_id(db, unused(site))
    assert pupil is not None
    words = visitor.open(fill(site, DE_VRIES)).words
    assert pupil.first_name in words
    assert pupil.school_name in words
    assert pupil.family_name not in words
    assert pupil.group_name not in words.split()


def test_a_wrong_password_takes_no_child_on(site: Site, visitor: Visitor) -> None:
    pupil, link = unused(site), fill(site, DE_VRIES)
    page = visitor.open(link).submit({"password": "mis"}, button="confirm=yes")
    assert page.status == 422
    assert "niet het wachtwoord" in page.problem("password")
    assert [slot.activated for slot in slots_of(site, pupil)] == [False]
    assert [visitor.cookie(name) for name in OURS] == [None, None]


def test_a_password_without_yes_or_no_does_nothing(site: Site, visitor: Visitor) -> None:
    pupil, link = unused(site), fill(site, DE_VRIES)
    page = visitor.open(link).submit({"password": home(site, DE_VRIES)["password"]})
    assert page.problem("confirm")
    assert [slot.activated for slot in slots_of(site, pupil)] == [False]


def test_guessing_there_is_limited_as_everywhere(site: Site, visitor: Visitor) -> None:
    page = visitor.open(fill(site, DE_VRIES))
    for _ in range(21):
        page = page.submit({"password": "mis"}, button="confirm=yes")
    assert "te vaak" in page.problem("password")
    right = page.submit({"password": home(site, DE_VRIES)["password"]}, button="confirm=yes")
    assert "te vaak" in right.problem("password")


@pytest.mark.parametrize("email", [DE_VRIES, NEW])
def test_no_empties_the_slot_and_tells_the_teacher(site: Site, visitor: Visitor, email: str) -> None:
    pupil, anna = unused(site), _staff_id(site)
    page = visitor.open(fill(site, email, staff=anna)).submit(button="confirm=no")
    assert page.heading == "Dank je wel, dat is doorgegeven"
    assert slots_of(site, pupil) == []
    mail = site.mails(ANNA)[0]
    assert email not in mail["text"]
    assert [visitor.cookie(name) for name in OURS] == [None, None]
    assert (account(site, email) is None) == (email == NEW)


def test_posting_one_link_at_once_has_one_winner_and_friendly_pages(site: Site) -> None:
    link = fill(site, NEW)
    passwords = [f"{GOOD} nummer {number}" for number in range(6)]
    pages = [Visitor(site.wsgi).open(link) for _ in passwords]

    def post(number: int) -> Page:
        return pages[number].submit({"password": passwords[number]})

    with ThreadPoolExecutor(len(passwords)) as together:
        answers = list(together.map(post, range(len(passwords))))
    winners = [number for number, page in enumerate(answers) if page.path == "/portaal"]
    assert len(winners) == 1
    others = [page for number, page in enumerate(answers) if number not in winners]
    assert {page.status for page in others} == {200}
    assert {state_of(page) for page in others} <= {"done", "used"}
    right = Visitor(site.wsgi).open("/thuis").submit({"email": NEW, "password": passwords[winners[0]]})
    assert right.path == "/portaal"


def test_the_links_of_two_children_at_once_do_not_cross(site: Site) -> None:
    first = fill(site, NEW, pupil_id=child(site, JANSSEN, "Lotte")["pupil"], position=2)
    second = fill(site, NEW)
    pages = [Visitor(site.wsgi).open(link) for link in (first, second)]

    def post(number: int) -> Page:
        return pages[number].submit({"password": f"{GOOD} nummer {number}"})

    with ThreadPoolExecutor(2) as together:
        answers = list(together.map(post, range(2)))
    won = [number for number, page in enumerate(answers) if page.path == "/portaal"]
    assert len(won) == 1
    loser = answers[1 - won[0]]
    assert loser.heading.endswith("jouw kind?")  # the account is there now: its password, and yes
    tiles = loser.submit({"password": f"{GOOD} nummer {won[0]}"}, button="confirm=yes")
    assert len(tiles.select("button[name=pupil]")) == 2


def test_a_reset_changes_the_password_and_signs_out_everywhere_else(
    site: Site, visitor: Visitor, another: Callable[[], Visitor]
) -> None:
    elsewhere = signed_in(site, DE_VRIES, "Noor")
    page = visitor.open(a_reset_link(site, visitor, DE_VRIES)).submit({"password": GOOD})
    assert page.path == "/thuis/kind"
    assert elsewhere.open("/portaal").path == "/thuis"
    assert elsewhere.open("/ouder").path == "/thuis"
    assert "wachtwoord" in subjects(site, DE_VRIES)[0].lower()
    old = another().open("/thuis").submit({"email": DE_VRIES, "password": home(site, DE_VRIES)["password"]})
    assert old.status == 422
    assert another().open("/thuis").submit({"email": DE_VRIES, "password": GOOD}).path == "/thuis/kind"


def test_a_reset_keeps_the_rules_for_passwords(site: Site, visitor: Visitor) -> None:
    page = visitor.open(a_reset_link(site, visitor, KOWALSKI)).submit({"password": "kowalski-thuis"})
    assert page.status == 422
    assert "makkelijk te raden" in page.problem("password")
    assert page.submit({"password": GOOD}).path == "/thuis/kind"


def test_the_form_needs_the_pages_token(site: Site, visitor: Visitor) -> None:
    pupil, link = unused(site), fill(site, NEW)
    assert visitor.post(link, {"password": GOOD}).status == 400
    assert [slot.activated for slot in slots_of(site, pupil)] == [False]


def _staff_id(site: Site) -> str:
    with site.database.read() as db:
        return str(db.execute(select(Staff.id).where(Staff.address == person(site, ANNA)["email"])).scalar_one())
