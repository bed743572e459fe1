"""/groepen/ID/plakken: a whole group from one paste or one file, looked at before anything is saved."""

from io import BytesIO

import pytest
from openpyxl import Workbook
from sqlalchemy import delete, func, select

from idp.kernel.clock import frozen, now
from idp.school import slots
from idp.school.models import EmailSlot, StaffGroup
from idp.web import paste
from tests import builders
from tests.site import Site
from tests.visitor import Page, Visitor, sign_in_at_home
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
    signed_in,
    status_in,
    unused,
    without_code,
)

ODD_LINES = (
    "\x00; a@b.example",
    "<script>; a@b.example",
    '"; "; "',
    "😀" * 500,
    ";;;;",
    "a" * 3000,
    "%(name)s; x@y.nl",
)


def where(site: Site, email: str = ANNA) -> str:
    return f"/groepen/{group_of(site, email)}/plakken"


def pasted(site: Site, text: str, email: str = ANNA) -> tuple[Visitor, Page]:
    """The preview of a paste."""
    visitor = signed_in(site, email)
    return visitor, visitor.open(where(site)).submit({"text": text}, button="check=yes")


def saved(page: Page, **fields: str) -> Page:
    return page.submit(fields, button="save=yes")


def what_happens(page: Page) -> dict[str, list[str]]:
    """Line number -> what the preview says of it."""
    return {
        row.get("data-line"): [row.get("data-what")] if row.get("data-what") else
        [act.get("data-what") for act in row.cssselect("[data-what]")]
        for row in page.select("[data-line]")
    }  # fmt: skip


def filled_slots(site: Site) -> int:
    with site.database.read() as db:
        return db.execute(select(func.count()).select_from(EmailSlot)).scalar_one()


def test_every_pupil_without_an_address_is_enabled_by_one_paste(site: Site) -> None:
    visitor = signed_in(site, ANNA)
    group = visitor.open(f"/groepen/{group_of(site, ANNA)}")
    rows = [row for row in group.select("tr[data-pupil]") if "Nee/Nee" in row.text_content()]
    assert rows
    names = [" ".join(cell.text_content() for cell in row.cssselect("td")[:2]) for row in rows]
    text = "\n".join(f"{name}; een{at}@thuis.example; twee{at}@thuis.example" for at, name in enumerate(names))
    page = visitor.open(where(site)).submit({"text": text}, button="check=yes")
    assert page.status == 200
    assert set(map(tuple, what_happens(page).values())) == {("filled", "filled")}
    before = filled_slots(site)
    done = saved(page)
    assert done.path == f"/groepen/{group_of(site, ANNA)}"
    assert f"{2 * len(names)} e-mailadressen ingevuld" in done.words
    assert not [cell for cell in done.select("td[data-home]") if cell.text_content() == "Nee/Nee"]
    assert filled_slots(site) == before + 2 * len(names)
    for at in range(len(names)):
        assert len(site.mails(f"een{at}@thuis.example")) == len(site.mails(f"twee{at}@thuis.example")) == 1


def test_looking_writes_nothing(site: Site) -> None:
    before, mails = filled_slots(site), len(site.mails())
    _visitor, page = pasted(site, f"{site.people()['unused']['first_name']}; {NEW}")
    assert NEW in page.words
    assert (filled_slots(site), len(site.mails())) == (before, mails)


def test_each_line_says_what_will_happen_or_what_is_wrong(site: Site) -> None:
    pupil_id, _where = unused(site)
    first = site.people()["unused"]["first_name"]
    with site.database.write() as db:
        slots.fill(db, site.keyring, pupil_id, 1, builders.an_address(NEW), staff_id=None, now=now())
    text = f"{first}; {NEW}; {OTHER}\nNiemandsdochter; {NEW}\n=1+1; {NEW}\n{first}; niet@goed@fout"
    _visitor, page = pasted(site, text)
    assert what_happens(page) == {"1": ["there", "filled"], "2": ["problem"], "3": ["problem"], "4": ["problem"]}
    assert "Hier staat een formule" in page.words
    refused = saved(page)
    assert (refused.status, addresses_of(site, pupil_id)) == (422, {1: NEW})
    assert "vink aan dat je ze wilt overslaan" in refused.words
    done = saved(refused, skip="yes")
    assert addresses_of(site, pupil_id) == {1: NEW, 2: OTHER}
    assert "3 regels zijn overgeslagen" in done.words


