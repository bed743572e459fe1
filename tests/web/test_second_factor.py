"""/leerkracht: what comes after the password of who has a second factor, or must have one."""

from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import delete, select, update

from idp.engine.tables import SESSION
from idp.kernel.clock import frozen, now
from idp.school.models import Staff, StaffFactor
from tests.site import PUBLISHER, Site
from tests.visitor import Page, Visitor
from tests.web.staff import ANNA, CARLA, OPERATOR, otp, person, sign_in, signed_in
from tests.web.test_staff_signin import asked_by_a_publisher

SESSION_COOKIE, HALF_COOKIE = "sleutelbos_session", "sleutelbos_half"


def password_given(browser: Visitor, site: Site, email: str, start: str = "/leerkracht") -> Page:
    """Only the first step."""
    return browser.open(start).submit({"email": email, "password": person(site, email)["password"]})


def without_factor(site: Site, email: str) -> None:
    """As somebody who was just invited."""
    mine = select(Staff.id).where(Staff.address == email).scalar_subquery()
    with site.database.write() as db:
        db.execute(delete(StaffFactor).where(StaffFactor.staff_id == mine))


def secret_on(page: Page) -> str:
    """The key that the page of the app shows."""
    (shown,) = page.select("[data-secret]")
    return "".join(shown.text_content().split())


def test_the_demo_tells_the_secret_of_who_needs_one(site: Site) -> None:
    for one in site.people()["staff"]:
        assert (one["totp_secret"] is not None) == (one["role"] in ("ict", "operator")), one["email"]


def test_before_the_second_step_there_is_no_session(site: Site, visitor: Visitor) -> None:
    page = password_given(visitor, site, CARLA)
    assert (page.path, page.heading) == ("/leerkracht/code", "De tweede stap")
    assert visitor.cookie(SESSION_COOKIE) is None
    for elsewhere in ("/groepen", "/leerkracht/beveiliging", "/beheer"):
        assert visitor.open(elsewhere).path == "/leerkracht"
    with site.database.read() as db:
        assert db.execute(select(SESSION.c.sid)).all() == []


def test_with_the_code_the_session_says_that_there_were_two_factors(site: Site) -> None:
    signed_in(site, CARLA)
    with site.database.read() as db:
        ((acr, amr),) = db.execute(select(SESSION.c.acr, SESSION.c.amr)).all()
    assert (acr, amr.split()) == ("urn:sleutelbos:acr:staff-mfa", ["pwd", "otp", "mfa"])


def test_an_operator_lands_where_the_platform_is_run(site: Site, visitor: Visitor) -> None:
    assert sign_in(visitor, site, OPERATOR).path == "/beheer"


def test_a_code_works_once(site: Site, visitor: Visitor, another: Callable[[], Visitor]) -> None:
    code = otp(site, CARLA)
    assert password_given(visitor, site, CARLA).submit({"otp": code}).path == "/groepen"
    page = password_given(another(), site, CARLA).submit({"otp": code})
    assert (page.status, page.path) == (422, "/leerkracht/code")
    assert "al gebruikt" in page.problem("otp")


def test_a_wrong_code_may_be_corrected(site: Site, visitor: Visitor) -> None:
    page = password_given(visitor, site, CARLA).submit({"otp": "12"})
    assert (page.status, page.problem("otp")[:20]) == (422, "Deze code klopt niet")
    assert page.submit({"otp": otp(site, CARLA)}).path == "/groepen"


def test_six_wrong_codes_lock_whatever_the_browser(site: Site, another: Callable[[], Visitor]) -> None:
    with frozen(now()) as move:
        for _ in range(6):
            assert password_given(another(), site, CARLA).submit({"otp": "000000"}).status == 422
        page = password_given(another(), site, CARLA).submit({"otp": otp(site, CARLA)})
        assert page.status == 429
        assert "10 min" in page.problem("otp")
        move(now() + timedelta(minutes=11))
        assert password_given(another(), site, CARLA).submit({"otp": otp(site, CARLA)}).path == "/groepen"
    assert any("account" in mail["text"] for mail in site.mails(CARLA))


