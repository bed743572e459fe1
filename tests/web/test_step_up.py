"""/leerkracht/bevestig: before a sensitive act, who signed in a while ago shows again who they are."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from idp.engine.tables import SESSION
from idp.kernel.clock import frozen, now
from tests.site import Site
from tests.visitor import Visitor
from tests.web.staff import ANNA, CARLA, otp, person, signed_in

SENSITIVE = "/leerkracht/beveiliging/app"
LATER = timedelta(minutes=10)


def test_a_fresh_signin_is_not_asked_again(site: Site) -> None:
    assert signed_in(site, CARLA).open(SENSITIVE).path == SENSITIVE


def test_after_ten_minutes_it_is_asked_and_then_good_for_ten_more(site: Site) -> None:
    with frozen(now()) as move:
        visitor = signed_in(site, CARLA)
        move(now() + LATER - timedelta(seconds=1))
        assert visitor.open(SENSITIVE).path == SENSITIVE
        move(now() + timedelta(seconds=1))
        page = visitor.open(SENSITIVE)
        assert (page.path, page.query["naar"]) == ("/leerkracht/bevestig", "/leerkracht/beveiliging")
        page = page.submit({"password": person(site, CARLA)["password"], "otp": otp(site, CARLA)})
        assert page.path == "/leerkracht/beveiliging"
        move(now() + LATER - timedelta(seconds=1))
        assert visitor.open(SENSITIVE).path == SENSITIVE


def test_the_cookie_is_another_and_the_session_the_same(site: Site, another: Callable[[], Visitor]) -> None:
    visitor = signed_in(site, CARLA)
    before = visitor.cookie("sleutelbos_session") or ""
    page = visitor.open("/leerkracht/bevestig")
    page.submit({"password": person(site, CARLA)["password"], "otp": otp(site, CARLA)})
    thief = another()
    thief.set_cookie("sleutelbos_session", before)
    assert (thief.open("/groepen").path, visitor.open("/groepen").path) == ("/leerkracht", "/groepen")
    with site.database.read() as db:
        assert len(db.execute(select(SESSION.c.sid)).all()) == 1


def test_both_must_be_right(site: Site) -> None:
    right = person(site, CARLA)["password"]
    with frozen(now()) as move:
        visitor = signed_in(site, CARLA)
        move(now() + LATER)
        page = visitor.open(SENSITIVE)
        for password, code, field in (("mis", otp(site, CARLA), "password"), ("", "", "password"),
                                      (right, "", "otp"), (right, "000000", "otp")):  # fmt: skip
            page = page.submit({"password": password, "otp": code})
            assert (page.status, bool(page.problem(field))) == (422, True), (password, code)
            assert visitor.open(SENSITIVE).path == "/leerkracht/bevestig"


def test_somebody_elses_password_confirms_nothing(site: Site) -> None:
    with frozen(now()) as move:
        visitor = signed_in(site, CARLA)
        move(now() + LATER)
        page = visitor.open(SENSITIVE).submit({"password": person(site, ANNA)["password"], "otp": otp(site, CARLA)})
        assert page.status == 422


def test_a_teacher_without_a_second_step_confirms_with_the_password(site: Site) -> None:
    with frozen(now()) as move:
        visitor = signed_in(site, ANNA)
        move(now() + LATER)
        page = visitor.open(SENSITIVE)
        assert not page.select("[name=otp]")
        assert page.submit({"password": person(site, ANNA)["password"]}).path == "/leerkracht/beveiliging"


def test_it_leads_nowhere_but_to_pages_of_staff(site: Site) -> None:
    for elsewhere in ("//evil.example", "https://evil.example/ict", "/ict//evil.example", "/ict/../uitloggen", "/x"):
        visitor = signed_in(site, ANNA)
        page = visitor.open("/leerkracht/bevestig", query_string={"naar": elsewhere})
        assert page.submit({"password": person(site, ANNA)["password"]}).url == "/leerkracht/beveiliging", elsewhere


def test_nobody_confirms_who_is_not_signed_in(visitor: Visitor) -> None:
    assert visitor.open("/leerkracht/bevestig").path == "/leerkracht"