def test_an_address_that_is_replaced_loses_access_and_the_preview_says_so(site: Site, visitor: Visitor) -> None:
    home = next(home for home in site.people()["homes"] if len(home["children"]) == 2)
    child = home["children"][0]
    pupil_id = child["pupil"]
    with site.database.write() as db:
        taken = slots.of_pupils(db, [pupil_id])
        for position in {1, 2} - {slot.position for slot in taken}:
            slots.fill(db, site.keyring, pupil_id, position, builders.an_address(), staff_id=None, now=now())
        standing = slots.of_pupils(db, [pupil_id])
    assert sign_in_at_home(visitor, home, child).path == "/portaal"
    other = next(slot.address for slot in standing if slot.address != home["email"])
    _teacher, page = pasted(site, f"{child['first_name']}; {other}; {NEW}")
    assert what_happens(page) == {"1": ["there", "changed"]}
    assert home["email"] in page.words
    saved(page)
    assert set(addresses_of(site, pupil_id).values()) == {other, NEW}
    assert visitor.open("/portaal").path != "/portaal"


def test_what_changed_meanwhile_is_looked_at_again_and_nothing_is_saved(site: Site) -> None:
    pupil_id, _where = unused(site)
    _visitor, page = pasted(site, f"{site.people()['unused']['first_name']}; {NEW}")
    with site.database.write() as db:
        slots.fill(db, site.keyring, pupil_id, 1, builders.an_address(OTHER), staff_id=None, now=now())
    again = saved(page)
    assert (again.status, addresses_of(site, pupil_id)) == (409, {1: OTHER})
    assert "intussen iets veranderd" in again.words
    saved(again)
    assert addresses_of(site, pupil_id) == {1: OTHER, 2: NEW}


def test_saving_twice_fills_once(site: Site) -> None:
    pupil_id, _where = unused(site)
    _visitor, page = pasted(site, f"{site.people()['unused']['first_name']}; {NEW}")
    saved(page)
    assert saved(page).status == 409
    assert addresses_of(site, pupil_id) == {1: NEW}
    assert len(site.mails(NEW)) == 1


def test_a_preview_is_worth_nothing_to_others_elsewhere_changed_or_old(site: Site) -> None:
    pupil_id, _where = unused(site)
    visitor, page = pasted(site, f"{site.people()['unused']['first_name']}; {NEW}")
    (plan,) = [field.get("value") for field in page.select("input[name=plan]")]
    carla = signed_in(site, CARLA)
    attempts = [
        (carla, where(site), plan),
        (carla, where(site, BRAM), plan),
        (visitor, where(site), plan[:-8] + "AAAAAAAA"),
        (visitor, where(site), ""),
        (visitor, where(site), "é" * 10),
    ]
    for browser, path, value in attempts:
        token = browser.open(path).select("input[name=csrf_token]")[-1].get("value")
        answer = browser.post(path, {"csrf_token": token, "plan": value, "save": "yes"})
        assert answer.status == 422
    with frozen(now()) as move:
        for _ in range(5):
            move(now() + paste.PLAN_LIFE / 4)
            visitor.open("/groepen")  # the session stays; the plan does not
        old = saved(page)
    assert (old.status, "te oud" in old.words) == (422, True)
    assert addresses_of(site, pupil_id) == {}


@pytest.mark.parametrize("email", [BRAM, DEWI, OPERATOR])
def test_a_group_of_others_looks_like_one_that_does_not_exist(site: Site, email: str) -> None:
    visitor, group_id = signed_in(site, email), group_of(site, ANNA)
    token = visitor.open("/groepen").select("input[name=csrf_token]")[0].get("value")
    fields = {"csrf_token": token, "text": f"Noor; {NEW}", "check": "yes"}
    for answer, nowhere in (
        (visitor.open(f"/groepen/{group_id}/plakken"), visitor.open("/groepen/nergens/plakken")),
        (visitor.post(f"/groepen/{group_id}/plakken", fields), visitor.post("/groepen/nergens/plakken", fields)),
    ):
        assert answer.status == nowhere.status == 404
        assert without_code(answer).replace(group_id, "nergens") == without_code(nowhere)


