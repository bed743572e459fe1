"""What happens on a tablet by itself, or by ear: the end after ten quiet minutes, reading aloud, and the board."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from idp.kernel.clock import frozen, now
from idp.school.models import School
from tests.browser import steps
from tests.browser.conftest import Open
from tests.browser.looks import look
from tests.site import Site, registration, served
from tests.web.classroom import Child, children_of, enrolment, live_sessions
from tests.web.test_network import environment

pytestmark = pytest.mark.browser

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
QUIET_S = 600
"""Ten minutes (ASVS 5.0 V7.3.1 asks for a limit that fits the place)."""

RECORDER = """
window.said = []
window.SpeechSynthesisUtterance = class { constructor (text) { this.text = text } }
Object.defineProperty(window, 'speechSynthesis', { value: {
  cancel () { window.said.push('hush') },
  speak (one) { window.said.push(`${one.lang}: ${one.text}`) }
} })"""


@pytest.fixture
def site(seeded_url: str, tmp_path: Path) -> Iterator[Site]:
    """The provider in this process, so that its clock can be moved."""
    with served(seeded_url, tmp_path) as running:
        running.register(registration("rekenreis", client_name="Rekenreis", grant_types=[DEVICE], redirect_uris=[]))
        yield running


def a_tablet(site: Site, page: Page) -> None:
    """This browser becomes a device of the school."""
    page.goto(f"{site.issuer}{enrolment(site)}")
    page.fill("[name=name]", "Tablet 1")
    page.press("[name=name]", "Enter")
    expect(page.locator("h1")).to_have_text("In welke groep zit je?")


def to_pin(site: Site, page: Page, child: Child) -> None:
    """From the groups to the PIN."""
    page.goto(f"{site.issuer}/school?group={child.group}")
    page.click(f"button[name=pupil][value='{child.id}']")
    expect(page.locator("[name=pin]")).to_be_visible()
    page.wait_for_load_state()  # and its scripts have run


def sign_in(site: Site, page: Page, child: Child) -> None:
    """With the PIN."""
    to_pin(site, page, child)
    steps.give_pin(page, child.pin)
    expect(page).to_have_url(f"{site.issuer}/portaal")
    page.wait_for_load_state()


def test_after_ten_quiet_minutes_the_tiles_of_the_class_are_there(site: Site, open_browser: Open) -> None:
    page, child = open_browser().new_page(), children_of(site, "Bever")[0]
    with frozen(now()) as move:
        start = now()
        page.clock.install()
        a_tablet(site, page)
        sign_in(site, page, child)
        page.clock.fast_forward((QUIET_S - 60) * 1000)
        page.mouse.move(10, 10)
        page.mouse.down()  # somebody is still there: it counts from here
        page.mouse.up()
        page.clock.fast_forward((QUIET_S - 60) * 1000)
        expect(page.locator("h1")).to_have_text(f"Hoi {child.first_name}")
        move(start + timedelta(seconds=2 * QUIET_S))
        page.clock.fast_forward(61_000)
        expect(page).to_have_url(f"{site.issuer}/school?group={child.group}")
        page.goto(f"{site.issuer}/portaal")  # and the server knows nobody here
        expect(page).to_have_url(f"{site.issuer}/school")


def test_the_server_ends_it_without_any_script(site: Site, open_browser: Open) -> None:
    page, child = open_browser(scripts=False).new_page(), children_of(site, "Bever")[0]
    with frozen(now()) as move:
        start = now()
        a_tablet(site, page)
        sign_in(site, page, child)
        move(start + timedelta(seconds=QUIET_S - 1))
        page.reload()
        expect(page.locator("h1")).to_have_text(f"Hoi {child.first_name}")  # which was a touch
        move(start + timedelta(seconds=2 * QUIET_S))
        page.reload()
        expect(page).to_have_url(f"{site.issuer}/school")


def test_a_pin_page_that_nobody_touches_makes_room_for_the_next_child(site: Site, open_browser: Open) -> None:
    page, child = open_browser().new_page(), children_of(site, "Bever")[0]
    page.clock.install()
    a_tablet(site, page)
    to_pin(site, page, child)
    page.clock.fast_forward(121_000)
    expect(page).to_have_url(f"{site.issuer}/school?group={child.group}")


def said(page: Page) -> list[str]:
    """Press the button; what the browser was told to say."""
    page.evaluate("window.said.length = 0")
    page.get_by_role("button", name=re.compile("Lees voor|Read aloud")).click()
    words: list[str] = page.evaluate("window.said")
    return words


def test_the_question_is_read_aloud_in_its_own_language(site: Site, open_browser: Open) -> None:
    context, child = open_browser(), children_of(site, "Bever")[0]
    context.add_init_script(RECORDER)
    page = context.new_page()
    a_tablet(site, page)
    assert said(page) == ["hush", "nl-NL: In welke groep zit je?"]
    page.click(f"button[name=group][value='{child.group}']")
    assert said(page) == ["hush", "nl-NL: Wie ben je?"]
    page.click(f"button[name=pupil][value='{child.id}']")
    assert said(page) == ["hush", "nl-NL: Wat is jouw pincode?"]
    steps.give_pin(page, "0000" if child.pin != "0000" else "1111")
    expect(page.locator("#secret-problem")).to_be_visible()
    told = "Wat is jouw pincode?. Dat is niet jouw pincode. Je mag het nog 4 keer proberen."
    assert said(page) == ["hush", f"nl-NL: {told}"]
    page.goto(f"{site.issuer}/school?kaart=ja")
    assert said(page) == ["hush", "nl-NL: Houd je kaart voor"]
    page.goto(f"{site.issuer}/school?group={children_of(site, 'Kikker')[0].group}&lang=en")
    assert said(page) == ["hush", "en-GB: Who are you?"]


@pytest.mark.parametrize("voice", [True, False])
def test_without_a_voice_there_is_no_button(site: Site, open_browser: Open, voice: bool) -> None:
    context, child = open_browser(), children_of(site, "Kikker")[0]
    context.add_init_script(RECORDER if voice else "delete window.speechSynthesis")
    page = context.new_page()
    a_tablet(site, page)
    for path in ("/school", f"/school?group={child.group}", f"/school?pupil={child.id}", "/school?kaart=ja"):
        page.goto(f"{site.issuer}{path}")
        expect(page.locator("[data-speak]")).to_be_visible(visible=voice)


def test_uitloggen_leads_back_to_the_class(site: Site, open_browser: Open, scripts: bool) -> None:
    page, child = open_browser(scripts=scripts).new_page(), children_of(site, "Bever")[0]
    a_tablet(site, page)
    sign_in(site, page, child)
    page.goto(f"{site.issuer}/logout")
    page.get_by_role("button", name="Ja, uitloggen").click()
    expect(page.locator("h1")).to_have_text("Je bent uitgelogd")
    look(page, "school-uitgelogd", scripts=scripts)
    page.get_by_role("link", name="Terug naar de klas").click()
    expect(page.locator("button[name=pupil]")).to_have_count(30)


def test_at_a_school_with_an_environment_a_tablet_leads_there_and_shows_no_name(site: Site, open_browser: Open) -> None:
    page, child = open_browser().new_page(), children_of(site, "Bever")[0]
    a_tablet(site, page)
    site.connect(environment(issuer="https://moo.invalid"))
    with site.database.write() as db:
        db.execute(update(School).where(School.name == "De Regenboog").values(network="moo"))
    page.goto(f"{site.issuer}/school?group={child.group}")
    expect(page.locator("h1")).to_have_text("Log in via MOO")
    expect(page.locator("button[name=pupil]")).to_have_count(0)
    look(page, "netwerk-op-school")
    page.get_by_role("link", name="Inloggen met MOO").click()
    expect(page.locator("h1")).to_have_text("MOO geeft geen antwoord")
    look(page, "netwerk-stil")


def test_a_device_that_ict_takes_back_in_the_middle_of_a_lesson(site: Site, open_browser: Open) -> None:
    page, child = open_browser().new_page(), children_of(site, "Bever")[0]
    a_tablet(site, page)
    sign_in(site, page, child)
    assert live_sessions(site) == 1
    ict = open_browser().new_page()
    _ict_signs_in(site, ict)
    ict.goto(f"{site.issuer}/ict/apparaten")
    look(ict, "ict-apparaten")
    ict.locator("li[data-device] button").click()
    expect(ict.locator("li[data-device]")).to_have_count(0)
    page.reload()
    expect(page).to_have_url(f"{site.issuer}/thuis")
    page.goto(f"{site.issuer}/school?group={child.group}")
    expect(page.locator("h1")).to_have_text("Dit apparaat hoort nog niet bij een school")


def _ict_signs_in(site: Site, page: Page) -> None:
    person = next(one for one in site.people()["staff"] if one["role"] == "ict")
    page.goto(f"{site.issuer}/leerkracht")
    page.fill("[name=email]", person["email"])
    page.fill("[name=password]", person["password"])
    page.press("[name=password]", "Enter")
    steps.give_code(page, person["totp_secret"])


def test_a_board_in_the_classroom_opens_when_a_child_confirms_it_on_the_tablet(
    site: Site, open_browser: Open, scripts: bool
) -> None:
    wall, page = open_browser(scripts=scripts, width=1280).new_page(), open_browser().new_page()
    child = children_of(site, "Bever")[0]
    a_tablet(site, page)
    wall.goto(f"{site.issuer}/koppel/bord")
    look(wall, "school-bord", scripts=scripts)
    page.goto(f"{site.issuer}/koppel?code={wall.locator('.device-code').inner_text()}")
    page.locator("form[action='/koppel'] button").click()
    expect(page.locator("h1")).to_have_text("In welke groep zit je?")
    page.click(f"button[name=group][value='{child.group}']")
    page.click(f"button[name=pupil][value='{child.id}']")
    steps.give_pin(page, child.pin)
    look(page, "school-bord-vraag")
    page.click("button[name=confirm][value=yes]")
    expect(wall.locator("h1")).to_have_text(f"Hallo {child.first_name}", timeout=12_000)
    look(wall, "school-bord-open", scripts=scripts)
