"""A roster is uploaded, looked at, and carried out, by two co-ordinators at once if need be."""

import io
from collections.abc import Sequence

import pytest
from sqlalchemy import select, update

from idp.school.models import Group, Pupil, RosterDraft, School, Staff
from idp.school.roster import decoding
from tests.roster_files import MARKS, a_file, edexml
from tests.site import Site
from tests.visitor import Page, Visitor
from tests.web import families
from tests.web.staff import ANNA, CARLA, DEWI, signed_in

HEADER = "Sleutel;Voornaam;Achternaam;Groep;Jaargroep"


def _upload(visitor: Visitor, data: bytes, name: str = "lijst.csv") -> Page:
    token = visitor.open("/ict/inlezen").select("input[name=csrf_token]")[-1].get("value")
    return visitor.post("/ict/inlezen", {"csrf_token": token, "file": (io.BytesIO(data), name)})


def _csv(rows: Sequence[str]) -> bytes:
    return "\r\n".join((HEADER, *rows)).encode()


def _as_it_is(site: Site) -> list[str]:
    """The school's own pupils as a sheet."""
    with site.database.read() as db:
        rows = db.execute(
            select(Pupil.roster_key, Pupil.first_name, Pupil.family_name, Group.name, Group.year)
            .join(School, School.id == Pupil.school_id)
            .join(Group, Group.id == Pupil.group_id)
            .where(School.name == "De Regenboog", Pupil.left_at.is_(None))
        )
        return [";".join(str(cell) for cell in row) for row in rows]


def _names(page: Page, change: str) -> str:
    return " ".join(part.text_content() for part in page.select(f"[data-change={change}] li"))


def test_what_would_change_is_shown_and_nothing_changes(site: Site) -> None:
    carla, rows = signed_in(site, CARLA), _as_it_is(site)
    moved = rows[0].replace("Bever;1", "Kikker;2")
    page = _upload(carla, _csv([*rows[2:], moved, "n-1;Fien;Nieuw;Bever;1"]))
    assert page.heading == "Wat er verandert"
    assert _names(page, "joiners") == "Fien Nieuw · Bever"
    assert rows[0].split(";")[1] in _names(page, "movers")
    assert "Bever → Kikker" in _names(page, "movers")
    assert rows[1].split(";")[1] in _names(page, "leavers")
    assert sorted(_as_it_is(site)) == sorted(rows)


def test_it_is_carried_out_in_one_go(site: Site) -> None:
    carla, rows = signed_in(site, CARLA), _as_it_is(site)
    page = _upload(carla, _csv([*rows[1:], "n-1;Fien;Nieuw;Bever;1"])).submit(button="apply=yes")
    assert page.heading == "Klaar"
    names = {row.split(";")[1] for row in _as_it_is(site)}
    assert "Fien" in names
    assert "Laatst ingelezen" in carla.open("/ict").words
    with site.database.read() as db:
        assert db.execute(select(RosterDraft)).first() is None


def test_who_leaves_is_out_at_once_and_a_new_teacher_is_invited(site: Site) -> None:
    carla, noor = signed_in(site, CARLA), families.signed_in(site, families.DE_VRIES, "Noor")
    assert noor.open("/portaal").status == 200
    page = _upload(carla, edexml(a_file(6, brin="99ZZ")), "edex.xml")
    codes = [box.get("value") for box in page.select("input[name=confirm]")]
    assert "leavers" in codes
    refused = page.submit(button="apply=yes")
    assert refused.status == 422
    assert "Zet eerst een vinkje" in refused.words
    assert noor.open("/portaal").status == 200
    token = page.select("input[name=csrf_token]")[-1].get("value")
    done = carla.post(page.path, {"csrf_token": token, "confirm": codes, "apply": "yes"})
    assert done.heading == "Klaar"
    assert noor.open("/portaal").path != "/portaal"
    assert site.mails("l1.0@school.example")[0]["links"][0].startswith(f"{site.issuer}/uitnodiging/")


def test_the_second_of_two_co_ordinators_is_told_what_changed(site: Site) -> None:
    first, second, rows = signed_in(site, CARLA), signed_in(site, CARLA), _as_it_is(site)
    with site.database.write() as db:  # a colleague of Carla's, with her own plan
        other = db.execute(select(Staff).where(Staff.address == ANNA)).one()
        assert other.role == "teacher"
    page = _upload(second, _csv([*rows, "n-1;Fien;Nieuw;Bever;1"]))
    group = first.open("/ict/groepen").select("tr[data-group] a")[0].get("href")
    first.open(group).submit({"first_name": "Guus", "family_name": "Laat"}, button="add_pupil=yes")
    stale = page.submit(button="apply=yes")
    assert stale.status == 409
    assert "leerling Guus Laat: erbij gekomen" in stale.select("[data-stale]")[0].text_content()
    again = stale.submit(button="again=yes")
    assert again.heading == "Wat er verandert"
    assert _names(again, "joiners") == "Fien Nieuw · Bever"
    assert "Fien" not in {row.split(";")[1] for row in _as_it_is(site)}


