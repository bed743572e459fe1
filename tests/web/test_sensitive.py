"""Every act of the table of sensitive acts asks who you are once more, and then goes on with what was typed."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from idp.engine.tables import SESSION
from idp.kernel.clock import now
from idp.school import devices
from idp.school.models import Group, Pupil, School, Staff
from idp.web.sensitive import SENSITIVE
from tests import builders
from tests.site import PUBLISHER, Site
from tests.visitor import Page, Visitor
from tests.web.staff import ANNA, CARLA, group_of, otp, person, signed_in, unused
from tests.web.test_network import environment


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the table: its page, what is typed, and what the answer says when it was carried out."""

    page: Callable[[Site, Visitor], Page]
    done: str
    fields: Mapping[str, str] = field(default_factory=dict)
    button: str = ""
    action: Callable[[Page], str] = lambda _page: ""


def _at(path: str) -> Callable[[Site, Visitor], Page]:
    return lambda _site, visitor: visitor.open(path)


def _anna(site: Site, visitor: Visitor) -> Page:
    with site.database.read() as db:
        anna = db.execute(select(Staff.id).where(Staff.address == ANNA)).scalar_one()
    return visitor.open(f"/ict/medewerkers/{anna}")


def _upload(_site: Site, visitor: Visitor) -> Page:
    token = visitor.open("/ict/inlezen").select("input[name=csrf_token]")[-1].get("value")
    rows = b"Sleutel;Voornaam;Achternaam;Groep;Jaargroep\r\nn-1;Fien;Nieuw;Bever;1"
    return visitor.post("/ict/inlezen", {"csrf_token": token, "file": (io.BytesIO(rows), "lijst.csv")})


def _school(site: Site) -> str:
    with site.database.read() as db:
        return str(db.execute(select(School.id).where(School.name == "De Regenboog")).scalar_one())


def _empty_group(site: Site, visitor: Visitor) -> Page:
    with site.database.write() as db:
        group = builders.a_group(db, _school(site), name="Leeg")
    return visitor.open(f"/ict/groepen/{group}")


def _device(site: Site, visitor: Visitor) -> Page:
    with site.database.write() as db:
        token = devices.mint_link(db, _school(site), "carla", now())
        devices.enrol(db, token, "Tablet 3", now())
    return visitor.open("/ict/apparaten")


def _address(site: Site, visitor: Visitor) -> Page:
    with site.database.write() as db:
        assert devices.add_address(db, _school(site), "145.97.0.7", "carla", now()) is None
    return visitor.open("/ict/apparaten")


def _pupil(site: Site, visitor: Visitor) -> Page:
    return visitor.open(f"/ict/leerlingen/{unused(site)[0]}")


def _all_known(site: Site, visitor: Visitor) -> Page:
    return visitor.open(f"/ict/leerling/{unused(site)[0]}/gegevens")


def _network(site: Site, visitor: Visitor) -> Page:
    site.connect(environment())
    return visitor.open("/ict/netwerk")


def _cards(site: Site, visitor: Visitor) -> Page:
    return visitor.open(f"/groepen/{group_of(site, ANNA)}/kaarten")


def _ending(end: str) -> Callable[[Page], str]:
    """The action of the page's first form that ends like this."""
    return lambda page: next(
        str(form.get("action")) for form in page.tree.forms if str(form.get("action")).endswith(end)
    )


NEW = {"first_name": "Gita", "family_name": "Smit", "email": "gita@regenboog.example", "role": "support"}

FORMS = {
    "POST /ict/medewerkers/nieuw": Form(_at("/ict/medewerkers/nieuw"), "Gita Smit", NEW, "save=yes"),
    "POST /ict/medewerkers/<staff_id>": Form(_anna, "Gewijzigd.", {"role": "support"}, "save=yes"),
    "POST /ict/inlezen/<draft_id>": Form(_upload, "Klaar", {"confirm": "leavers"}, "apply=yes"),
    "POST /ict/groepen/<group_id>": Form(_empty_group, "De groep is gesloten.", button="close=yes"),
    "POST /ict/leerlingen/<pupil_id>": Form(_pupil, "De leerling is van school.", button="leave=yes"),
    "POST /ict/uitgevers/<client_id>": Form(_at(f"/ict/uitgevers/{PUBLISHER}"), "Uitgevers", {"open": "no"}),
    "POST /ict/netwerk": Form(_network, "Bewaard.", {"network": "moo"}, "save=yes"),
    "POST /ict/apparaten/link": Form(
        _at("/ict/apparaten"), "De link werkt één keer", action=lambda _page: "/ict/apparaten/link"
    ),
    "POST /ict/apparaten/<device_id>/einde": Form(_device, "Beëindigd.", action=_ending("/einde")),
    "POST /ict/adressen": Form(_at("/ict/apparaten"), "145.97.0.7", {"network": "145.97.0.7"}),
    "POST /ict/adressen/<address_id>/weg": Form(_address, "Het adres is weggehaald.", action=_ending("/weg")),
    "POST /ict/leerling/<pupil_id>/gegevens": Form(_all_known, "Gewist", button="erase=yes"),
    "POST /groepen/<group_id>/kaarten": Form(_cards, "De nieuwe kaarten staan klaar.", action=_ending("/kaarten")),
}


