"""/leerkracht/beveiliging and /leerkracht/vergeten: one's own sign-in, and nobody else's."""

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
from sqlalchemy import select, update

from idp.kernel.clock import frozen, now
from idp.school.models import Staff
from tests.site import Site
from tests.visitor import Page, Visitor
from tests.web.staff import ANNA, CARLA, OPERATOR, otp, person, sign_in, signed_in
from tests.web.test_second_factor import secret_on

PAGE = "/leerkracht/beveiliging"
NEW = "vier fietsen in de gang"


def with_app(visitor: Visitor) -> str:
    """This member sets an app up; its secret."""
    page = visitor.open(f"{PAGE}/app")
    secret = secret_on(page)
    page.submit({"otp": pyotp.TOTP(secret).at(now()), "name": "Mijn telefoon"})
    return secret


def reset_link(site: Site, email: str) -> str:
    """The path of the newest mailed link."""
    found = re.search(r"/leerkracht/herstel/\S+", site.mails(email)[0]["text"])
    assert found, site.mails(email)[0]["text"]
    return found.group()


def forget(visitor: Visitor, email: str) -> Page:
    return visitor.open("/leerkracht/vergeten").submit({"email": email})


def test_a_teacher_may_add_an_app_and_is_asked_for_it_from_then_on(site: Site, another: Callable[[], Visitor]) -> None:
    visitor = signed_in(site, ANNA)
    page = visitor.open(PAGE)
    assert "Je hebt nog geen tweede stap" in page.words
    secret = with_app(visitor)
    assert "Mijn telefoon" in visitor.open(PAGE).words
    browser = another()
    page = browser.open("/leerkracht").submit({"email": ANNA, "password": person(site, ANNA)["password"]})
    assert page.path == "/leerkracht/code"
    assert page.submit({"otp": pyotp.TOTP(secret).at(now() + timedelta(seconds=30))}).path == "/groepen"


def test_a_teacher_may_take_it_away_and_a_co_ordinator_may_not_take_the_last(site: Site) -> None:
    teacher = signed_in(site, ANNA)
    with_app(teacher)
    # With a factor, an old sign-in by password alone is not enough to change factors.
    page = teacher.open(PAGE).submit(form=f"{PAGE}/weg", button=_first_factor(teacher.open(PAGE)))
    assert page.path == "/leerkracht/bevestig"
    page = page.submit({"password": person(site, ANNA)["password"], "otp": otp(site, ANNA)})
    assert page.path == PAGE
    page = page.submit(form=f"{PAGE}/weg", button=_first_factor(page))
    assert (page.select("[data-factor]"), "weggehaald" in page.words) == ([], True)
    ict = signed_in(site, CARLA)
    page = ict.open(PAGE)
    page = page.submit(form=f"{PAGE}/weg", button=_first_factor(page))
    assert (len(page.select("[data-factor]")), "laatste tweede stap" in page.words) == (1, True)


def _first_factor(page: Page) -> str:
    return "factor=" + str(page.select("button[name=factor]")[0].get("value"))


def test_nobody_takes_away_somebody_elses(site: Site) -> None:
    theirs = _first_factor(signed_in(site, CARLA).open(PAGE))
    teacher = signed_in(site, ANNA)
    with_app(teacher)
    page = teacher.open("/leerkracht/bevestig")
    page = page.submit({"password": person(site, ANNA)["password"], "otp": otp(site, ANNA)})
    page.submit({"factor": theirs.partition("=")[2]}, form=f"{PAGE}/weg")
    assert len(signed_in(site, CARLA).open(PAGE).select("[data-factor]")) == 1


def test_every_change_of_factors_is_mailed(site: Site) -> None:
    with_app(signed_in(site, ANNA))
    assert [mail["subject"] for mail in site.mails(ANNA)] == ["De beveiliging van je account is veranderd"]


def test_another_password_ends_the_other_sessions_and_is_mailed(site: Site) -> None:
    here, elsewhere = signed_in(site, CARLA), signed_in(site, CARLA)
    cookie = here.cookie("sleutelbos_session")
    page = here.open(PAGE).submit({"current_password": person(site, CARLA)["password"], "new_password": NEW})
    assert "Je wachtwoord is veranderd" in page.words
    assert here.cookie("sleutelbos_session") != cookie
    assert (here.open("/groepen").path, elsewhere.open("/groepen").path) == ("/groepen", "/leerkracht")
    assert site.mails(CARLA)[0]["subject"] == "Je wachtwoord is veranderd"


def test_a_new_password_needs_the_old_one_and_must_be_a_good_one(site: Site) -> None:
    visitor = signed_in(site, ANNA)
    right = person(site, ANNA)["password"]
    for old, new, field in (
        ("mis", NEW, "current_password"),
        ("", NEW, "current_password"),
        (right, "kort", "new_password"),
        (right, "juf.anna@regenboog.example", "new_password"),
        (right, "wachtwoord123", "new_password"),
    ):
        page = visitor.open(PAGE).submit({"current_password": old, "new_password": new})
        assert (page.status, bool(page.problem(field))) == (422, True), (old, new)
    assert signed_in(site, ANNA)


