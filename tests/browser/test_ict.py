"""An ICT co-ordinator's day: a colleague, a roster, a publisher, the log book, and a code that a teacher read out."""

import time
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import Open
from tests.browser.demo import Demo
from tests.browser.looks import look

PASSWORD = "vijf groene kikkers"


def test_a_day_of_an_ict_co_ordinator(demo: Demo, open_browser: Open, scripts: bool, tmp_path: Path) -> None:
    page = open_browser(scripts=scripts).new_page()
    steps.teacher_signs_in(page, demo, "ict")
    page.goto(f"{demo.issuer}/ict")
    look(page, "ict", scripts=scripts)
    fleur = f"fleur.{time.time_ns()}@regenboog.example"
    _add_colleague(page, demo, fleur, scripts)
    _colleague_comes_in(open_browser(scripts=scripts).new_page(), demo, fleur, scripts)
    _import(page, demo, tmp_path, scripts)
    _publisher(page, demo, scripts)
    _code(page, demo, open_browser(scripts=scripts).new_page(), fleur, scripts)
    page.goto(f"{demo.issuer}/ict/logboek")
    expect(page.get_by_text("Uitgever uitgezet.").first).to_be_visible()
    look(page, "ict-logboek", scripts=scripts)


def _add_colleague(page: Page, demo: Demo, address: str, scripts: bool) -> None:
    page.goto(f"{demo.issuer}/ict/medewerkers")
    page.get_by_role("link", name="Collega toevoegen").click()
    look(page, "ict-collega-nieuw", scripts=scripts)
    page.fill("[name=first_name]", "Fleur")
    page.fill("[name=family_name]", "Groen")
    page.fill("[name=email]", address)
    page.get_by_label("Bever").check()
    page.get_by_role("button", name="Toevoegen en uitnodigen").click()
    expect(page.get_by_text("Er gaat een mail")).to_be_visible()
    look(page, "ict-medewerkers", scripts=scripts)
    page.locator("tr", has_text="Fleur Groen").last.get_by_role("link").click()
    look(page, "ict-collega", scripts=scripts)


def _colleague_comes_in(page: Page, demo: Demo, address: str, scripts: bool) -> None:
    page.goto(demo.mail_to(address)[0]["links"][0])
    look(page, "uitnodiging", scripts=scripts)
    steps.choose_first_password(page, address, PASSWORD)
    expect(page.get_by_role("link", name="Bever", exact=True)).to_be_visible()


def _import(page: Page, demo: Demo, folder: Path, scripts: bool) -> None:
    """A file with a pupil more: looked at, and carried out."""
    page.goto(f"{demo.issuer}/ict/groepen")
    look(page, "ict-groepen", scripts=scripts)
    page.get_by_role("link", name="Bever").click()
    look(page, "ict-groep", scripts=scripts)
    page.locator("[data-pupil] a").first.click()
    look(page, "ict-leerling", scripts=scripts)
    file = folder / "lijst.csv"
    file.write_text(f"Sleutel;Voornaam;Achternaam;Groep;Jaargroep\nn-{time.time_ns()};Fien;Nieuw;Bever;1\n")
    page.goto(f"{demo.issuer}/ict/inlezen")
    look(page, "ict-inlezen", scripts=scripts)
    page.set_input_files("[name=file]", file)
    page.get_by_role("button", name="Bekijk wat er verandert").click()
    expect(page.get_by_text("leerlingen gaan van school").first).to_be_visible()
    look(page, "ict-plan", scripts=scripts)
    page.get_by_role("button", name="Ja, voer dit uit").click()
    expect(page.get_by_text("Zet eerst een vinkje")).to_be_visible()  # a whole school does not leave by mistake
    page.get_by_role("button", name="Nee, verander niets").click()
    expect(page).to_have_url(f"{demo.issuer}/ict/inlezen")


def _publisher(page: Page, demo: Demo, scripts: bool) -> None:
    page.goto(f"{demo.issuer}/ict/uitgevers")
    look(page, "ict-uitgevers", scripts=scripts)
    page.locator("tr[data-client] a").first.click()
    page.get_by_role("button", name="Laat zien").click()
    expect(page.get_by_text("Precies dit, en niets anders:")).to_be_visible()
    look(page, "ict-uitgever", scripts=scripts)
    page.get_by_label("Nee", exact=False).first.check()
    page.get_by_role("button", name="Wijzig").click()
    expect(page.locator("tr[data-client] .nee-nee").first).to_be_visible()
    page.locator("tr[data-client] a").first.click()
    page.get_by_label("Ja", exact=False).first.check()
    page.get_by_role("button", name="Wijzig").click()


def _code(page: Page, demo: Demo, teacher: Page, address: str, scripts: bool) -> None:
    """A colleague meets a page that is not there, and reads its code out."""
    teacher.goto(f"{demo.issuer}/leerkracht")
    teacher.fill("[name=email]", address)
    teacher.fill("[name=password]", PASSWORD)
    teacher.press("[name=password]", "Enter")
    expect(teacher.get_by_role("link", name="Bever", exact=True)).to_be_visible()
    teacher.goto(f"{demo.issuer}/groepen/bestaatniet")
    code = teacher.locator("code[data-support]").inner_text()
    page.goto(f"{demo.issuer}/hulp")
    page.fill("[name=code]", code.lower())
    page.get_by_role("button", name="Zoek op").click()
    expect(page.get_by_text("Fleur Groen")).to_be_visible()
    look(page, "hulp", scripts=scripts)
