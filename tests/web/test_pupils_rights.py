"""Whose page of a pupil it is, and what a form that was tampered with comes to."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from idp.kernel.clock import now
from idp.school.models import EmailSlot, HomeAccount, Pupil
from tests import builders
from tests.site import Site
from tests.visitor import Visitor
from tests.web.staff import (
    ANNA,
    BRAM,
    CARLA,
    DEWI,
    EVA,
    NEW,
    OPERATOR,
    OTHER,
    addresses_of,
    group_of,
    save,
    signed_in,
    unused,
    without_code,
)


def test_slots_of_a_network_school_do_not_apply_and_why(site: Site) -> None:
    visitor = signed_in(site, EVA)
    row = visitor.open(f"/groepen/{group_of(site, EVA)}").select("tr[data-pupil]")[0]
    pupil_id = row.get("data-pupil")
    page = visitor.open(f"/leerlingen/{pupil_id}/wijzigen")
    assert "Niet van toepassing. Deze school werkt met MOO" in page.words
    assert not page.select("[name^=email_]")
    token = page.select("input[name=csrf_token]")[-1].get("value")
    fields = {"csrf_token": token, "email_1": NEW, "save": "yes", "new_pin": "5555"}
    assert visitor.post(f"/leerlingen/{pupil_id}/wijzigen", fields).status == 200
    with site.database.write() as db:
        account = builders.a_home(db, pupil_id)
    assert addresses_of(site, pupil_id) == {1: account.address}  # kept for when the school goes back
    visitor.post(f"/leerlingen/{pupil_id}/herzend", {"csrf_token": token, "slot": "1"})
    assert not site.mails(NEW) + site.mails(account.address)
    assert "5555" in visitor.open(f"/leerlingen/{pupil_id}/wijzigen").words


@pytest.mark.parametrize("email", [BRAM, DEWI, OPERATOR])
def test_t30_a_pupil_of_others_looks_like_one_that_does_not_exist(site: Site, email: str) -> None:
    visitor, (pupil_id, _where) = signed_in(site, email), unused(site)
    token = visitor.open("/groepen").select("input[name=csrf_token]")[0].get("value")
    for path in ("wijzigen", "herzend"):
        fields = {"csrf_token": token, "email_1": NEW, "new_pin": "5555", "slot": "1", "save": "yes"}
        nowhere = visitor.post(f"/leerlingen/nergens/{path}", fields)
        page = visitor.post(f"/leerlingen/{pupil_id}/{path}", fields)
        assert page.status == nowhere.status == 404
        assert without_code(page).replace(pupil_id, "nergens") == without_code(nowhere)
    nowhere, page = (visitor.open(f"/leerlingen/{one}/wijzigen") for one in ("nergens", pupil_id))
    assert page.status == 404
    assert without_code(page).replace(pupil_id, "nergens") == without_code(nowhere)
    assert addresses_of(site, pupil_id) == {}
    assert "5555" not in signed_in(site, ANNA).open(f"/leerlingen/{pupil_id}/wijzigen").words


def test_the_co_ordinator_may_what_the_teacher_may(site: Site) -> None:
    pupil_id, where = unused(site)
    save(signed_in(site, CARLA).open(where), email_1=NEW)
    assert addresses_of(site, pupil_id) == {1: NEW}


def test_a_pupil_who_left_is_not_found(site: Site) -> None:
    visitor, (pupil_id, where) = signed_in(site, ANNA), unused(site)
    page = visitor.open(where)
    with site.database.write() as db:
        db.execute(update(Pupil).where(Pupil.id == pupil_id).values(left_at=now()))
    assert visitor.open(where).status == save(page, email_1=NEW).status == 404


def test_an_odd_id_is_no_fault(site: Site) -> None:
    visitor = signed_in(site, ANNA)
    for odd in ("%00", "a" * 300, "😀", "'--"):
        assert visitor.open(f"/leerlingen/{odd}/wijzigen").status in (400, 404), odd


def test_t31_fields_that_the_form_does_not_have_change_nothing(site: Site) -> None:
    visitor, (pupil_id, where) = signed_in(site, ANNA), unused(site)
    extra = {
        "id": "x", "school_id": "x", "group_id": "x", "role": "ict", "first_name": "K", "pin": "9999", "left_at": "x",
        "email_3": OTHER, "confirmed_at": "2020-01-01", "home_account_id": "x", "position": "9", "staff_id": "x",
    }  # fmt: skip
    page = visitor.open(where)
    token = page.select("form.edit input[name=csrf_token]")[0].get("value")
    with site.database.read() as db:
        before = db.execute(select(Pupil).where(Pupil.id == pupil_id)).one()
    assert visitor.post(where, {"csrf_token": token, "email_1": NEW, "save": "yes"} | extra).status == 200
    with site.database.read() as db:
        assert db.execute(select(Pupil).where(Pupil.id == pupil_id)).one() == before
        slot = db.execute(select(EmailSlot).where(EmailSlot.pupil_id == pupil_id)).one()
        account = db.execute(select(HomeAccount).where(HomeAccount.id == slot.home_account_id)).one()
    assert (slot.position, slot.confirmed_at, account.address, account.activated_at) == (1, None, NEW, None)


def test_a_form_without_a_field_leaves_that_slot_alone(site: Site) -> None:
    visitor, (pupil_id, where) = signed_in(site, ANNA), unused(site)
    save(visitor.open(where), email_1=NEW, email_2=OTHER)
    token = visitor.open(where).select("form.edit input[name=csrf_token]")[0].get("value")
    visitor.post(where, {"csrf_token": token, "email_2": "", "save": "yes"})
    assert addresses_of(site, pupil_id) == {1: NEW}
    visitor.post(where, {"csrf_token": token})
    assert addresses_of(site, pupil_id) == {1: NEW}


@pytest.mark.parametrize("path", ["wijzigen", "herzend"])
def test_without_the_forms_token_nothing_happens(site: Site, path: str, another: Callable[[], Visitor]) -> None:
    visitor, (pupil_id, _where) = signed_in(site, ANNA), unused(site)
    foreign = another().open("/leerkracht").select("input[name=csrf_token]")[0].get("value")
    for token in ({}, {"csrf_token": foreign}, {"csrf_token": "x"}):
        fields = {"email_1": NEW, "slot": "1", "save": "yes"} | token
        assert visitor.post(f"/leerlingen/{pupil_id}/{path}", fields).status == 400
    assert addresses_of(site, pupil_id) == {}


def test_odd_names_are_shown_as_they_are(site: Site) -> None:
    visitor, (pupil_id, where) = signed_in(site, ANNA), unused(site)
    for name in ("<script>alert(1)</script>", "\"'><img src=x>", "נועם", "😀", "%(name)s 100%", "A" * 100):
        with site.database.write() as db:
            db.execute(update(Pupil).where(Pupil.id == pupil_id).values(first_name=name, family_name=name))
        page = visitor.open(where)
        assert page.heading == f"{name} {name}"
        assert not page.select("main script, main img[src=x]")
        assert visitor.open(f"/groepen/{group_of(site, ANNA)}?gewijzigd={pupil_id}").status == 200