def test_a_plan_is_only_of_whoever_made_it(site: Site) -> None:
    page = _upload(signed_in(site, CARLA), _csv(_as_it_is(site)))
    with site.database.write() as db:
        db.execute(update(RosterDraft).values(made_by="somebody"))
    assert signed_in(site, CARLA).open(page.path).status == 404
    assert signed_in(site, DEWI).open(page.path).status == 404


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Dit bestand is leeg."),
        (b"\x00\x01\x02" * 50, "niet te lezen"),
        (f"{HEADER}\r\n1;=1+1;X;Bever;1".encode(), "formule"),
        (f"{HEADER}\r\n1;A;X;Bever;1\r\n1;B;Y;Bever;1".encode(), "twee keer"),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><EDEX>&b;</EDEX>', ""),
        (edexml(a_file(6))[:900], ""),
    ],
)
def test_t39_a_bad_file_is_refused_with_line_and_reason(site: Site, data: bytes, words: str) -> None:
    carla, before = signed_in(site, CARLA), _as_it_is(site)
    page = _upload(carla, data)
    assert page.status == 422
    assert "niet ingelezen. Er is niets veranderd" in page.words
    assert words in page.words
    assert page.select(".problems li")
    assert sorted(_as_it_is(site)) == sorted(before)


def test_a_problem_names_the_line(site: Site) -> None:
    page = _upload(signed_in(site, CARLA), f"{HEADER}\r\n1;A;X;Bever;1\r\n2;;Y;Bever;1".encode())
    assert "Regel 3 Voornaam" in page.words.replace("voornaam", "Voornaam")


def test_no_file_is_said(site: Site) -> None:
    page = signed_in(site, CARLA).open("/ict/inlezen").submit({}, button="upload=yes")
    assert page.status == 422
    assert "Kies eerst een bestand" in page.words


def test_large_files_are_for_this_page_and_for_co_ordinators(site: Site) -> None:
    carla, large = signed_in(site, CARLA), b"x" * 2_000_000
    assert _upload(carla, large).status == 422  # read, and no roster
    token = carla.open("/ict/inlezen").select("input[name=csrf_token]")[-1].get("value")
    elsewhere = carla.post("/ict/groepen", {"csrf_token": token, "file": (io.BytesIO(large), "a")})
    assert elsewhere.status == 413
    assert Visitor(site.wsgi).post("/ict/inlezen", {"file": (io.BytesIO(large), "a")}).status == 413
    assert _upload(carla, b"x" * (decoding.MAX_BYTES + 100_000)).status == 413


def test_what_nobody_should_have_sent_is_nowhere_on_the_page(site: Site) -> None:
    page = _upload(signed_in(site, CARLA), edexml(a_file(6)), "edex.xml")
    assert page.heading == "Wat er verandert"
    assert not [mark for mark in MARKS if mark in page.text]
    assert "ketenid.example" not in page.text


def test_a_new_school_year_is_looked_at_first(site: Site) -> None:
    carla = signed_in(site, CARLA)
    page = carla.open("/ict/inlezen").submit(button="new_year=yes")
    assert "Oliwia Kowalska · Arend" in _names(page, "leavers")
    assert "Arend" in _names(page, "closed_groups")
    token = page.select("input[name=csrf_token]")[-1].get("value")
    codes = [box.get("value") for box in page.select("input[name=confirm]")]
    assert carla.post(page.path, {"csrf_token": token, "confirm": codes, "apply": "yes"}).heading == "Klaar"
    with site.database.read() as db:
        years = select(Group.name, Group.year).join(School).where(School.name == "De Regenboog")
        assert dict(db.execute(years).all()) == {"Bever": 2, "Kikker": 3}


def test_a_plan_can_be_left(site: Site) -> None:
    page = _upload(signed_in(site, CARLA), _csv(_as_it_is(site)))
    assert "alles is al zoals in het bestand" in page.words
    assert page.submit(button="drop=yes").path == "/ict/inlezen"
    with site.database.read() as db:
        assert db.execute(select(RosterDraft)).first() is None