def test_who_lost_the_group_between_preview_and_save_saves_nothing(site: Site) -> None:
    pupil_id, _where = unused(site)
    _visitor, page = pasted(site, f"{site.people()['unused']['first_name']}; {NEW}")
    with site.database.write() as db:
        db.execute(delete(StaffGroup))
    assert saved(page).status == 404
    assert addresses_of(site, pupil_id) == {}


def test_a_network_school_reads_that_it_does_not_apply(site: Site) -> None:
    visitor = signed_in(site, EVA)
    page = visitor.open(where(site, EVA))
    assert "via MOO" in page.words
    assert not page.select("textarea")
    token = page.select("input[name=csrf_token]")[0].get("value")
    assert visitor.post(where(site, EVA), {"csrf_token": token, "text": "x; a@b.example"}).status == 404


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_file_does_the_same(site: Site, kind: str) -> None:
    pupil_id, _where = unused(site)
    first = site.people()["unused"]["first_name"]
    out = BytesIO()
    if kind == "xlsx":
        book = Workbook()
        book.active.append(("Naam", "E-mail"))
        book.active.append((first, NEW))
        book.save(out)
    else:
        out.write(f"Naam;E-mail\r\n{first};{NEW}\r\n".encode("cp1252"))
    visitor = signed_in(site, ANNA)
    token = visitor.open(where(site)).select("form.paste input[name=csrf_token]")[0].get("value")
    fields = {"csrf_token": token, "check": "yes", "text": "", "file": (BytesIO(out.getvalue()), f"lijst.{kind}")}
    page = visitor.post(where(site), fields)
    assert what_happens(page) == {"2": ["filled"]}
    saved(page)
    assert addresses_of(site, pupil_id) == {1: NEW}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Plak eerst regels"),
        (" \n\n", "Plak eerst regels"),
        ("a; a@b.example\n" * 1001, "te veel regels"),
        ("x" * (paste.MAX_TEXT + 1), "te veel regels"),
    ],
)
def test_nothing_and_too_much_are_said(site: Site, text: str, said: str) -> None:
    _visitor, page = pasted(site, text)
    assert page.status == 422
    assert said in page.words


def test_a_file_beyond_all_measure_is_refused(site: Site) -> None:
    visitor = signed_in(site, ANNA)
    token = visitor.open(where(site)).select("form.paste input[name=csrf_token]")[0].get("value")
    for size, status in ((2_200_000, 422), (4_000_000, 413)):
        fields = {"csrf_token": token, "check": "yes", "file": (BytesIO(b"x" * size), "lijst.csv")}
        assert visitor.post(where(site), fields).status == status


def test_a_thousand_lines_come_back_as_a_preview(site: Site) -> None:
    visitor, (pupil_id, _where) = signed_in(site, ANNA), unused(site)
    first = site.people()["unused"]["first_name"]
    text = "\n".join(f"{first} {n}; ouder{n}@thuis.example; ouder{n}b@thuis.example" for n in range(999))
    page = visitor.open(where(site)).submit({"text": f"{text}\n{first}; {NEW}"}, button="check=yes")
    assert page.status == 200
    assert len(page.select("[data-line]")) == 1000
    assert saved(page, skip="yes").status == 200
    group = visitor.open(f"/groepen/{group_of(site, ANNA)}")
    assert status_in(group, pupil_id) == "Ja/Nee"


def test_odd_lines_are_no_fault(site: Site) -> None:
    visitor = signed_in(site, ANNA)
    for odd in ODD_LINES:
        page = visitor.open(where(site)).submit({"text": odd}, button="check=yes")
        assert page.status in (200, 422), odd
        assert not page.select("main script")


def test_the_page_speaks_english(site: Site) -> None:
    visitor = signed_in(site, ANNA)
    page = visitor.open(f"{where(site)}?lang=en").submit({"text": f"Nobody; {NEW}"}, button="check=yes")
    assert "is not that of a pupil of this group" in page.words
