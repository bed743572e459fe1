"""/ouder/adres and /adres/TOKEN: another e-mail address."""

from collections.abc import Callable
from datetime import timedelta

from idp.kernel.clock import frozen, now
from tests.site import Site
from tests.visitor import Page, Visitor
from tests.web.families import DE_VRIES, JANSSEN, account, home, open_tiles, slots_of, subjects

ANOTHER = "devries.nieuw@thuis.example"


def _ask(site: Site, visitor: Visitor, to: str = ANOTHER, password: str | None = None) -> Page:
    open_tiles(visitor, site, DE_VRIES)
    given = home(site, DE_VRIES)["password"] if password is None else password
    return visitor.open("/ouder").submit({"new_address": to, "address_password": given}, form="/ouder/adres")


def _link(site: Site, to: str = ANOTHER) -> str:
    (link,) = [link for mail in site.mails(to)[:1] for link in mail["links"] if "/adres/" in link]
    return str(link).removeprefix(site.issuer)


def test_the_whole_way(site: Site, visitor: Visitor, another: Callable[[], Visitor]) -> None:
    password = home(site, DE_VRIES)["password"]
    children = [child["pupil"] for child in home(site, DE_VRIES)["children"]]
    page = _ask(site, visitor)
    assert ANOTHER in page.words
    assert "één uur" in page.words
    elsewhere = another()
    shown = elsewhere.open(_link(site))
    assert shown.heading == "Bevestig je nieuwe e-mailadres"
    wrong = shown.submit({"password": "mis"})
    assert (wrong.status, bool(wrong.problem("password"))) == (422, True)
    done = wrong.submit({"password": password})
    assert (done.path, "Je e-mailadres is veranderd" in done.words) == ("/ouder", True)
    assert ANOTHER in done.words
    assert {slot.address for pupil in children for slot in slots_of(site, pupil)} == {ANOTHER}
    assert "e-mailadres" in subjects(site, DE_VRIES)[0]
    assert another().open("/thuis").submit({"email": ANOTHER, "password": password}).path == "/thuis/kind"
    assert another().open("/thuis").submit({"email": DE_VRIES, "password": password}).status == 422


def test_it_needs_the_password_and_an_address(site: Site, visitor: Visitor) -> None:
    page = _ask(site, visitor, password="mis")
    assert (page.status, bool(page.problem("address_password"))) == (422, True)
    page = _ask(site, visitor, to="geen adres")
    assert (page.status, bool(page.problem("new_address"))) == (422, True)
    page = _ask(site, visitor, to=DE_VRIES)
    assert "al hebt" in page.problem("new_address")
    assert site.mails(ANOTHER) == []


def test_a_stranger_who_gets_the_mail_learns_nothing_and_can_do_nothing(
    site: Site, another: Callable[[], Visitor]
) -> None:
    _ask(site, another())
    page = another().open(_link(site))
    assert DE_VRIES not in page.text
    assert "Noor" not in page.text
    assert page.submit({"password": ""}).status == 422
    assert account(site, DE_VRIES) is not None


def test_looking_spends_nothing(site: Site, visitor: Visitor, another: Callable[[], Visitor]) -> None:
    _ask(site, visitor)
    link = _link(site)
    for _ in range(3):
        assert another().open(link).status == 200
    assert account(site, ANOTHER) is None


def test_an_address_in_use_is_told_to_its_mailbox_alone(site: Site, visitor: Visitor) -> None:
    password = home(site, DE_VRIES)["password"]
    asked = _ask(site, visitor, to=JANSSEN)
    assert "één uur" in asked.words
    said = visitor.open(_link(site, JANSSEN)).submit({"password": password})
    assert said.heading == "Dit e-mailadres heeft al een thuisaccount"
    assert account(site, DE_VRIES) is not None


def test_an_old_link_says_what_to_do(site: Site, visitor: Visitor, another: Callable[[], Visitor]) -> None:
    _ask(site, visitor)
    link = _link(site)
    with frozen(now() + timedelta(minutes=61)):
        page = another().open(link)
    assert page.heading == "Deze link werkt niet meer"
    assert page.select("a[href='/thuis']")


def test_it_can_be_taken_back(site: Site, visitor: Visitor) -> None:
    page = _ask(site, visitor).submit(button="cancel=yes")
    assert "blijft zoals het is" in page.words
    assert ANOTHER not in page.words
    assert visitor.open(_link(site)).heading == "Deze link werkt niet meer"
