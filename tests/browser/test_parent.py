"""A parent on /ouder: with the keyboard alone, and with a passkey instead of the password; ICT and a child's data."""

import time
from collections.abc import Mapping
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import Open, keep
from tests.browser.demo import Demo
from tests.browser.test_staff_factor import authenticator

pytestmark = pytest.mark.browser

MOST_TABS = 80


def clean(page: Page) -> None:
    """axe finds nothing to say."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def home(demo: Demo, number: int = 0) -> Mapping[str, Any]:
    """A family of the demo."""
    found: Mapping[str, Any] = demo.facts()["homes"][number]
    return found


def tab_to(page: Page, css: str) -> None:
    """Press Tab until this has the focus; whoever cannot use a mouse gets there too."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("css => document.activeElement.matches(css)", css):
            return
    raise AssertionError(f"Tab does not reach {css} on {page.url}")


def open_by_key(page: Page, words: str) -> None:
    """Unfold a part of the page."""
    page.evaluate("() => document.activeElement.blur()")
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if words in (page.evaluate("() => document.activeElement.textContent") or ""):
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"Tab does not reach {words!r}")


def signs_in(page: Page, demo: Demo, family: Mapping[str, Any], password: str | None = None) -> None:
    """With the keyboard: e-mail, password, Enter; then to the parent's page."""
    page.goto(f"{demo.issuer}/thuis")
    tab_to(page, "[name=email]")
    page.keyboard.type(family["email"])
    tab_to(page, "[name=password]")
    page.keyboard.type(password or family["password"])
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: not url.endswith("/thuis"))
    page.goto(f"{demo.issuer}/ouder")


def test_the_page_says_it_all_and_axe_finds_nothing(demo: Demo, open_browser: Open) -> None:
    page = open_browser().new_page()
    signs_in(page, demo, home(demo))
    expect(page.locator("article.child")).to_have_count(len(home(demo)["children"]))
    expect(page.locator("#browsers ~ .rows li").first).to_contain_text("Dit apparaat · Chrome")
    clean(page)
    keep(page, "ouder")
    for fold in page.locator("details > summary").all():
        fold.click()
    clean(page)
    keep(page, "ouder-open")
    page.goto(f"{demo.issuer}/ouder?lang=en")
    expect(page.locator("h1")).to_have_text("For parents")
    clean(page)


def test_another_address_with_the_keyboard_alone(demo: Demo, open_browser: Open, scripts: bool) -> None:
    page, family, new = open_browser(scripts=scripts).new_page(), home(demo, 1), f"nieuw.{time.time_ns()}@thuis.example"
    signs_in(page, demo, family)
    open_by_key(page, "E-mailadres veranderen")
    tab_to(page, "[name=new_address]")
    page.keyboard.type(new)
    tab_to(page, "[name=address_password]")
    page.keyboard.type(family["password"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("één uur")
    keep(page, "ouder-adres-gevraagd")
    page.goto(demo.mail_to(new)[0]["links"][0])
    clean(page) if scripts else None
    keep(page, "ouder-adres")
    tab_to(page, "[name=password]")
    page.keyboard.type(family["password"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Je e-mailadres is veranderd")
    expect(page.locator(".lead .address")).to_have_text(new)
    _back(page, demo, family)


def _back(page: Page, demo: Demo, family: Mapping[str, Any]) -> None:
    """The demo's other tests know this family by its first address."""
    before = _address_links(demo, family["email"])
    page.locator("summary", has_text="E-mailadres veranderen").click()
    page.fill("[name=new_address]", family["email"])
    page.fill("[name=address_password]", family["password"])
    page.press("[name=address_password]", "Enter")
    expect(page.get_by_role("status")).to_contain_text("één uur")
    deadline = time.monotonic() + 15
    while not (sent := _address_links(demo, family["email"]) - before) and time.monotonic() < deadline:
        time.sleep(0.1)
    page.goto(sent.pop())
    page.fill("[name=password]", family["password"])
    page.press("[name=password]", "Enter")
    expect(page.locator(".lead .address")).to_have_text(family["email"])


def _address_links(demo: Demo, address: str) -> set[str]:
    mails = demo.mail_to(address, count=0)
    return {link for mail in mails for link in mail["links"] if "/adres/" in link}


def test_a_passkey_instead_of_the_password(demo: Demo, open_browser: Open) -> None:
    context = open_browser()
    page, family = context.new_page(), home(demo)
    authenticator(context, page)
    signs_in(page, demo, family)
    open_by_key(page, "Inloggen met je telefoon")
    tab_to(page, "[name=passkey_name]")
    page.keyboard.type("Telefoon van mama")
    tab_to(page, "[name=passkey_password]")
    page.keyboard.type(family["password"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("inloggen met dit apparaat")
    page.locator("summary", has_text="Inloggen met je telefoon").click()
    expect(page.get_by_text("Telefoon van mama")).to_be_visible()
    clean(page)
    keep(page, "ouder-sleutel")
    page.locator(".rows form[action='/uitloggen'] button").click()
    page.goto(f"{demo.issuer}/thuis")
    clean(page)
    keep(page, "thuis-sleutel")
    page.get_by_role("button", name="Met je telefoon of vingerafdruk").click()
    expect(page).to_have_url(f"{demo.issuer}/thuis/kind")
    steps.choose_child(page, family["children"][0])
    expect(page).to_have_url(f"{demo.issuer}/portaal")


def test_a_passkey_with_a_wrong_password_is_not_made(demo: Demo, open_browser: Open) -> None:
    context = open_browser()
    page = context.new_page()
    authenticator(context, page)
    signs_in(page, demo, home(demo))
    page.locator("summary", has_text="Inloggen met je telefoon").click()
    page.fill("[name=passkey_password]", "mis")
    page.press("[name=passkey_password]", "Enter")
    expect(page.locator("form[data-passkey] [data-failed]")).to_contain_text("Klopt je wachtwoord?")
    clean(page)


def test_forget_me_with_the_keyboard_alone(demo: Demo, open_browser: Open) -> None:
    teacher, page = open_browser().new_page(), open_browser().new_page()
    address, password = f"weg.{time.time_ns()}@thuis.example", "een lange zin over taart"
    steps.teacher_signs_in(teacher, demo)
    steps.fill_slot(teacher, demo, demo.facts()["unused"]["pupil"], address)
    page.goto(demo.mail_to(address)[0]["links"][0])
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    expect(page).to_have_url(f"{demo.issuer}/portaal")
    page.goto(f"{demo.issuer}/ouder")
    open_by_key(page, "Vergeet mij")
    tab_to(page, "form[action='/ouder/vergeten'] [name=password]")
    page.keyboard.type(password)
    tab_to(page, "[name=forget]")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Je thuisaccount is weg")
    expect(page.locator("main")).to_contain_text("je plek bij 1 kind")
    clean(page)
    keep(page, "ouder-vergeten")
    assert "Bewaar deze mail" in demo.mail_to(address)[0]["text"]


def test_ict_hands_a_childs_data_over(demo: Demo, open_browser: Open) -> None:
    page = open_browser().new_page()
    steps.teacher_signs_in(page, demo, "ict")
    child = home(demo)["children"][0]
    page.goto(f"{demo.issuer}/ict/gegevens")
    clean(page)
    page.fill("[name=naam]", child["first_name"])
    page.press("[name=naam]", "Enter")
    keep(page, "ict-gegevens")
    page.locator(f".found a[href='/ict/leerling/{child['pupil']}/gegevens']").click()
    clean(page)
    keep(page, "ict-gegevens-kind")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download").click()
    assert started.value.suggested_filename == f"gegevens-{child['pupil']}.json"