def test_the_second_step_waits_five_minutes_and_for_its_own_browser(
    site: Site, visitor: Visitor, another: Callable[[], Visitor]
) -> None:
    with frozen(now()) as move:
        page = password_given(visitor, site, CARLA)
        stranger = another()
        stranger.open("/leerkracht")
        assert stranger.open("/leerkracht/code").path == "/leerkracht"
        move(now() + timedelta(minutes=5))
        assert page.submit({"otp": otp(site, CARLA)}).path == "/leerkracht"
        assert visitor.open("/groepen").path == "/leerkracht"


@pytest.mark.parametrize("fields", [{}, {"otp": ""}, {"otp": "a" * 10_000}, {"otp": "１２３４５６"}, {"code": "1"}])
def test_a_step_that_is_skipped_empty_or_odd_lets_nobody_in(
    site: Site, visitor: Visitor, fields: dict[str, str]
) -> None:
    token = password_given(visitor, site, CARLA).select("input[name=csrf_token]")[0].get("value")
    page = visitor.post("/leerkracht/code", {"csrf_token": token, **fields})
    assert page.path in ("/leerkracht/code", "/leerkracht")
    assert visitor.cookie(SESSION_COOKIE) is None


def test_the_step_cannot_be_done_first_or_twice(site: Site, visitor: Visitor) -> None:
    token = visitor.open("/leerkracht").select("input[name=csrf_token]")[0].get("value")
    assert visitor.post("/leerkracht/code", {"csrf_token": token, "otp": otp(site, CARLA)}).path == "/leerkracht"
    password_given(visitor, site, CARLA)
    half = visitor.cookie(HALF_COOKIE) or ""
    visitor.open("/leerkracht/code").submit({"otp": otp(site, CARLA)})
    visitor.open("/groepen").submit(form="/uitloggen")
    visitor.set_cookie(HALF_COOKIE, half)
    assert visitor.open("/leerkracht/code").path == "/leerkracht"


def test_a_planted_half_or_session_is_nobody_and_the_session_is_a_fresh_one(site: Site, visitor: Visitor) -> None:
    visitor.set_cookie(HALF_COOKIE, "hs_planted")
    visitor.set_cookie(SESSION_COOKIE, "se_planted")
    assert visitor.open("/leerkracht/code").path == "/leerkracht"
    sign_in(visitor, site, CARLA)
    assert visitor.cookie(SESSION_COOKIE) not in (None, "se_planted")
    assert visitor.cookie(HALF_COOKIE) is None


def test_who_must_have_a_second_step_sets_one_up_first(site: Site, visitor: Visitor) -> None:
    for email, lands in ((CARLA, "/groepen"), (OPERATOR, "/beheer")):
        without_factor(site, email)
        page = password_given(visitor, site, email)
        assert (page.path, page.heading) == ("/leerkracht/beveiliging", "Stel een tweede stap in")
        for elsewhere in ("/groepen", "/beheer", "/leerkracht/code"):
            assert visitor.open(elsewhere).path.startswith("/leerkracht")
        page = visitor.open("/leerkracht/beveiliging/app")
        secret = secret_on(page)
        wrong = page.submit({"otp": "000000"})
        assert (wrong.status, secret_on(wrong)) == (422, secret)
        page = wrong.submit({"otp": pyotp.TOTP(secret).at(now())})
        assert page.heading == "Bewaar deze herstelcodes"
        assert len(page.select("[data-code]")) == 10
        (onward,) = page.select("a.button")
        assert visitor.open(onward.get("href")).path == lands
        assert "toegevoegd of weggehaald" in site.mails(email)[0]["text"]
        visitor.open(lands).submit(form="/uitloggen")


