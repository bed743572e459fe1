"""A co-ordinator who was away for a while, two of them at once, and a teacher who watches the mails leave."""

import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import Open
from tests.browser.demo import Demo, running
from tests.browser.looks import look


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the data of this module's demo lies."""
    return tmp_path_factory.mktemp("coordinator")


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[Demo]:
    """A demo of this module's own: its sessions grow old behind its back."""
    with running(folder) as started:
        yield started


def _change(folder: Path, statement: str, *values: str) -> None:
    """Behind the provider's back."""
    [file] = folder.glob("*.db")
    with sqlite3.connect(file, timeout=10) as db:
        db.execute(statement, values)


def _grow_old(folder: Path) -> None:
    """Every sign-in was eleven minutes ago, and no code of an app was used yet."""
    then = datetime.now(UTC) - timedelta(minutes=11)
    _change(folder, "UPDATE session SET auth_time = ?", then.strftime("%Y-%m-%d %H:%M:%S.%f"))
    _change(folder, "UPDATE staff_factor SET counter = 0")


def _ict(page: Page, demo: Demo, folder: Path) -> dict[str, str]:
    """The co-ordinator signs in; with the same code as a moment ago if need be."""
    _change(folder, "UPDATE staff_factor SET counter = 0")
    return dict(steps.teacher_signs_in(page, demo, "ict"))


def _confirm(page: Page, person: dict[str, str]) -> None:
    page.fill("[name=password]", person["password"])
    steps.give_code(page, person["totp_secret"])


def test_who_was_away_confirms_and_loses_nothing_of_what_was_typed(
    demo: Demo, folder: Path, open_browser: Open, scripts: bool
) -> None:
    page = open_browser(scripts=scripts).new_page()
    carla = _ict(page, demo, folder)
    page.goto(f"{demo.issuer}/ict/medewerkers/nieuw")
    name = f"Smit-{time.time_ns()}"
    page.fill("[name=first_name]", "Gita")
    page.fill("[name=family_name]", name)
    page.fill("[name=email]", f"{name.lower()}@regenboog.example")
    page.get_by_role("checkbox", name="Bever").check()
    page.get_by_role("checkbox", name="Arend").check()
    _grow_old(folder)
    page.locator("button[name=save]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Even bevestigen")
    look(page, "bevestig-met-formulier", scripts=scripts)
    _confirm(page, carla)
    expect(page.get_by_text("Toegevoegd.")).to_be_visible()
    row = page.locator("tr", has_text=name)
    expect(row).to_contain_text("Bever")
    expect(row).to_contain_text("Arend")
    row.get_by_role("link").click()
    page.get_by_text("Tweede stap kwijt?").click()
    page.locator("button[name=factors]").click()
    expect(page.get_by_text("heeft geen tweede stap")).to_be_visible()
    look(page, "ict-tweede-stap", scripts=scripts)


def test_two_co_ordinators_at_the_same_form(demo: Demo, folder: Path, open_browser: Open, scripts: bool) -> None:
    first, second = (open_browser(scripts=scripts).new_page() for _ in range(2))
    for page in (first, second):
        _ict(page, demo, folder)
        page.goto(f"{demo.issuer}/ict/groepen")
        page.get_by_role("link", name="Arend").first.click()
    first.select_option("[name=year]", "S")
    first.locator("button[name=save]").click()
    expect(first.get_by_text("Jaargroep S")).to_be_visible()
    look(first, "ict-groep-s", scripts=scripts)
    second.get_by_role("checkbox", name="Anna de Wit").check()
    second.locator("button[name=save]").click()
    expect(second.locator("[data-changed]")).to_contain_text("was 8, is nu S")
    expect(second.locator("[name=year]")).to_have_value("S")
    look(second, "ict-intussen-veranderd", scripts=scripts)
    second.select_option("[name=year]", "8")
    second.locator("button[name=save]").click()
    second.get_by_text("Leerling toevoegen").click()
    second.fill("[name=first_name]", "Fien")
    second.fill("[name=roster_key]", "regenboog-0001")
    second.locator("button[name=add_pupil]").click()
    expect(second.locator("#roster_key-problem")).to_contain_text("is al van")
    look(second, "ict-leerling-erbij", scripts=scripts)
    second.locator("li[data-pupil] a").first.click()
    expect(second.get_by_label("Leerlingnummer")).not_to_be_empty()
    look(second, "ict-leerling", scripts=scripts)
    second.goto(f"{demo.issuer}/groepen")
    second.get_by_role("link", name="Arend").first.click()
    second.get_by_role("link", name="Wijzig login methode groep").click()
    look(second, "inloggen", scripts=scripts)


