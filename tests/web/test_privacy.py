"""/ict/gegevens and /ict/leerling/ID/gegevens: what is known of a child, handed over or erased."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from idp.kernel.clock import frozen, now
from idp.school.models import Pupil
from idp.school.roster import leaving
from tests.site import Site
from tests.visitor import Visitor
from tests.web.families import DE_VRIES, MARIEKE, child, signed_in
from tests.web.staff import ANNA, CARLA, DEWI, OPERATOR
from tests.web.staff import signed_in as staff_signed_in


def _page_of(site: Site, first_name: str = "Noor", email: str = DE_VRIES) -> tuple[str, str]:
    pupil = str(child(site, email, first_name)["pupil"])
    return pupil, f"/ict/leerling/{pupil}/gegevens"


def _there(site: Site, pupil_id: str) -> bool:
    with site.database.read() as db:
        return db.execute(select(Pupil.id).where(Pupil.id == pupil_id)).first() is not None


@pytest.mark.parametrize("email", [ANNA, DEWI, OPERATOR])
def test_nobody_else_finds_the_pages(site: Site, email: str) -> None:
    pupil, path = _page_of(site)
    visitor = staff_signed_in(site, email)
    assert {visitor.open(where).status for where in ("/ict/gegevens", path, f"{path}.json")} == {404}
    assert _there(site, pupil)


def test_a_child_of_another_school_is_not_there(site: Site) -> None:
    visitor = staff_signed_in(site, CARLA)
    with site.database.read() as db:
        mine = select(Pupil.school_id).where(Pupil.id == child(site, DE_VRIES, "Noor")["pupil"]).scalar_subquery()
        foreign = db.execute(select(Pupil.id).where(Pupil.school_id != mine).limit(1)).scalar_one()
    page = visitor.open(f"/ict/leerling/{foreign}/gegevens")
    assert page.status == 404


def test_a_child_is_found_by_name_and_handed_over(site: Site) -> None:
    signed_in(site, DE_VRIES, "Noor")
    pupil, path = _page_of(site)
    visitor = staff_signed_in(site, CARLA)
    page = visitor.open("/ict/gegevens").submit({"naam": "noor"})
    assert [link.get("href") for link in page.select(".found a")] == [path]
    answer = visitor.open(f"{path}.json")
    data: dict[str, Any] = json.loads(answer.text)
    assert data["pupil"]["first_name"] == "Noor"
    assert [slot["address"] for slot in data["home_login"]] == [DE_VRIES]
    assert [one["how"] for one in data["sign_ins"]] == ["urn:sleutelbos:acr:home-pin"]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="gegevens-{pupil}.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    again = json.loads(visitor.open(f"{path}.json").text)
    assert [event["act"] for event in again["audit"]].count("data.exported") == 1


@pytest.mark.parametrize("typed", ["Émile", "éMILE", "emile", "mile de"])
def test_a_child_is_found_however_its_name_is_typed(site: Site, typed: str) -> None:
    pupil, path = _page_of(site)
    with site.database.write() as db:
        db.execute(update(Pupil).where(Pupil.id == pupil).values(first_name="Émile", family_name="de Vries"))
    page = staff_signed_in(site, CARLA).open("/ict/gegevens").submit({"naam": typed})
    assert [link.get("href") for link in page.select(".found a")] == [path]


def test_erasing_asks_for_the_first_name_and_cannot_be_taken_back(site: Site) -> None:
    here = signed_in(site, DE_VRIES, "Noor")
    pupil, path = _page_of(site)
    visitor = staff_signed_in(site, CARLA)
    page = visitor.open(path)
    assert "nog op school" in page.words
    wrong = page.submit({"first_name": "Daan"}, button="erase=yes")
    assert (wrong.status, bool(wrong.problem("first_name")), _there(site, pupil)) == (422, True, True)
    done = wrong.submit({"first_name": " noor "}, button="erase=yes")
    assert (done.path, "Gewist" in done.words) == ("/ict/gegevens", True)
    assert not _there(site, pupil)
    assert here.open("/portaal").path != "/portaal"
    assert visitor.open(path).status == 404
    assert [row.text_content() for row in here.open("/ouder").select("article.child h3")] == ["Daan"]


def test_an_old_sign_in_confirms_first(site: Site) -> None:
    _pupil, path = _page_of(site)
    visitor = staff_signed_in(site, CARLA)
    with frozen(now() + timedelta(minutes=11)):
        assert visitor.open(path).path == "/leerkracht/bevestig"
        assert visitor.open(f"{path}.json").path == "/leerkracht/bevestig"


def test_who_left_stands_there_with_the_day_of_erasure(site: Site) -> None:
    pupil, path = _page_of(site, "Sofie", MARIEKE)
    with site.database.write() as db:
        leaving.leave(db, site.keyring, pupil, actor=None, why="left", now=now())
    visitor: Visitor = staff_signed_in(site, CARLA)
    page = visitor.open("/ict/gegevens")
    assert [link.get("href") for link in page.select("#vertrokken ~ .found a")] == [path]
    assert "wordt gewist op" in page.words
    assert "vertrokken" in visitor.open(path).words