def test_a_password_alone_sets_up_nothing_for_who_has_a_second_step(site: Site, visitor: Visitor) -> None:
    password_given(visitor, site, CARLA)
    for page in ("/leerkracht/beveiliging", "/leerkracht/beveiliging/app"):
        assert visitor.open(page).path == "/leerkracht"


def test_an_offer_is_for_one_member_only(site: Site, another: Callable[[], Visitor]) -> None:
    for email in (CARLA, OPERATOR):
        without_factor(site, email)
    pages = []
    for email in (CARLA, OPERATOR):
        visitor = another()
        password_given(visitor, site, email)
        pages.append(visitor.open("/leerkracht/beveiliging/app"))
    theirs = pages[0].select("input[name=offer]")[0].get("value")
    for offer in (theirs, "", "x", "é"):
        page = pages[1].submit({"otp": pyotp.TOTP(secret_on(pages[0])).at(now()), "offer": offer})
        assert (page.path, page.heading) == ("/leerkracht/beveiliging/app", "Een app op je telefoon")
    with site.database.read() as db:
        assert db.execute(select(StaffFactor.id).where(StaffFactor.name != "Demo")).all() == []


def test_a_recovery_code_opens_once_and_leads_to_the_own_security(site: Site, another: Callable[[], Visitor]) -> None:
    without_factor(site, CARLA)
    visitor = another()
    password_given(visitor, site, CARLA)
    page = visitor.open("/leerkracht/beveiliging/app")
    page = page.submit({"otp": pyotp.TOTP(secret_on(page)).at(now())})
    code = page.select("[data-code]")[0].text_content()
    page = password_given(another(), site, CARLA).submit({"otp": code})
    assert page.path == "/leerkracht/beveiliging"
    assert "Je hebt nog 9 herstelcodes" in page.words
    assert password_given(another(), site, CARLA).submit({"otp": code}).status == 422


def test_a_publishers_request_and_a_page_go_along_through_both_steps(
    site: Site, another: Callable[[], Visitor]
) -> None:
    visitor = another()
    waiting = visitor.open(asked_by_a_publisher()).query["continue"]
    page = password_given(visitor, site, CARLA, f"/leerkracht?continue={waiting}")
    page = page.submit({"otp": "mis"}).submit({"otp": otp(site, CARLA)})
    assert page.url.startswith(f"https://{PUBLISHER}.example/callback?")
    visitor = another()
    page = password_given(visitor, site, CARLA, visitor.open("/leerkracht/beveiliging").url)
    assert page.submit({"otp": otp(site, CARLA)}).path == "/leerkracht/beveiliging"


def test_who_becomes_a_co_ordinator_signs_in_again_with_two_steps(site: Site) -> None:
    visitor = signed_in(site, ANNA)
    with site.database.write() as db:
        db.execute(update(Staff).where(Staff.address == ANNA).values(role="ict"))
    assert visitor.open("/groepen").path == "/leerkracht"


def test_a_made_up_passkey_is_refused(visitor: Visitor) -> None:
    token = visitor.open("/leerkracht").select("input[name=csrf_token]")[0].get("value")
    for odd in ("", "{}", "[]", "null", "x", '{"response": {"clientDataJSON": "e30"}}', "[" * 10_000, "é" * 30_000):
        page = visitor.post("/leerkracht/passkey/klaar", {"csrf_token": token, "credential": odd})
        assert (page.status, page.path) == (422, "/leerkracht/passkey/klaar"), odd[:20]
    assert visitor.cookie(SESSION_COOKIE) is None


def test_the_demos_page_shows_the_code_of_this_moment(site: Site, visitor: Visitor) -> None:
    with frozen(now()):
        shown = {code.text_content() for code in visitor.open("/demo").select("[data-otp]")}
        secrets = [one["totp_secret"] for one in site.people()["staff"] if one["totp_secret"]]
        assert shown == {pyotp.TOTP(secret).at(now()) for secret in secrets}
