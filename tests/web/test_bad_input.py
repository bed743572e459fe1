"""Forms that were tampered with: steps skipped, ids of others, fields that no form has, several addresses in one."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import func, select

from idp.school.models import EmailSlot, Group, HomeAccount, Pupil, School, Staff, StaffGroup
from tests.oneroster_files import zipped
from tests.roster_files import a_file, edexml
from tests.site import PUBLISHER, Site
from tests.visitor import Page, Visitor
from tests.web.families import DE_VRIES, open_tiles
from tests.web.staff import ANNA, CARLA, DEWI, NEW, addresses_of, group_of, save, signed_in, unused
from tests.web.test_ict_roster import _as_it_is, _upload
from tests.web.test_rights import fill, plain, rules

FOREIGN = "De Vuurvlinder"
NOWHERE = "zzzzzzzzzzzzzzzzzzzz"


def _token(visitor: Visitor) -> str:
    return str(visitor.open("/leerkracht/vergeten").select("input[name=csrf_token]")[-1].get("value"))


def _post(visitor: Visitor, path: str, **fields: Any) -> Page:
    return visitor.post(path, {"csrf_token": _token(visitor), **fields})


# T21: steps skipped, repeated, out of order.


@pytest.mark.parametrize(
    ("path", "fields", "ends"),
    [
        ("/thuis/kind", {"pupil": "x", "pin": "1234"}, "/thuis"),
        ("/thuis", {}, "/thuis"),
        ("/leerkracht/code", {"otp": "000000"}, "/leerkracht"),
        ("/leerkracht/code", {}, "/leerkracht"),
        ("/leerkracht/bevestig", {"password": "x", "naar": "/ict"}, "/leerkracht"),
        ("/leerkracht/passkey/klaar", {"credential": "{}"}, "/leerkracht/passkey/klaar"),
        ("/ouder/wachtwoord", {"new_password": "x"}, "/thuis"),
        ("/school", {"pupil": "x", "pin": "1234"}, "/school"),
        ("/wissel", {}, "/thuis"),
    ],
)
def test_t21_the_last_step_first_begins_at_the_first(
    site: Site, visitor: Visitor, path: str, fields: Mapping[str, str], ends: str
) -> None:
    page = _post(visitor, path, **fields)
    assert page.path == ends
    assert page.status < 500
    assert visitor.open("/portaal").path != "/portaal"
    assert visitor.open("/groepen").path == "/leerkracht"


def test_t21_a_step_of_the_household_is_no_step_of_staff(site: Site, visitor: Visitor) -> None:
    open_tiles(visitor, site, DE_VRIES)
    assert _post(visitor, "/leerkracht/code", otp="000000").path == "/leerkracht"
    assert visitor.open("/groepen").path == "/leerkracht"


def test_t21_an_empty_form_of_many_steps_changes_nothing(site: Site) -> None:
    carla = signed_in(site, CARLA)
    group, pupil = group_of(site, ANNA), unused(site)[0]
    before = _rows(site)
    for path in (f"/groepen/{group}/plakken", "/ict/inlezen", "/ict/medewerkers/nieuw", f"/ict/groepen/{group}"):
        assert _post(carla, path).status == 422, path
    assert _post(carla, f"/ict/inlezen/{NOWHERE}", apply="yes").status == 404
    assert _post(carla, f"/groepen/{group}/plakken", save="yes").status == 422
    assert _post(carla, f"/groepen/{group}/plakken", save="yes", plan="AAAA").status == 422
    _post(carla, f"/leerlingen/{pupil}/wijzigen", save="yes")
    assert _rows(site) == before


def test_t21_the_last_step_of_an_import_counts_once(site: Site) -> None:
    carla = signed_in(site, CARLA)
    rows = ["Sleutel;Voornaam;Achternaam;Groep;Jaargroep", *_as_it_is(site), "n-1;Fien;Nieuw;Bever;1"]
    plan = _upload(carla, "\r\n".join(rows).encode())
    assert plan.submit(button="apply=yes").heading == "Klaar"
    assert plan.submit(button="apply=yes").status == 404
    with site.database.read() as db:
        assert db.execute(select(func.count()).where(Pupil.first_name == "Fien")).scalar() == 1


# T30: the ids of another school, wherever one can stand.


def _foreign(site: Site) -> dict[str, str]:
    with site.database.read() as db:
        school = db.execute(select(School.id).where(School.name == FOREIGN)).scalar_one()
        group = db.execute(select(Group.id).where(Group.school_id == school)).scalar_one()
        pupil = db.execute(select(Pupil.id).where(Pupil.school_id == school).limit(1)).scalar_one()
        dewi = db.execute(select(Staff.id).where(Staff.address == DEWI)).scalar_one()
    ids = {"group_id": group, "pupil_id": pupil, "staff_id": dewi, "school_id": school}
    return ids | dict.fromkeys(("device_id", "address_id", "draft_id"), NOWHERE)


@pytest.mark.parametrize("email", [ANNA, CARLA])
def test_t30_every_page_of_another_schools_ids_is_as_if_there_were_none(site: Site, email: str) -> None:
    visitor, theirs = signed_in(site, email), _foreign(site)
    nothing = dict.fromkeys(theirs, NOWHERE)
    token, tried, before = _token(visitor), 0, _rows(site)
    for method, rule in rules(site):
        parts = set(re.findall(r"<(?:\w+:)?(\w+)>", rule))
        if not parts or not parts <= theirs.keys() or (rule.endswith("/herzend") and method == "GET"):
            continue
        tried += 1
        both = [
            visitor.ask(method, fill(rule, ids), **({"data": {"csrf_token": token}} if method == "POST" else {}))
            for ids in (theirs, nothing)
        ]
        assert [page.status for page in both] == [404, 404], (method, rule)
        assert plain(both[0]) == plain(both[1]), (method, rule)
    assert tried > 25
    assert _rows(site) == before


def test_t30_an_id_of_another_school_in_a_field_does_nothing(site: Site) -> None:
    carla, theirs = signed_in(site, CARLA), _foreign(site)
    group, pupil, before = group_of(site, ANNA), unused(site)[0], _rows(site)
    moved = carla.open(f"/ict/leerlingen/{pupil}").submit({"group": theirs["group_id"]}, button="save=yes")
    assert (moved.status, bool(moved.problem("group"))) == (422, True)
    assert _post(carla, f"/groepen/{group}/kaarten", pupil=theirs["pupil_id"]).status == 404
    lent = _post(carla, f"/groepen/{group}/invaller", colleague=theirs["staff_id"], until="2026-11-27", give="yes")
    assert lent.status == 422
    assert carla.open(f"/ict/uitgevers/{PUBLISHER}?leerling={theirs['pupil_id']}").status == 404
    assert _rows(site) == before
    carla.open(f"/ict/groepen/{group}").submit({"teacher": theirs["staff_id"]}, button="save=yes")
    with site.database.read() as db:
        taught = select(StaffGroup.group_id).where(StaffGroup.staff_id == theirs["staff_id"])
        assert db.execute(taught).scalars().all() == [theirs["group_id"]]


def test_t30_an_id_cannot_be_counted_up(site: Site) -> None:
    ids = [value for value in _foreign(site).values() if value != NOWHERE] + [group_of(site, ANNA), unused(site)[0]]
    assert all(re.fullmatch(r"[a-z0-9]{20}", one) for one in ids)
    assert len({one[:6] for one in ids}) == len(ids)


# T31: fields that no form has.

EXTRA = {
    "id": "x", "school_id": "x", "group_id": "x", "is_admin": "1", "sub": "x", "pin_hash": "x",
    "email_verified": "true", "left_at": "2020-01-01", "ended_at": "2020-01-01", "password_hash": "x", "eck_id": "x",
    "client_id": "x", "created_at": "2020-01-01", "activated_at": "2020-01-01", "address_key": "x", "network": "moo",
    "key": "x",
}  # fmt: skip


@pytest.mark.parametrize(
    ("where", "fields", "table", "changes"),
    [
        ("/ict/groepen/{group}", {"name": "Das"}, Group, {"name"}),
        ("/ict/leerlingen/{pupil}", {"first_name": "Kim"}, Pupil, {"first_name"}),
        ("/leerlingen/{pupil}/wijzigen", {"new_pin": "4821"}, Pupil, {"pin"}),
        ("/groepen/{group}/inloggen", {"login_method": "none"}, Group, {"login_method"}),
    ],
)
def test_t31_only_the_field_of_the_form_changes(
    site: Site, where: str, fields: Mapping[str, str], table: Any, changes: set[str]
) -> None:
    carla = signed_in(site, CARLA)
    path = where.format(group=group_of(site, ANNA), pupil=unused(site)[0])
    page = carla.open(path)
    (form,) = [one for one in page.tree.forms if set(fields) <= {part.get("name") for part in one.cssselect("input")}]
    before = _table(site, table)
    teachers = [box.get("value") for box in form.cssselect("[name=teacher][checked]")]
    sent = {name: value for name, value in form.form_values() if name != "teacher"} | {"teacher": teachers}
    assert carla.post(path, EXTRA | sent | dict(fields) | {"save": "yes"}).status == 200
    after = _table(site, table)
    assert before.keys() == after.keys()
    differ = {name for key, row in before.items() for name, value in row.items() if after[key][name] != value}
    assert differ == changes


def test_t31_a_parents_form_changes_no_more_than_it_says(site: Site, visitor: Visitor) -> None:
    open_tiles(visitor, site, DE_VRIES)
    before = _table(site, HomeAccount)
    _post(visitor, "/ouder/taal", **EXTRA, locale="en", address="evil@x.example")
    after = _table(site, HomeAccount)
    assert {name for key, row in before.items() for name in row if after[key][name] != row[name]} == {"locale"}


# T32: a teacher and the slots.


def test_t32_a_teacher_sees_nothing_of_the_parents_account_but_its_address(site: Site, visitor: Visitor) -> None:
    anna = signed_in(site, ANNA)
    noor = next(home for home in site.people()["homes"] if home["email"] == DE_VRIES)
    pupil = noor["children"][0]["pupil"]
    page = anna.open(f"/leerlingen/{pupil}/wijzigen")
    assert DE_VRIES in page.text
    before = _table(site, HomeAccount)
    fields = {"password": "een nieuw wachtwoord", "new_password": "een nieuw wachtwoord", "confirm": "yes"}
    save(page, **{name: value for name, value in fields.items() if page.select(f"[name={name}]")})
    values = dict(page.tree.forms[-1].form_values()) | fields
    anna.post(page.path, values | {"save": "yes", "csrf_token": _token(anna)})
    assert _table(site, HomeAccount) == before
    assert open_tiles(visitor, site, DE_VRIES).path == "/thuis/kind"  # with the password of before


# T37: one mail, one address, no header.


@pytest.mark.parametrize(
    "written",
    [
        "a@b.example\r\nBcc: c@d.example", "a@b.example\nc@d.example", "a@b.example,c@d.example",
        "a@b.example;c@d.example", "a@b.example%0aBcc:c@d.example", "Juf <a@b.example>", '"a b"@c.example',
        "a@b.example c@d.example",
        "a" * 300 + "@b.example", "a@[127.0.0.1]", "a\x00@b.example", "a@b..example", "<a@b.example>", "a@b@c.example",
    ],
)  # fmt: skip
def test_t37_what_is_not_one_address_gets_no_slot_and_no_mail(site: Site, written: str) -> None:
    site.deliver()
    before = len(site.mails())
    anna, (pupil, where) = signed_in(site, ANNA), unused(site)
    page = save(anna.open(where), email_1=written)
    assert page.status in (400, 422), written
    assert addresses_of(site, pupil) == {}
    assert len(site.mails()) == before


def test_t37_a_name_with_a_line_break_is_one_line_or_nothing(site: Site) -> None:
    carla = signed_in(site, CARLA)
    odd = {"first_name": "Gita\r\nBcc: x@y.example", "family_name": "S", "email": NEW, "role": "teacher"}
    carla.open("/ict/medewerkers/nieuw").submit(odd, button="save=yes")
    mails = site.mails(NEW)
    assert [mail["to"] for mail in mails] == [NEW]
    assert not [mail for mail in mails if "\n" in mail["subject"]]
    assert not site.mails("x@y.example")


# T38 and T39: what comes in as a file, and what goes out as one.

FORMULAS = ("=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1")


@pytest.mark.parametrize("formula", FORMULAS)
def test_t38_a_formula_in_a_roster_is_refused_and_in_a_paste_is_text(site: Site, formula: str) -> None:
    carla, before = signed_in(site, CARLA), _rows(site)
    sheet = f'Sleutel;Voornaam;Achternaam;Groep;Jaargroep\r\n1;"{formula}";X;Bever;1'
    assert _upload(carla, sheet.encode()).status == 422
    page = carla.open(f"/groepen/{group_of(site, ANNA)}/plakken").submit(
        {"text": f"{formula}; {NEW}"}, button="check=yes"
    )
    assert page.status == 200
    assert not page.select("[data-what=filled]")
    assert _rows(site) == before


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "xxe": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><EDEX>&b;</EDEX>',
    "billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><EDEX>&l9;</EDEX>'.encode(),
    "external dtd": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><EDEX/>',
    "xinclude": b'<EDEX xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="/etc/passwd"/></EDEX>',
    "zip slip": zipped({"../manifest.csv": b"x"}),
    "zip bomb": zipped({"users.csv": b"a" * 20 * 2**20}),
    "a million rows": b"Sleutel;Voornaam\r\n" + b"1;A\r\n" * 1_000_000,
    "half a file": edexml(a_file(6))[:900],
    "half a zip": zipped({"manifest.csv": b"abc" * 1000})[:-30],
    "the same pupil twice": b"Sleutel;Voornaam;Achternaam;Groep;Jaargroep\r\n1;A;X;Bever;1\r\n1;B;Y;Bever;1",
    "utf-16 that is none": b"\xff\xfe" + b"Sleutel;Voornaam",
    "utf-32": "\ufeffSleutel".encode("utf-32"),
    "nothing": b"",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_t39_a_hostile_file_is_refused_with_its_reason_and_changes_nothing(site: Site, name: str) -> None:
    carla, before = signed_in(site, CARLA), _rows(site)
    page = _upload(carla, HOSTILE[name], "bestand")
    assert page.status == 422, page.text
    assert "Er is niets veranderd." in page.words
    assert page.select(".problems li")
    assert "root:" not in page.text
    assert _rows(site) == before


def test_t39_a_spreadsheet_by_mistake_is_told_what_to_do(site: Site) -> None:
    page = _upload(signed_in(site, CARLA), zipped({"[Content_Types].xml": b"<Types/>"}), "lijst.xlsx")
    assert "Sla het blad op als CSV" in page.words


def _table(site: Site, table: Any) -> dict[Any, dict[str, Any]]:
    with site.database.read() as db:
        return {row.id: dict(row._mapping) for row in db.execute(select(table.__table__))}


def _rows(site: Site) -> list[Any]:
    """All that these forms could change."""
    return [_table(site, one) for one in (Pupil, Group, Staff, School, EmailSlot, HomeAccount)]
