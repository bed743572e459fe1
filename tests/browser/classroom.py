"""A classroom of the demo: ICT makes tablets the school's, and cards are printed and read."""

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.demo import Demo


def read_qr(shown: Locator, folder: Path) -> str:
    """What a QR code on a page says, as zbar reads it off the screen."""
    file = folder / "qr.png"
    shown.screenshot(path=file)
    try:
        said = subprocess.run(["zbarimg", "--raw", "-q", str(file)], check=True, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("QR CODES NOT READ: run `make setup-tests` (zbar-tools)")
    return said.stdout.strip()


def new_link(ict: Page, demo: Demo, folder: Path) -> str:
    """ICT makes a link for a device; what its QR code says, which is what stands below it."""
    ict.goto(f"{demo.issuer}/ict/apparaten")
    ict.get_by_role("button", name="Apparaat aanmelden").click()
    link = read_qr(ict.locator(".qr-box"), folder)
    assert link == ict.locator(".link-text code").inner_text()
    return link


def enrol(tablet: Page, link: str, name: str) -> None:
    """The tablet opens the link and becomes the school's."""
    tablet.goto(link)
    tablet.fill("[name=name]", name)
    tablet.get_by_role("button", name="Ja, meld dit apparaat aan").click()
    expect(tablet.locator("h1")).to_have_text("In welke groep zit je?")


def group_page(staff: Page, demo: Demo, name: str) -> str:
    """Open a group of the school; its id."""
    staff.goto(f"{demo.issuer}/groepen")
    staff.get_by_role("link", name=name, exact=True).click()
    expect(staff.locator("h1")).to_have_text(name)
    return staff.url.rsplit("/", 1)[1].partition("?")[0]


def print_card(staff: Page, demo: Demo, group: str, first_name: str, folder: Path) -> str:
    """A new card for one child; what zbar reads off it."""
    staff.goto(f"{demo.issuer}/groepen/{group}/kaarten")
    label = staff.locator("select[name=pupil] option", has_text=first_name).first.inner_text()
    staff.select_option("select[name=pupil]", label=label)
    staff.get_by_role("button", name="Maak nieuwe kaarten op deze pagina").click()
    expect(staff.locator("[data-card]")).to_have_count(1)
    return read_qr(staff.locator("[data-card] .code"), folder)