def test_sessions_are_seen_with_their_browser_and_ended_one_by_one(site: Site) -> None:
    here = signed_in(site, ANNA)
    other = Visitor(site.wsgi)
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
    other.send("GET", "/leerkracht")
    form = other.open("/leerkracht", headers={"User-Agent": agent})
    token = form.select("input[name=csrf_token]")[0].get("value")
    fields = {"email": ANNA, "password": person(site, ANNA)["password"], "csrf_token": token}
    other.post("/leerkracht", fields, headers={"User-Agent": agent})
    page = here.open(PAGE)
    assert [one.get("data-session") for one in page.select("[data-session]")] == ["elsewhere", "here"]
    assert "Firefox, Windows" in page.words
    assert "Mozilla" not in page.text
    (button,) = page.select("[data-session=elsewhere] button[name=sid]")
    page = page.submit(form=f"{PAGE}/sessie", button=f"sid={button.get('value')}")
    assert len(page.select("[data-session]")) == 1
    assert other.open("/groepen").path == "/leerkracht"


def test_all_other_sessions_end_at_once_and_nobody_elses(site: Site) -> None:
    here, others, stranger = signed_in(site, ANNA), [signed_in(site, ANNA) for _ in range(3)], signed_in(site, CARLA)
    page = here.open(PAGE)
    token = page.select("input[name=csrf_token]")[0].get("value")
    here.post(f"{PAGE}/sessie", {"csrf_token": token, "sid": "all"})
    assert [other.open("/groepen").path for other in others] == ["/leerkracht"] * 3
    assert (here.open("/groepen").path, stranger.open("/groepen").path) == ("/groepen", "/groepen")


def test_forgetting_tells_nobody_who_works_here(site: Site, another: Callable[[], Visitor]) -> None:
    pages = [forget(another(), email) for email in (ANNA, "niemand@regenboog.example", "familie.devries@thuis.example")]
    assert {(page.path, page.text) for page in pages} == {("/leerkracht/vergeten/verstuurd", pages[0].text)}
    assert (len(site.mails(ANNA)), site.mails("niemand@regenboog.example")) == (1, [])
    assert forget(another(), "geen adres").status == 422


def test_the_link_sets_a_password_once_and_ends_every_session(site: Site, another: Callable[[], Visitor]) -> None:
    before = signed_in(site, ANNA)
    forget(another(), ANNA)
    link = reset_link(site, ANNA)
    another().open(link)  # a scanner of mail
    page = another().open(link)
    assert page.submit({"password": "kort"}).status == 422
    assert page.submit({"password": NEW}).heading == "Je wachtwoord is veranderd"
    assert before.open("/groepen").path == "/leerkracht"
    assert page.submit({"password": NEW + "!"}).heading == "Deze link werkt niet meer"
    assert another().open("/leerkracht").submit({"email": ANNA, "password": NEW}).path == "/groepen"
    assert site.mails(ANNA)[0]["subject"] == "Je wachtwoord is veranderd"


def test_the_link_works_an_hour_and_an_older_one_dies_with_the_password(
    site: Site, another: Callable[[], Visitor]
) -> None:
    with frozen(now()) as move:
        forget(another(), ANNA)
        first = reset_link(site, ANNA)
        move(now() + timedelta(minutes=30))
        forget(another(), ANNA)
        second = reset_link(site, ANNA)
        move(now() + timedelta(minutes=30))
        assert another().open(first).heading == "Deze link werkt niet meer"
        assert another().open(second).submit({"password": NEW}).heading == "Je wachtwoord is veranderd"
    for odd in ("sr_x", "é", "a" * 500):
        assert another().open(f"/leerkracht/herstel/{odd}").heading == "Deze link werkt niet meer"


def test_the_link_leads_past_no_second_factor(site: Site, another: Callable[[], Visitor]) -> None:
    forget(another(), CARLA)
    visitor = another()
    visitor.open(reset_link(site, CARLA)).submit({"password": NEW})
    assert visitor.cookie("sleutelbos_session") is None
    page = visitor.open("/leerkracht").submit({"email": CARLA, "password": NEW})
    assert page.path == "/leerkracht/code"
    assert page.submit({"otp": otp(site, CARLA)}).path == "/groepen"


def test_who_left_gets_no_link(site: Site, another: Callable[[], Visitor]) -> None:
    with site.database.write() as db:
        db.execute(update(Staff).where(Staff.address == ANNA).values(ended_at=now()))
    forget(another(), ANNA)
    assert site.mails(ANNA) == []
    with site.database.read() as db:
        assert db.execute(select(Staff.ended_at).where(Staff.address == ANNA)).scalar() is not None


def test_the_pages_speak_english(site: Site, visitor: Visitor) -> None:
    sign_in(visitor, site, OPERATOR)
    assert visitor.open(f"{PAGE}?lang=en").heading == "My security"
