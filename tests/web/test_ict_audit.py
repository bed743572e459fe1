"""The log book of the own school."""

import csv
import io

from sqlalchemy import select, update

from idp.kernel import audit
from idp.kernel.clock import now
from idp.school.models import Pupil, School, Staff
from tests.site import Site
from tests.web.staff import ANNA, CARLA, NEW, save, signed_in, unused


def test_what_was_done_stands_there_in_plain_words(site: Site) -> None:
    (pupil, where), anna = unused(site), signed_in(site, ANNA)
    save(anna.open(where), email_1=NEW)
    page = signed_in(site, CARLA).open("/ict/logboek")
    row = next(one for one in page.select("tbody tr") if "E-mailadres voor thuis ingevuld" in one.text_content())
    assert "Anna de Wit" in row.text_content()
    assert NEW not in page.text
    (link,) = row.cssselect("a")
    assert pupil in link.get("href")
    only = page.visitor.open(link.get("href")).select("tbody tr")
    assert len(only) == 1
    assert "E-mailadres voor thuis ingevuld" in only[0].text_content()


def test_events_of_another_school_are_not_there_and_have_no_names(site: Site) -> None:
    with site.database.write() as db:
        foreign = db.execute(
            select(Pupil.id, Pupil.first_name, Pupil.school_id).join(School).where(School.name == "De Vuurvlinder")
        ).first()
        here = db.execute(select(School.id).where(School.name == "De Regenboog")).scalar_one()
        assert foreign is not None
        audit.record(db, "pupil.pin", now=now(), thing=f"pupil:{foreign.id}", school_id=foreign.school_id)
        audit.record(db, "pupil.moved", now=now(), thing=f"pupil:{foreign.id}", school_id=here)
        db.execute(update(Pupil).where(Pupil.id == foreign.id).values(first_name="Geheimnaam"))
    carla = signed_in(site, CARLA)
    page = carla.open("/ict/logboek")
    assert "Nieuwe pincode voor een leerling" not in page.words
    assert "een leerling die je niet mag zien" in page.words
    for where in ("/ict/logboek", f"/ict/logboek?wie=pupil:{foreign.id}", "/ict/logboek.csv"):
        assert "Geheimnaam" not in carla.open(where).text


def test_fifty_on_a_page(site: Site) -> None:
    with site.database.write() as db:
        here = db.execute(select(School.id).where(School.name == "De Regenboog")).scalar_one()
        things = [(f"group:{number}", {}) for number in range(120)]
        audit.record_each(db, "group.made", things, now=now(), actor=None, school_id=here)
    page = signed_in(site, CARLA).open("/ict/logboek")
    assert len(page.select("tbody tr")) == 50
    second = page.visitor.open("/ict/logboek" + page.select("nav.actions a")[-1].get("href"))
    assert len(second.select("tbody tr")) == 50
    for odd in ("0", "-1", "x", "999999999999999999999", "²"):
        assert page.visitor.open(f"/ict/logboek?pagina={odd}").status == 200


def test_t38_the_log_as_a_file_calculates_nothing(site: Site) -> None:
    (_pupil, where), anna = unused(site), signed_in(site, ANNA)
    save(anna.open(where), email_1=NEW)
    with site.database.write() as db:
        db.execute(update(Staff).where(Staff.address == ANNA).values(first_name="=cmd|' /C calc'!A0"))
    page = signed_in(site, CARLA).open("/ict/logboek.csv")
    assert page.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(page.text.lstrip("\ufeff")), delimiter=";"))
    assert rows[0] == ["Wanneer", "Wat", "Door wie", "Over wie"]
    assert any(cell.startswith("'=cmd") for row in rows for cell in row)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