def test_what_a_colleague_ended_is_said(demo: Demo, folder: Path, open_browser: Open, scripts: bool) -> None:
    first, second = (open_browser(scripts=scripts).new_page() for _ in range(2))
    for page in (first, second):
        _ict(page, demo, folder)
    first.goto(f"{demo.issuer}/ict/groepen")
    first.fill("[name=name]", "Leeg")
    first.locator("button[name=add]").click()
    second.goto(first.url.partition("?")[0])
    for page in (first, second):
        page.locator("button[name=close]").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("Een collega was je voor")
    look(second, "ict-was-je-voor", scripts=scripts)


def test_a_teacher_watches_the_mails_leave(demo: Demo, folder: Path, open_browser: Open, scripts: bool) -> None:
    page = open_browser(scripts=scripts).new_page()
    anna = steps.teacher_signs_in(page, demo)
    group = anna["groups"][0]["id"]
    page.goto(f"{demo.issuer}/groepen/{group}/plakken")
    at = time.time_ns()
    names = ("Xiu Chen", "Zoë Ramdin", "Tygo de Graaf", "Wietse Hoogland", "Sytske Wybenga")
    page.fill("[name=text]", "\n".join(f"{name}; {n}.{at}@thuis.example" for n, name in enumerate(names)))
    page.locator("button[name=check]").click()
    page.locator("button[name=save]").click()
    page.get_by_role("link", name="Kijk hoe ver de mails zijn").click()
    look(page, "versturen", scripts=scripts)
    # Nobody touches the page: it looks again by itself, and stops when all have left.
    done = page.locator("[role=status]").filter(has_not=page.locator("[data-count=queued]"))
    expect(page.locator("[data-count=queued]")).to_have_count(0, timeout=20_000)
    expect(done).to_contain_text("mails zijn weg")
    expect(page.get_by_role("link", name="Terug naar de groep")).to_be_visible()
    look(page, "versturen-klaar", scripts=scripts)


def test_pages_for_files_areclean(demo: Demo, folder: Path, open_browser: Open, scripts: bool) -> None:
    page = open_browser(scripts=scripts).new_page()
    _ict(page, demo, folder)
    page.goto(f"{demo.issuer}/ict/inlezen")
    look(page, "ict-inlezen", scripts=scripts)
    page.goto(f"{demo.issuer}/ict/uitgevers")
    page.locator("tbody a").first.click()
    look(page, "ict-uitgever", scripts=scripts)
    page.goto(f"{demo.issuer}/ict/netwerk")
    look(page, "ict-netwerk", scripts=scripts)
    page.goto(f"{demo.issuer}/thuis?naar=/ouder")
    look(page, "thuis-naar-ouder", scripts=scripts)


def test_an_internal_supervisor_looks_at_a_group(demo: Demo, folder: Path, open_browser: Open, scripts: bool) -> None:
    carla, bram = (open_browser(scripts=scripts).new_page() for _ in range(2))
    _ict(carla, demo, folder)
    _role_of_bram(carla, demo, "support")
    person = next(one for one in demo.facts()["staff"] if one["email"].startswith("meester.bram"))
    bram.goto(f"{demo.issuer}/leerkracht")
    bram.fill("[name=email]", person["email"])
    bram.fill("[name=password]", person["password"])
    bram.press("[name=password]", "Enter")
    bram.get_by_role("link", name="Bever").first.click()
    expect(bram.locator("tr[data-pupil]")).to_have_count(30)
    expect(bram.locator(".pin")).to_have_count(0)
    look(bram, "groep-van-ib", scripts=scripts)
    bram.locator("tr[data-pupil] a").first.click()
    expect(bram.get_by_text("ziet alleen wie ze mag wijzigen")).to_be_visible()
    look(bram, "leerling-van-ib", scripts=scripts)
    _role_of_bram(carla, demo, "teacher")


def _role_of_bram(page: Page, demo: Demo, role: str) -> None:
    page.goto(f"{demo.issuer}/ict/medewerkers")
    page.get_by_role("link", name="Bram Postma").click()
    page.check(f"[name=role][value={role}]")
    page.locator("button[name=save]").click()
    expect(page.get_by_text("Gewijzigd.")).to_be_visible()
