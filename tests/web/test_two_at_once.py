"""Two co-ordinators at the same form: the second is told what the first changed, and changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from idp.kernel.clock import now
from idp.school import devices
from idp.school.models import Group, School, Staff
from tests import builders
from tests.site import PUBLISHER, Site
from tests.visitor import Page, Visitor
from tests.web.staff import ANNA, BRAM, CARLA, group_of, signed_in, unused
from tests.web.test_network import environment


def _staff(site: Site, email: str) -> str:
    with site.database.read() as db:
        return str(db.execute(select(Staff.id).where(Staff.address == email)).scalar_one())


def _school(site: Site) -> str:
    with site.database.read() as db:
        return str(db.execute(select(School.id).where(School.name == "De Regenboog")).scalar_one())


@dataclass(frozen=True, slots=True)
class Form:
    """A form that two people fill in: what the first saves, what the second tries, and what that one is told."""

    where: Callable[[Site], str]
    first: dict[str, str]
    second: dict[str, str]
    told: str


FORMS = {
    "group": Form(
        lambda site: f"/ict/groepen/{group_of(site, ANNA)}",
        {"name": "Das", "year": "S"},
        {"name": "Egel"},
        "Naam: was Bever, is nu Das Jaargroep: was 1, is nu S",
    ),
    "pupil": Form(
        lambda site: f"/ict/leerlingen/{unused(site)[0]}",
        {"family_name": "Anders", "roster_key": "n-99", "group": ""},
        {"first_name": "Egel"},
        "is nu n-99 Groep: was Bever, is nu –",
    ),
    "staff": Form(
        lambda site: f"/ict/medewerkers/{_staff(site, ANNA)}",
        {"role": "support"},
        {"role": "ict"},
        "Rol: was Leerkracht, is nu IB/RT",
    ),
    "publisher": Form(
        lambda _site: f"/ict/uitgevers/{PUBLISHER}",
        {"open": "no"},
        {"open": "yes"},
        "Met deze uitgever werken: was Ja, is nu Nee",
    ),
    "network": Form(
        lambda _site: "/ict/netwerk",
        {"network": "moo", "direct_too": "yes"},
        {"network": ""},
        "Netwerkomgeving: was geen: rechtstreeks in Sleutelbos, is nu MOO Ook rechtstreeks inloggen: was Nee, is nu Ja",
    ),
    "login methods": Form(
        lambda site: f"/groepen/{group_of(site, ANNA)}/inloggen",
        {"school_method": "badge"},
        {"login_method": "none"},
        "Op school: was Pincode, is nu Kaart met QR-code",
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_the_second_is_told_what_changed_and_changes_nothing(site: Site, name: str) -> None:
    form = FORMS[name]
    site.connect(environment())
    first, second = signed_in(site, CARLA), signed_in(site, CARLA)
    where = form.where(site)
    stale = second.open(where)
    assert _sent(first.open(where), form.first).status == 200
    now_there = _facts(first.open(where))
    told = _sent(stale, form.second)
    assert told.status == 409
    (box,) = told.select("[data-changed]")
    assert form.told in " ".join(box.text_content().split())
    assert _facts(first.open(where)) == _facts(told) == now_there
    assert _filled_in(told) == _filled_in(first.open(where))
    assert _sent(told, form.second).status == 200  # who has seen it may still do it


def _sent(page: Page, fields: dict[str, str]) -> Page:
    return page.submit(fields, button="save=yes")


def _filled_in(page: Page) -> list[tuple[str, str]]:
    """What the form holds, less its token."""
    (form,) = [one for one in page.tree.forms if one.cssselect("[name=shown]")]
    return [(name, value) for name, value in form.form_values() if name != "csrf_token"]


def _facts(page: Page) -> Any:
    return page.select("input[name=shown]")[0].get("value")


@pytest.mark.parametrize("shown", ["", "{", "[1]", '{"name": 1}', '{"name":"<script>"}', "[" * 5000])
def test_a_form_that_says_nonsense_of_what_it_was_made_from_changes_nothing(site: Site, shown: str) -> None:
    carla, group = signed_in(site, CARLA), group_of(site, ANNA)
    page = carla.open(f"/ict/groepen/{group}").submit({"name": "Das", "shown": shown}, button="save=yes")
    assert (page.status, page.select("main script")) == (409, [])
    assert carla.open(f"/ict/groepen/{group}").heading == "Bever"


def _gone(site: Site, first: Visitor, second: Visitor, where: str, button: str, form: str = "") -> Page:
    pages = [visitor.open(where) for visitor in (first, second)]
    assert pages[0].submit(button=button, form=form).status == 200
    return pages[1].submit(button=button, form=form)


def _a_device(site: Site) -> tuple[str, str, str]:
    with site.database.write() as db:
        devices.enrol(db, devices.mint_link(db, _school(site), "carla", now()), "Tablet 3", now())
        [device] = devices.of_school(db, _school(site))
    return "/ict/apparaten", "", f"/ict/apparaten/{device.id}/einde"


def _an_address(site: Site) -> tuple[str, str, str]:
    with site.database.write() as db:
        devices.add_address(db, _school(site), "145.97.0.7", "carla", now())
        [address] = devices.addresses_of(db, _school(site))
    return "/ict/apparaten", "", f"/ict/adressen/{address.id}/weg"


def _a_group(site: Site) -> tuple[str, str, str]:
    with site.database.write() as db:
        return f"/ict/groepen/{builders.a_group(db, _school(site), name='Leeg')}", "close=yes", ""


GONE = {
    "device": _a_device,
    "address": _an_address,
    "group": _a_group,
    "colleague": lambda site: (f"/ict/medewerkers/{_staff(site, BRAM)}", "end=yes", ""),
    "pupil": lambda site: (f"/ict/leerlingen/{unused(site)[0]}", "leave=yes", ""),
}


@pytest.mark.parametrize("name", GONE)
def test_who_ends_what_a_colleague_ended_is_told_by_whom(site: Site, name: str) -> None:
    first, second = signed_in(site, CARLA), signed_in(site, CARLA)
    page = _gone(site, first, second, *GONE[name](site))
    assert (page.status, page.heading) == (409, "Een collega was je voor")
    assert "Carla Verhoeven" in page.words
    assert page.select("a[href^='/ict/']")


def test_what_another_school_ended_is_as_if_it_never_was(site: Site) -> None:
    with site.database.write() as db:
        group = builders.a_group(db, builders.a_school(db, name="Elders"))
    carla = signed_in(site, CARLA)
    nowhere = carla.open("/ict/groepen/zzzzzzzzzzzzzzzzzzzz")
    assert nowhere.status == carla.open(f"/ict/groepen/{group}").status == 404
    with site.database.write() as db:
        db.execute(Group.__table__.delete().where(Group.id == group))  # type: ignore[attr-defined]
    assert carla.open(f"/ict/groepen/{group}").status == 404
