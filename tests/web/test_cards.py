"""/groepen/ID/kaarten: printing is making, and what was made before is worth nothing."""

import re
import subprocess
import time
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.site import Site
from tests.unit.school.test_cards import needs_readers
from tests.visitor import Visitor
from tests.web.classroom import a_badge, a_tablet, children_of, live_sessions
from tests.web.staff import ANNA, BRAM, CARLA, DEWI, OPERATOR, group_of, signed_in


def pdf_of(browser: Visitor, group_id: str, **fields: str) -> TestResponse:
    """The PDF, of which the visitor would make text."""
    return browser._client.open(
        f"/groepen/{group_id}/kaarten.pdf", method="POST" if fields else "GET", data=fields, base_url=browser.base_url
    )


def test_the_page_shows_a_card_for_each_child_with_what_it_shows(site: Site) -> None:
    anna, class_ = signed_in(site, ANNA), children_of(site, "Bever")
    page = anna.open(f"/groepen/{group_of(site, ANNA)}/kaarten")
    assert len(page.select("article[data-card]")) == 30
    assert [len(sheet.cssselect("article")) for sheet in page.select(".sheet")] == [8, 8, 8, 6]
    for child in class_:
        (card,) = page.select(f"article[data-card='{child.id}']")
        assert child.first_name in card.text_content()
        assert child.pin in card.text_content()
    assert not page.select(".code svg")


def test_a_printed_card_opens_the_school_and_the_one_before_no_more(site: Site) -> None:
    bram, child, tablet = signed_in(site, BRAM), children_of(site, "Arend")[0], a_tablet(site)
    old = a_badge(site, child)
    page = bram.open(f"/groepen/{child.group}/kaarten")
    assert "1 leerling heeft al een kaart" in page.words
    printed = page.submit({"pupil": ""}, form=f"/groepen/{child.group}/kaarten")
    assert "codes worden nergens bewaard" in printed.words
    assert len(printed.select(".code svg")) == 6
    assert printed.headers["Cache-Control"] == "no-store"
    assert tablet.open("/school?kaart=ja").submit({"badge": old}).status == 422
    assert live_sessions(site) == 1  # the teacher's


@needs_readers
def test_a_camera_reads_the_pdf_and_the_child_is_in(site: Site, tmp_path: Path) -> None:
    bram, child, tablet = signed_in(site, BRAM), children_of(site, "Arend")[0], a_tablet(site)
    page = bram.open(f"/groepen/{child.group}/kaarten")
    token = page.select("input[name=csrf_token]")[0].get("value")
    answer = pdf_of(bram, child.group, csrf_token=token, pupil=child.id)
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    (tmp_path / "cards.pdf").write_bytes(answer.data)
    subprocess.run(["pdftoppm", "-r", "150", "-png", "cards.pdf", "page"], cwd=tmp_path, check=True)
    said = subprocess.run(["zbarimg", "--raw", "-q", "page-1.png"], cwd=tmp_path, check=True, capture_output=True)
    (code,) = said.stdout.decode().split()
    assert re.fullmatch(r"sb1:[\w-]{24}", code)
    assert tablet.open("/school?kaart=ja").submit({"badge": code}).heading == f"Hoi {child.first_name}"


def test_only_the_child_that_was_asked_for_gets_a_new_card(site: Site) -> None:
    bram, (first, second, *_rest), tablet = signed_in(site, BRAM), children_of(site, "Arend"), a_tablet(site)
    kept = a_badge(site, second)
    page = bram.open(f"/groepen/{first.group}/kaarten")
    printed = page.submit({"pupil": first.id}, form=f"/groepen/{first.group}/kaarten")
    assert [card.get("data-card") for card in printed.select("article[data-card]")] == [first.id]
    assert tablet.open("/school?kaart=ja").submit({"badge": kept}).path == "/portaal"
    stranger = children_of(site, "Bever")[0]
    assert page.submit({"pupil": stranger.id}, form=f"/groepen/{first.group}/kaarten").status == 404


def test_looking_makes_nothing(site: Site) -> None:
    bram, child, tablet = signed_in(site, BRAM), children_of(site, "Arend")[0], a_tablet(site)
    kept = a_badge(site, child)
    for _ in range(2):
        assert bram.open(f"/groepen/{child.group}/kaarten").status == 200
        assert pdf_of(bram, child.group).status_code == 200
    assert tablet.open("/school?kaart=ja").submit({"badge": kept}).path == "/portaal"


@pytest.mark.parametrize("who", [BRAM, DEWI, OPERATOR])
def test_a_group_that_is_not_theirs_has_no_cards(site: Site, who: str) -> None:
    browser, group, kept = signed_in(site, who), group_of(site, ANNA), a_badge(site, children_of(site, "Bever")[0])
    token = browser.open("/groepen").select("input[name=csrf_token]")[0].get("value")
    for name in ("kaarten", "kaarten.pdf"):
        assert browser.ask("GET", f"/groepen/{group}/{name}").status == 404
        assert browser.post(f"/groepen/{group}/{name}", {"csrf_token": token}).status == 404
    tablet = a_tablet(site)
    assert tablet.open("/school?kaart=ja").submit({"badge": kept}).path == "/portaal"


def test_ict_prints_for_every_group_of_the_school_and_nobody_without_signing_in(site: Site, visitor: Visitor) -> None:
    group = group_of(site, ANNA)
    assert signed_in(site, CARLA).open(f"/groepen/{group}/kaarten").status == 200
    assert visitor.open(f"/groepen/{group}/kaarten").path == "/leerkracht"


def test_a_pdf_of_thirty_takes_less_than_three_seconds(site: Site) -> None:
    anna, start = signed_in(site, ANNA), time.perf_counter()
    assert pdf_of(anna, group_of(site, ANNA)).data.startswith(b"%PDF")
    assert time.perf_counter() - start < 3
