"""/koppel and the board: typing a code, signing in on the way, yes, no, and what goes wrong."""

from pathlib import Path
from typing import Any

import pytest

from idp.kernel.throttle import LIMITS
from tests.site import Site, build, registration, settings_for
from tests.visitor import Page, Visitor, sign_in_at_home
from tests.web.classroom import a_tablet, children_of

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(autouse=True)
def _publisher(site: Site) -> None:
    more: dict[str, Any] = {"client_name": "Rekenreis", "client_secret": None, "token_endpoint_auth_method": "none"}
    site.register(registration("rekenreis", grant_types=[DEVICE], redirect_uris=[], **more))


def code_on(board: Page) -> str:
    (found,) = board.select(".device-code")
    return str(found.text_content())


def child(site: Site, visitor: Visitor, start: str = "/thuis") -> Page:
    home = site.people()["homes"][0]
    return sign_in_at_home(visitor, home, home["children"][0], start=start)


def test_a_board_opens_by_itself_once_somebody_says_yes(site: Site, visitor: Visitor) -> None:
    wall = Visitor(site.wsgi)
    board = wall.open("/koppel/bord")
    assert board.heading == "Rekenreis openen"
    assert "/koppel" in board.words
    assert board.select("img[src^='data:image/svg+xml']")
    assert board.select("noscript meta[http-equiv=refresh][content='5']")
    child(site, visitor)
    page = visitor.open("/koppel").submit({"code": code_on(board)})
    assert page.path == "/koppel/bevestig"
    assert "Rekenreis" in page.heading
    assert code_on(page) == code_on(board)
    assert page.submit(button="confirm=yes").heading == "Kijk op het bord"
    name = site.people()["homes"][0]["children"][0]["first_name"]
    assert wall.open("/koppel/bord").heading == f"Hallo {name}"


def test_a_board_that_was_refused_says_so_and_gets_a_new_code(site: Site, visitor: Visitor) -> None:
    wall = Visitor(site.wsgi)
    board = wall.open("/koppel/bord")
    child(site, visitor)
    page = visitor.open("/koppel").submit({"code": code_on(board)}).submit(button="confirm=no")
    assert page.heading == "Er is niets gekoppeld"
    refused = wall.open("/koppel/bord")
    assert refused.heading == "Iemand zei nee"
    assert code_on(refused.submit(form="/koppel/bord")) != code_on(board)


def test_a_board_that_is_looked_at_too_often_waits_longer(site: Site) -> None:
    wall = Visitor(site.wsgi)
    wall.open("/koppel/bord")
    wall.open("/koppel/bord")
    assert wall.open("/koppel/bord").select("noscript meta[content='10']")


def test_there_is_no_board_outside_the_demo(seeded_url: str, tmp_path: Path) -> None:
    site = build(settings_for(seeded_url, tmp_path, demo=False))
    assert Visitor(site.wsgi).open("/koppel/bord").status == 404
    assert Visitor(site.wsgi).open("/koppel").status == 200
    site.database.engine.dispose()


def test_the_qr_code_fills_the_code_in_and_does_nothing_else(site: Site, visitor: Visitor) -> None:
    board = Visitor(site.wsgi).open("/koppel/bord")
    page = visitor.open(f"/koppel?code={code_on(board)}")
    assert page.select("input[name=code]")[0].get("value") == code_on(board)


def test_who_is_not_signed_in_does_so_first_and_comes_back(site: Site, visitor: Visitor) -> None:
    board = Visitor(site.wsgi).open("/koppel/bord")
    page = visitor.open("/koppel").submit({"code": code_on(board)})
    assert page.path == "/thuis"
    assert "Rekenreis" in page.words
    page = child(site, visitor, start=page.url)
    assert page.path == "/koppel/bevestig"
    assert page.submit(button="confirm=yes").heading == "Kijk op het bord"