def _grow_old(site: Site) -> None:
    with site.database.write() as db:
        db.execute(update(SESSION).values(auth_time=now() - timedelta(minutes=11)))


def _filled_in(site: Site, visitor: Visitor, name: str) -> tuple[Form, Page]:
    """The form, sent in with a sign-in that has grown old meanwhile."""
    form = FORMS[name]
    page = form.page(site, visitor)
    fields = dict(form.fields)
    if "gegevens" in name:
        fields["first_name"] = site.people()["unused"]["first_name"]
    _grow_old(site)
    return form, page.submit(fields, button=form.button, form=form.action(page))


def _confirmed(site: Site, page: Page) -> Page:
    return page.submit({"password": person(site, CARLA)["password"], "otp": otp(site, CARLA)})


def _everything(site: Site) -> list[object]:
    """What these acts change, in short."""
    with site.database.read() as db:
        staff = db.execute(select(Staff.id, Staff.role, Staff.ended_at).order_by(Staff.id)).all()
        pupils = db.execute(select(Pupil.id, Pupil.left_at).order_by(Pupil.id)).all()
        schools = db.execute(select(School.id, School.network).order_by(School.id)).all()
        return [staff, pupils, schools, db.execute(select(func.count()).select_from(Group)).scalar()]


def test_every_form_of_the_table_is_tried_here() -> None:
    posts = {name for name in SENSITIVE if name.startswith("POST")}
    assert posts == FORMS.keys() | {"POST /groepen/<group_id>/kaarten.pdf"}


@pytest.mark.parametrize("name", FORMS)
def test_an_old_sign_in_confirms_and_the_act_goes_on_with_what_was_typed(site: Site, name: str) -> None:
    carla = signed_in(site, CARLA)
    form, asked = _filled_in(site, carla, name)
    before = _everything(site)
    assert (asked.status, asked.heading) == (403, "Even bevestigen")
    wrong = asked.submit({"password": "mis", "otp": "000000"})
    assert (wrong.status, bool(wrong.problem("password")), _everything(site)) == (422, True, before)
    done = _confirmed(site, wrong)
    assert done.status == 200, done.text
    assert form.done in done.words


def test_a_pdf_of_new_cards_is_there_after_the_question_too(site: Site) -> None:
    carla = signed_in(site, CARLA)
    page = _cards(site, carla)
    token = page.select("input[name=csrf_token]")[-1].get("value")
    _grow_old(site)
    asked = carla.post(f"{page.path}.pdf", {"csrf_token": token, "pupil": ""})
    assert asked.heading == "Even bevestigen"
    assert _confirmed(site, asked).text.startswith("%PDF")


@pytest.mark.parametrize("name", [name for name in SENSITIVE if name.startswith("GET")])
def test_an_old_sign_in_confirms_and_comes_back_where_it_was(site: Site, name: str) -> None:
    carla = signed_in(site, CARLA)
    known = _all_known(site, carla).path
    where = {"<staff_id>": _anna(site, carla).path, "gegevens": known, "gegevens.json": f"{known}.json"}
    path = where.get(name.rsplit("/", 1)[1], name.removeprefix("GET "))
    _grow_old(site)
    asked = carla.open(path)
    assert asked.path == "/leerkracht/bevestig"
    assert _confirmed(site, asked).path == path.removesuffix(".json")


@pytest.mark.parametrize("path", ["/ict/groepen/{}", "/ict/leerlingen/{}"])
def test_a_form_with_an_act_that_is_not_sensitive_just_goes_on(site: Site, path: str) -> None:
    carla = signed_in(site, CARLA)
    page = carla.open(path.format(group_of(site, ANNA) if "groepen" in path else unused(site)[0]))
    _grow_old(site)
    assert "Gewijzigd. Het geldt meteen." in page.submit(button="save=yes").words


def test_who_may_not_do_it_at_all_is_not_asked_anything(site: Site) -> None:
    anna = signed_in(site, ANNA)
    token = anna.open("/hulp").select("input[name=csrf_token]")[-1].get("value")
    _grow_old(site)
    assert anna.post("/ict/apparaten/link", {"csrf_token": token}).status == 404
    assert anna.open("/ict/netwerk").status == 404


def test_nothing_of_the_question_is_kept_among_what_was_typed(site: Site) -> None:
    carla = signed_in(site, CARLA)
    _form, asked = _filled_in(site, carla, "POST /ict/medewerkers/nieuw")
    wrong = asked.submit({"password": "een-verkeerd-wachtwoord", "otp": "123123"})
    kept = {one.get("name"): one.get("value") for one in wrong.select("main input[type=hidden][name]")}
    assert kept.keys() >= NEW.keys()
    assert not kept.keys() & {"password", "otp"}
    assert "een-verkeerd-wachtwoord" not in wrong.text


def test_a_forged_question_changes_nothing_without_the_forms_own_token(site: Site) -> None:
    carla = signed_in(site, CARLA)
    _grow_old(site)
    fields = {"password": person(site, CARLA)["password"], "otp": otp(site, CARLA), **NEW}
    assert carla.post("/ict/medewerkers/nieuw", fields).status == 400
    assert "Gita" not in carla.open("/ict/medewerkers").words
