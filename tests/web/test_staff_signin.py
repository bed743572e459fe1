"""/leerkracht: e-mail and password of a member of staff."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

from sqlalchemy import update

from idp.kernel.clock import frozen, now
from idp.school.models import Staff
from tests.site import PUBLISHER, Site
from tests.visitor import Page, Visitor
from tests.web.staff import ANNA, CARLA, person, sign_in, signed_in

ODD = ("", "   ", "a" * 300, "a\x00b@regenboog.example", "\"'<script>", "😀@😀.nl", "עברית@דואר", "a@b\r\nBcc: x@y.nl")


def asked_by_a_publisher() -> str:
    """A publisher's authorization request."""
    return "/authorize?" + urlencode(
        {
            "client_id": PUBLISHER,
            "redirect_uri": f"https://{PUBLISHER}.example/callback",
            "response_type": "code",
            "scope": "openid",
            "state": "s",
            "nonce": "n",
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "code_challenge_method": "S256",
        }
    )


def bare(page: Page, email: str) -> str:
    """The page without what is different each time: the form token, and the address that was typed."""
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page.text).replace(email, "")


def test_a_teacher_signs_in_and_sees_the_groups(site: Site, visitor: Visitor) -> None:
    page = sign_in(visitor, site, ANNA)
    assert (page.path, page.status, page.heading) == ("/groepen", 200, "Groepen")


def test_an_address_may_be_spelled_as_people_spell(site: Site, another: Callable[[], Visitor]) -> None:
    for spelled in (ANNA.upper(), f"  {ANNA} ", ANNA.title()):
        page = another().open("/leerkracht").submit({"email": spelled, "password": person(site, ANNA)["password"]})
        assert page.path == "/groepen"


def test_a_wrong_password_and_an_unknown_address_look_the_same(site: Site, visitor: Visitor) -> None:
    unknown = "niemand@regenboog.example"
    pages = [visitor.open("/leerkracht").submit({"email": email, "password": "mis"}) for email in (ANNA, unknown)]
    assert [page.status for page in pages] == [422, 422]
    assert bare(pages[0], ANNA) == bare(pages[1], unknown)
    assert "horen niet bij elkaar" in pages[0].words


def test_the_address_is_kept_and_the_password_is_not(visitor: Visitor) -> None:
    page = visitor.open("/leerkracht").submit({"email": ANNA, "password": "een-fout-wachtwoord"})
    (email,), (password,) = page.select("#email"), page.select("#password")
    assert (email.get("value"), password.get("value")) == (ANNA, "")
    assert "een-fout-wachtwoord" not in page.text


def test_too_many_tries_lock_this_place_for_a_while_and_tell_nothing(
    site: Site, another: Callable[[], Visitor]
) -> None:
    unknown, start = "niemand@regenboog.example", now()
    with frozen(start) as move:
        for email in (ANNA, unknown):
            visitor = another()
            page = visitor.open("/leerkracht")
            while page.status != 429:
                page = page.submit({"email": email, "password": "mis"})
            assert "Probeer het over 10 minuten opnieuw" in page.words
        locked = sign_in(another(), site, ANNA)
        assert (locked.path, locked.status) == ("/leerkracht", 429)
        elsewhere = Visitor(site.wsgi, address="198.51.100.7")
        assert sign_in(elsewhere, site, ANNA).path == "/groepen"
        move(start + timedelta(minutes=11))
        assert sign_in(another(), site, ANNA).path == "/groepen"


def test_odd_input_is_a_wrong_sign_in_and_never_a_fault(visitor: Visitor) -> None:
    for odd in ODD:
        for fields in ({"email": odd, "password": "x"}, {"email": ANNA, "password": odd}):
            page = visitor.open("/leerkracht").submit(fields)
            assert (page.status, page.path) == (422, "/leerkracht"), page.text


def test_without_the_forms_token_nothing_happens(site: Site, visitor: Visitor) -> None:
    page = visitor.post("/leerkracht", {"email": ANNA, "password": person(site, ANNA)["password"]})
    assert page.status == 400
    assert visitor.open("/groepen").path == "/leerkracht"


