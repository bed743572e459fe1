"""What people do on the pages, in their words."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyotp
from playwright.sync_api import Browser, Page, expect

from tests.browser.demo import Demo


def teacher_signs_in(page: Page, demo: Demo, role: str = "teacher") -> Mapping[str, Any]:
    """A teacher of the demo's main school opens the groups."""
    person: dict[str, Any] = next(member for member in demo.facts()["staff"] if member["role"] == role)
    page.goto(f"{demo.issuer}/leerkracht")
    page.fill("[name=email]", person["email"])
    page.fill("[name=password]", person["password"])
    page.press("[name=password]", "Enter")
    if person["totp_secret"]:
        give_code(page, person["totp_secret"])
    expect(page).to_have_url(re.compile(f"{re.escape(demo.issuer)}/(groepen|beheer)$"))
    return person


@contextmanager
def signed_in_once(chromium: Browser, demo: Demo, role: str) -> Iterator[Page]:
    """A member of staff at a desk for a whole module of tests: each code of the app works once."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="nl-NL")
    page = context.new_page()
    teacher_signs_in(page, demo, role)
    yield page
    context.close()


def choose_first_password(page: Page, address: str, password: str) -> None:
    """On the page of an invitation; and sign in with it."""
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.get_by_role("main").get_by_role("link", name="Inloggen").click()
    page.fill("[name=email]", address)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")


def give_code(page: Page, secret: str) -> None:
    """The code of an app; of those that are good at this moment, one that was not used yet."""
    for near in (-30, 0, 30):
        page.fill("[name=otp]", pyotp.TOTP(secret).at(int(time.time()) + near))
        page.press("[name=otp]", "Enter")
        page.wait_for_load_state()
        if not page.locator("[name=otp]").count():
            return


def fill_slot(page: Page, demo: Demo, pupil: str, address: str) -> None:
    """The teacher writes an address into the first slot and saves."""
    page.goto(f"{demo.issuer}/leerlingen/{pupil}/wijzigen")
    page.fill("[name=email_1]", address)
    page.locator("button[name=save]").first.click()


def status_of(page: Page, demo: Demo, group: str, pupil: str) -> str:
    """What the group page says of this pupil's home login."""
    page.goto(f"{demo.issuer}/groepen/{group}")
    return page.locator(f"tr[data-pupil='{pupil}'] td[data-home]").inner_text().strip()


def secret_of(page: Page, demo: Demo, group: str, pupil: str) -> Mapping[str, str]:
    """The PIN that the teacher reads out from the group page."""
    page.goto(f"{demo.issuer}/groepen/{group}")
    found = re.search(r"\b\d{4}\b", page.locator(f"tr[data-pupil='{pupil}']").inner_text())
    assert found, "a group whose children have no PIN"
    return {"method": "pin", "secret": found.group()}


def choose_child(page: Page, child: Mapping[str, Any]) -> None:
    """The child takes its tile and shows its PIN or picture."""
    page.click(f"button[name=pupil][value='{child['pupil']}']")
    if child["method"] == "pin":
        give_pin(page, child["secret"])
    elif child["method"] == "picture":
        page.click(f"button[name=picture][value='{child['secret']}']")


def give_pin(page: Page, pin: str) -> None:
    """Type it; with scripts the pad sends by itself, without there is a button."""
    field = page.locator("[name=pin]")
    expect(field).to_be_visible()
    page.wait_for_load_state()  # the script has shown its pad, or none will
    by_itself = page.locator(".pinpad").is_visible()
    field.press_sequentially(pin)
    if not by_itself:
        page.locator("form:has([name=pin]) button[type=submit], form:has([name=pin]) button:not([type])").first.click()


def scan(page: Page, code: str) -> None:
    """A scanner types, and ends with Enter: 8 ms between two keys by their time stamps, however slow we are."""
    keyboard, start = page.context.new_cdp_session(page), time.time()
    for at, letter in enumerate(f"{code}\r"):
        key = {"key": letter, "text": letter} if letter != "\r" else {"key": "Enter", "code": "Enter", "text": "\r"}
        for kind in ("keyDown", "keyUp"):
            pressed = key if kind == "keyDown" else {"key": key["key"]}
            keyboard.send("Input.dispatchKeyEvent", {"type": kind, "timestamp": start + at * 0.008, **pressed})
    keyboard.detach()


def parent_signs_in(page: Page, address: str, password: str) -> None:
    """On the page with e-mail and password."""
    page.fill("[name=email]", address)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")


def publisher(demo: Demo, number: int) -> Mapping[str, Any]:
    """One of the fifteen."""
    found: dict[str, Any] = demo.facts()["publishers"][number]
    return found


def known_at(page: Page, app: Mapping[str, Any]) -> str | None:
    """The first name under which this browser is signed in at a publisher; None = signed out."""
    answer = page.request.get(f"{app['url']}session.json").json()
    return answer["claims"]["given_name"] if answer["signed_in"] else None
