"""A child at school, on a tablet that ICT made the school's: PIN, picture, badge, and Klaar."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser import steps
from tests.browser.classroom import enrol, group_page, new_link, print_card
from tests.browser.conftest import Open
from tests.browser.demo import Demo
from tests.browser.looks import look

pytestmark = pytest.mark.browser

DETECTOR = """
window.looked = 0
window.BarcodeDetector = class {
  static async getSupportedFormats () { return ['qr_code'] }
  async detect (video) {
    window.looked += 1
    if (!video.videoWidth || window.looked < 3) return []
    return [{ rawValue: 'https://example.org/somebody-elses-code' }, { rawValue: 'CODE' }]
  }
}"""
"""Chromium without a screen reads no codes itself: this one finds ours in the third picture of the camera."""


@pytest.fixture(scope="module")
def ict(demo: Demo, chromium: Browser) -> Iterator[Page]:
    """The co-ordinator at a desk, signed in once: each code of the app works once."""
    with steps.signed_in_once(chromium, demo, "ict") as page:
        yield page


@pytest.fixture
def tablet(demo: Demo, ict: Page, open_browser: Open, tmp_path: Path) -> Page:
    """A device of the school, with JavaScript."""
    page = open_browser().new_page()
    page.on("pageerror", lambda error: pytest.fail(f"a script of {page.url}: {error}"))
    enrol(page, new_link(ict, demo, tmp_path), f"Tablet {time.time_ns()}")
    return page


def pupils_on(staff: Page) -> list[tuple[str, str]]:
    """(id, first name) of the rows of the group page."""
    rows = staff.locator("tr[data-pupil]").all()
    return [(row.get_attribute("data-pupil") or "", row.locator(".first-name").inner_text()) for row in rows]


def to_tile(tablet: Page, group: str, pupil: str) -> None:
    """From the groups to what this child has to show."""
    tablet.click(f"button[name=group][value='{group}']")
    tablet.click(f"button[name=pupil][value='{pupil}']")
    expect(tablet.locator("h1")).to_contain_text("Hoi")
    tablet.wait_for_load_state()  # its scripts are there as well


def test_a_morning_with_pins(demo: Demo, ict: Page, open_browser: Open, tmp_path: Path, scripts: bool) -> None:
    group = group_page(ict, demo, "Bever")
    (first, name), (second, brother) = pupils_on(ict)[:2]
    pins = [str(steps.secret_of(ict, demo, group, one)["secret"]) for one in (first, second)]
    tablet = open_browser(scripts=scripts).new_page()
    tablet.goto(f"{demo.issuer}/school")
    expect(tablet.locator("h1")).to_have_text("Dit apparaat hoort nog niet bij een school")
    assert not {one for _, one in pupils_on(ict) if re.search(rf"\b{re.escape(one)}\b", tablet.content())}
    look(tablet, "school-geen-apparaat", scripts=scripts)
    link = new_link(ict, demo, tmp_path)
    tablet.goto(link)
    look(tablet, "school-aanmelden", scripts=scripts)
    enrol(tablet, link, f"Tablet {time.time_ns()}")
    look(tablet, "school-groepen", scripts=scripts)
    tablet.click(f"button[name=group][value='{group}']")
    expect(tablet.locator("button[name=pupil]")).to_have_count(30)
    look(tablet, "school-tegels", scripts=scripts)
    tablet.click(f"button[name=pupil][value='{first}']")
    look(tablet, "school-pin", scripts=scripts)
    steps.give_pin(tablet, "0000" if pins[0] != "0000" else "1111")
    expect(tablet.locator("#secret-problem")).to_contain_text("Je mag het nog 4 keer proberen")
    look(tablet, "school-pin-mis", scripts=scripts)
    steps.give_pin(tablet, pins[0])
    expect(tablet).to_have_url(f"{demo.issuer}/portaal")
    expect(tablet.locator("h1")).to_have_text(f"Hoi {name}")
    look(tablet, "school-portaal", scripts=scripts)
    _an_app_and_klaar(tablet, demo, name, group)
    tablet.click(f"button[name=pupil][value='{second}']")
    steps.give_pin(tablet, pins[1])
    expect(tablet).to_have_url(f"{demo.issuer}/portaal")
    expect(tablet.locator("h1")).to_have_text(f"Hoi {brother}")
    if scripts:
        expect(tablet.locator("script[src*='idle.js']")).to_have_count(1)


def _an_app_and_klaar(tablet: Page, demo: Demo, name: str, group: str) -> None:
    """A tile of the portal; then Klaar, which reaches the app, and the class stands there for the next child."""
    app = steps.publisher(demo, 0)
    tablet.click(f"a[data-client='{app['client_id']}']")
    tablet.wait_for_url(f"{app['url']}**")
    assert steps.known_at(tablet, app) == name
    tablet.goto(f"{demo.issuer}/portaal")
    tablet.get_by_role("button", name="Klaar").click()
    expect(tablet).to_have_url(f"{demo.issuer}/school?group={group}")
    end = time.monotonic() + 5
    while steps.known_at(tablet, app):
        assert time.monotonic() < end, "the app still knows the child"
    expect(tablet.locator("button[name=pupil]")).to_have_count(30)


def test_from_an_apps_own_button_to_the_app(demo: Demo, ict: Page, tablet: Page) -> None:
    group, app = group_page(ict, demo, "Bever"), steps.publisher(demo, 2)
    pupil, name = pupils_on(ict)[2]
    pin = str(steps.secret_of(ict, demo, group, pupil)["secret"])
    tablet.goto(app["url"])
    tablet.get_by_text("Inloggen met Sleutelbos").click()
    expect(tablet.locator("h1")).to_have_text("In welke groep zit je?")
    look(tablet, "school-naar-app")
    to_tile(tablet, group, pupil)
    steps.give_pin(tablet, pin)
    tablet.wait_for_url(f"{app['url']}**")
    assert steps.known_at(tablet, app) == name


def test_a_group_with_password_pictures(demo: Demo, ict: Page, tablet: Page) -> None:
    group = group_page(ict, demo, "Kikker")
    pupil, name = pupils_on(ict)[0]
    shown = ict.locator(f"tr[data-pupil='{pupil}'] .secret img").get_attribute("src") or ""
    key = shown.rsplit("/", 1)[1].removesuffix(".svg")
    to_tile(tablet, group, pupil)
    expect(tablet.locator("button[name=picture]")).to_have_count(12)
    look(tablet, "school-plaatjes")
    wrong = next(
        value for one in tablet.locator("button[name=picture]").all() if (value := one.get_attribute("value")) != key
    )
    tablet.click(f"button[name=picture][value='{wrong}']")
    expect(tablet.locator("#secret-problem")).to_contain_text("Dat is niet jouw plaatje")
    look(tablet, "school-plaatjes-mis")
    tablet.click(f"button[name=picture][value='{key}']")
    expect(tablet).to_have_url(f"{demo.issuer}/portaal")
    expect(tablet.locator("h1")).to_have_text(f"Hoi {name}")


@pytest.mark.parametrize(
    "where", ["groups", "a class with PINs", "a class with badges", "the page for cards", "a PIN", "a PIN's field"]
)
def test_a_scanner_types_wherever_the_child_stands(
    demo: Demo, ict: Page, tablet: Page, tmp_path: Path, where: str
) -> None:
    group = group_page(ict, demo, "Bever" if "PIN" in where else "Arend")
    pupil, name = pupils_on(ict)[5]
    code = print_card(ict, demo, group, name, tmp_path)
    if where == "the page for cards":
        tablet.get_by_role("link", name="Ik heb een kaart").click()
        look(tablet, "school-kaart")
    elif where != "groups":
        tablet.click(f"button[name=group][value='{group}']")
    if where == "a class with badges":
        look(tablet, "school-tegels-kaart")
    if where.startswith("a PIN"):
        tablet.click(f"button[name=pupil][value='{pupil}']")
    stands = "[name=pin]" if where.startswith("a PIN") else "[name=pupil]" if where.startswith("a class") else "main"
    expect(tablet.locator(stands).first).to_be_visible()
    tablet.wait_for_load_state()  # of the page that this is on: its scripts hear the scanner from here on
    if where != "a PIN's field":
        tablet.evaluate("document.activeElement.blur()")  # no field was clicked
    steps.scan(tablet, code)
    expect(tablet).to_have_url(f"{demo.issuer}/portaal")
    expect(tablet.locator("h1")).to_have_text(f"Hoi {name}")


def test_the_digits_of_a_card_are_no_pin(demo: Demo, ict: Page, tablet: Page) -> None:
    group = group_page(ict, demo, "Bever")
    pupil, _name = pupils_on(ict)[6]
    pin = str(steps.secret_of(ict, demo, group, pupil)["secret"])
    to_tile(tablet, group, pupil)
    steps.scan(tablet, "sb1:12345678")
    expect(tablet.locator("#secret-problem")).to_contain_text("Deze kaart kennen we niet")
    tablet.goto(f"{demo.issuer}/school?pupil={pupil}")
    steps.give_pin(tablet, "0000" if pin != "0000" else "1111")
    expect(tablet.locator("#secret-problem")).to_contain_text("nog 4 keer")  # the first wrong try


@pytest.mark.parametrize("typed", ["a PIN", "a card"])
def test_what_is_typed_before_the_pages_script_is_there(demo: Demo, ict: Page, tablet: Page, typed: str) -> None:
    group = group_page(ict, demo, "Bever")
    pupil, name = pupils_on(ict)[7]
    pin = str(steps.secret_of(ict, demo, group, pupil)["secret"])
    late: list[Route] = []
    tablet.route("**/pinpad.js*", lambda route: late.append(route))
    tablet.click(f"button[name=group][value='{group}']")
    tablet.click(f"button[name=pupil][value='{pupil}']")
    tablet.locator("[name=pin]").press_sequentially(pin if typed == "a PIN" else f"sb{pin}")
    late[0].continue_()
    if typed == "a PIN":  # a quick child's digits count
        expect(tablet).to_have_url(f"{demo.issuer}/portaal")
        expect(tablet.locator("h1")).to_have_text(f"Hoi {name}")
    else:  # those of a card are no try
        expect(tablet.locator(".pinpad")).to_be_visible()
        expect(tablet.locator("[name=pin]")).to_have_value("")
        expect(tablet.locator("#secret-problem")).to_have_count(0)


def test_slow_typing_is_no_scanner(demo: Demo, ict: Page, tablet: Page, tmp_path: Path) -> None:
    code = print_card(ict, demo, group_page(ict, demo, "Arend"), pupils_on(ict)[1][1], tmp_path)
    tablet.evaluate("document.activeElement.blur()")
    tablet.keyboard.type(code[:8], delay=130)
    tablet.keyboard.press("Enter")
    expect(tablet.locator("h1")).to_have_text("In welke groep zit je?")


def test_a_card_before_the_camera(demo: Demo, ict: Page, tablet: Page, tmp_path: Path) -> None:
    group = group_page(ict, demo, "Arend")
    _pupil, name = pupils_on(ict)[2]
    code = print_card(ict, demo, group, name, tmp_path)
    tablet.add_init_script(DETECTOR.replace("CODE", code))
    tablet.goto(f"{demo.issuer}/school?kaart=ja")
    button = tablet.get_by_role("button", name="Gebruik de camera")
    look(tablet, "school-camera")
    button.click()  # nobody allowed it yet
    expect(tablet.locator(".camera [role=status]")).to_be_visible()
    look(tablet, "school-camera-nee")
    tablet.context.grant_permissions(["camera"], origin=demo.issuer)
    tablet.reload()  # where it was allowed before it starts by itself
    expect(tablet).to_have_url(f"{demo.issuer}/portaal")
    expect(tablet.locator("h1")).to_have_text(f"Hoi {name}")


def test_without_a_detector_there_is_no_camera_and_the_code_is_typed(
    demo: Demo, ict: Page, tablet: Page, tmp_path: Path
) -> None:
    group = group_page(ict, demo, "Arend")
    _pupil, name = pupils_on(ict)[3]
    code = print_card(ict, demo, group, name, tmp_path)
    tablet.add_init_script("delete window.BarcodeDetector")
    tablet.goto(f"{demo.issuer}/school?kaart=ja")
    expect(tablet.get_by_role("button", name="Gebruik de camera")).to_be_hidden()
    tablet.fill("[name=badge]", "sb1:nietvanons")
    tablet.get_by_role("button", name="Verder").click()
    expect(tablet.locator("#secret-problem")).to_contain_text("Deze kaart kennen we niet")
    look(tablet, "school-kaart-mis")
    tablet.fill("[name=badge]", code)
    tablet.get_by_role("button", name="Verder").click()
    expect(tablet).to_have_url(f"{demo.issuer}/portaal")
    expect(tablet.locator("h1")).to_have_text(f"Hoi {name}")


def test_five_wrong_pins_are_a_pause_that_says_how_on(demo: Demo, ict: Page, tablet: Page) -> None:
    group = group_page(ict, demo, "Bever")
    pupil, name = pupils_on(ict)[4]
    pin = str(steps.secret_of(ict, demo, group, pupil)["secret"])
    to_tile(tablet, group, pupil)
    for left in (4, 3, 2, 1, 0):
        steps.give_pin(tablet, "0000" if pin != "0000" else "1111")
        said = f"nog {left} keer" if left else "Even pauze"
        expect(tablet.locator("main")).to_contain_text(said)
    look(tablet, "school-pauze")
    ict.goto(f"{demo.issuer}/leerlingen/{pupil}/noodcode")
    ict.locator("main form button").first.click()
    code = re.search(r"\b[A-Z0-9]{3} ?[A-Z0-9]{3}\b", ict.locator("main").inner_text())
    assert code is not None, ict.locator("main").inner_text()
    tablet.get_by_role("link", name="Ik heb een nood-code").click()
    look(tablet, "school-noodcode")
    tablet.fill("[name=code]", code.group())
    tablet.get_by_role("button", name="Verder").click()
    expect(tablet).to_have_url(f"{demo.issuer}/portaal")
    expect(tablet.locator("h1")).to_have_text(f"Hoi {name}")