def test_a_session_that_was_planted_is_not_the_one_that_signs_in(site: Site, visitor: Visitor) -> None:
    visitor.set_cookie("sleutelbos_session", "se_planted")
    sign_in(visitor, site, ANNA)
    assert visitor.cookie("sleutelbos_session") not in (None, "se_planted")


def test_who_is_signed_in_goes_on_to_the_groups(site: Site) -> None:
    assert signed_in(site, ANNA).open("/leerkracht").path == "/groepen"


def test_signing_out_ends_the_session_on_the_server(site: Site, another: Callable[[], Visitor]) -> None:
    visitor = signed_in(site, ANNA)
    cookie = visitor.cookie("sleutelbos_session") or ""
    visitor.open("/groepen").submit(form="/uitloggen")
    thief = another()
    thief.set_cookie("sleutelbos_session", cookie)
    assert visitor.open("/groepen").path == thief.open("/groepen").path == "/leerkracht"


def test_who_left_is_out_at_the_next_request_and_stays_out(site: Site, another: Callable[[], Visitor]) -> None:
    visitor = signed_in(site, CARLA)
    with site.database.write() as db:
        db.execute(update(Staff).where(Staff.address_key == CARLA).values(ended_at=now()))
    assert visitor.open("/groepen").path == "/leerkracht"
    page = another().open("/leerkracht").submit({"email": CARLA, "password": "snoeren onder de tafel"})
    assert page.status == 422


def test_a_publishers_request_goes_along_and_comes_back_with_a_code(site: Site, visitor: Visitor) -> None:
    waiting = visitor.open(asked_by_a_publisher()).query["continue"]
    page = visitor.open(f"/leerkracht?continue={waiting}")
    page = page.submit({"email": ANNA, "password": "mis"})
    page = page.submit({"email": ANNA, "password": person(site, ANNA)["password"]})
    assert page.url.startswith(f"https://{PUBLISHER}.example/callback?")
    assert {"code", "state", "iss"} <= set(page.query)


def test_a_publishers_request_can_be_cancelled(visitor: Visitor) -> None:
    waiting = visitor.open(asked_by_a_publisher()).query["continue"]
    page = visitor.open(f"/leerkracht?continue={waiting}").submit(button="cancel=yes")
    assert page.query["error"] == "access_denied"


def test_somebody_elses_request_does_not_go_along(site: Site, another: Callable[[], Visitor]) -> None:
    waiting = another().open(asked_by_a_publisher()).query["continue"]
    page = another().open(f"/leerkracht?continue={waiting}")
    assert not page.select("input[name=continue], button[name=cancel]")
    assert page.submit({"email": ANNA, "password": person(site, ANNA)["password"]}).path == "/groepen"


def test_who_had_to_sign_in_first_comes_back_to_the_page(site: Site, visitor: Visitor) -> None:
    where = f"/leerlingen/{site.people()['unused']['pupil']}/wijzigen"
    page = visitor.open(where)
    assert page.path == "/leerkracht"
    page = page.submit({"email": ANNA, "password": "mis"})
    page = page.submit({"email": ANNA, "password": person(site, ANNA)["password"]})
    assert page.path == where
    assert visitor.open(f"/leerkracht?naar={where}").path == where


def test_a_sign_in_leads_nowhere_but_to_pages_of_staff(site: Site, another: Callable[[], Visitor]) -> None:
    for elsewhere in (
        "//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example/groepen",
        "/groepen//evil.example", "/groepen/../uitloggen", "/groepen%0d%0aLocation:x", "/groepen\r\nX: y",
        "javascript:alert(1)", "/logout", "",
    ):  # fmt: skip
        page = another().open("/leerkracht?" + urlencode({"naar": elsewhere}))
        assert page.submit({"email": ANNA, "password": person(site, ANNA)["password"]}).url == "/groepen", elsewhere


def test_the_page_speaks_english(visitor: Visitor) -> None:
    page = visitor.open("/leerkracht?lang=en")
    assert (page.heading, page.tree.get("lang")) == ("Sign in for teachers", "en")