def test_on_a_device_of_the_school_a_child_confirms_a_board_as_it_signs_in_there(site: Site) -> None:
    wall, tablet, noor = Visitor(site.wsgi), a_tablet(site), children_of(site, "Bever")[0]
    page = tablet.open("/koppel").submit({"code": code_on(wall.open("/koppel/bord"))})
    assert (page.path, page.heading) == ("/school", "In welke groep zit je?")
    page = page.submit(button=f"group={noor.group}").submit(button=f"pupil={noor.id}").submit({"pin": noor.pin})
    assert page.path == "/koppel/bevestig"
    page.submit(button="confirm=yes")
    assert wall.open("/koppel/bord").heading == "Hallo Noor"


def test_cancelling_the_sign_in_is_a_no(site: Site, visitor: Visitor) -> None:
    wall = Visitor(site.wsgi)
    page = visitor.open("/koppel").submit({"code": code_on(wall.open("/koppel/bord"))})
    assert page.submit(form="/annuleren").path == "/"
    assert wall.open("/koppel/bord").heading == "Iemand zei nee"


@pytest.mark.parametrize("spelled", ["{0}", "{1}", "{2}", " {0} ", "{3}"])
def test_a_code_may_be_typed_in_any_way(site: Site, visitor: Visitor, spelled: str) -> None:
    code = code_on(Visitor(site.wsgi).open("/koppel/bord"))
    typed = spelled.format(code, code.lower(), code.replace("-", ""), code.replace("-", " "))
    child(site, visitor)
    page = visitor.open("/koppel").submit({"code": typed})
    assert page.path == "/koppel/bevestig"
    assert code_on(page) == code


@pytest.mark.parametrize("typed", ["", "BCDF-GHJK", "AAAA-AAAA", "x", "ß" * 8, "\u202e", "x" * 5000, "' OR 1=1 --"])
def test_a_code_that_is_none_is_said_beside_the_field(site: Site, visitor: Visitor, typed: str) -> None:
    page = visitor.open("/koppel").submit({"code": typed})
    assert page.status == 422
    assert "kennen we niet" in page.problem("code")


def test_8628_5_1_guessing_is_slowed_down_and_right_codes_do_not_count(site: Site, visitor: Visitor) -> None:
    board = Visitor(site.wsgi).open("/koppel/bord")
    form = visitor.open("/koppel")
    for _ in range(3):
        assert form.submit({"code": code_on(board)}).path == "/thuis"
    most = LIMITS["device_code"].count
    assert [form.submit({"code": "BCDF-GHJK"}).status for _ in range(most)] == [422] * most
    assert form.submit({"code": code_on(board)}).status == 429
    assert Visitor(site.wsgi, address="10.0.0.9").open("/koppel").submit({"code": code_on(board)}).path == "/thuis"


def test_t21_the_question_is_answered_once_and_only_by_the_browser_that_typed_the_code(
    site: Site, visitor: Visitor
) -> None:
    board = Visitor(site.wsgi).open("/koppel/bord")
    child(site, visitor)
    page = visitor.open("/koppel").submit({"code": code_on(board)})
    other = Visitor(site.wsgi)
    child(site, other)
    assert other.open(page.url).status == 400
    assert other.open("/koppel/bevestig").status == 400
    page.submit(button="confirm=yes")
    assert page.submit(button="confirm=yes").status == 400
    assert visitor.open(page.url).status == 400


def test_t36_a_yes_needs_the_page_s_own_token(site: Site, visitor: Visitor) -> None:
    board = Visitor(site.wsgi).open("/koppel/bord")
    child(site, visitor)
    page = visitor.open("/koppel").submit({"code": code_on(board)})
    assert visitor.post("/koppel/bevestig", {"continue": page.query["continue"], "confirm": "yes"}).status == 400
    assert visitor.post("/koppel", {"code": code_on(board)}).status == 400


def test_a_staff_member_may_confirm_a_board(site: Site, visitor: Visitor) -> None:
    teacher = next(one for one in site.people()["staff"] if one["role"] == "teacher")
    wall = Visitor(site.wsgi)
    board = wall.open("/koppel/bord")
    visitor.open("/leerkracht").submit({"email": teacher["email"], "password": teacher["password"]})
    page = visitor.open("/koppel").submit({"code": code_on(board)})
    assert page.path == "/koppel/bevestig"
    page.submit(button="confirm=yes")
    assert wall.open("/koppel/bord").select("[data-state=confirmed]")
