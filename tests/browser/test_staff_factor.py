"""A passkey, from making it to signing in with nothing else, with the authenticator that Chromium plays for us."""

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Open, keep
from tests.browser.demo import Demo
from tests.browser.steps import teacher_signs_in

pytestmark = pytest.mark.browser

SECURITY = "/leerkracht/beveiliging"


def authenticator(context: BrowserContext, page: Page, *, verifies: bool = True) -> None:
    """A device that holds passkeys, and confirms by itself; `verifies`: it knows who holds it."""
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verifies,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def clean(page: Page) -> None:
    """axe finds nothing to say."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def sign_out(page: Page) -> None:
    page.locator("form[action='/uitloggen'] button").click()


def test_a_teacher_makes_a_passkey_and_needs_no_password_any_more(demo: Demo, open_browser: Open) -> None:
    context = open_browser()
    page = context.new_page()
    authenticator(context, page)
    teacher_signs_in(page, demo, "teacher")
    page.goto(f"{demo.issuer}{SECURITY}")
    clean(page)
    keep(page, "security")
    page.get_by_role("button", name="Maak een passkey").click()
    expect(page.locator("h1")).to_have_text("Bewaar deze herstelcodes")
    expect(page.locator("[data-code]")).to_have_count(10)
    clean(page)
    keep(page, "recovery-codes")
    page.get_by_role("link", name="Ik heb ze bewaard").click()
    expect(page.locator("[data-factor=passkey]")).to_have_count(1)
    sign_out(page)
    page.goto(f"{demo.issuer}/leerkracht")
    clean(page)
    keep(page, "staff-sign-in")
    page.get_by_role("button", name="Inloggen met een passkey").click()
    expect(page).to_have_url(f"{demo.issuer}/groepen")
    page.goto(f"{demo.issuer}/leerkracht/bevestig?naar={SECURITY}")
    clean(page)
    keep(page, "confirm")
    page.get_by_role("button", name="Met een passkey").click()
    expect(page).to_have_url(f"{demo.issuer}{SECURITY}")
    sign_out(page)
    after_the_password_the_passkey_completes_it(page, demo)


def after_the_password_the_passkey_completes_it(page: Page, demo: Demo) -> None:
    """The password alone opens nothing now. At the end the passkey is taken away again."""
    person = next(one for one in demo.facts()["staff"] if one["role"] == "teacher")
    page.goto(f"{demo.issuer}/leerkracht")
    page.fill("[name=email]", person["email"])
    page.fill("[name=password]", person["password"])
    page.press("[name=password]", "Enter")
    expect(page.locator("h1")).to_have_text("De tweede stap")
    clean(page)
    keep(page, "second-step")
    page.get_by_role("button", name="Met een passkey").click()
    expect(page).to_have_url(f"{demo.issuer}/groepen")
    page.goto(f"{demo.issuer}{SECURITY}")
    page.locator("[data-factor=passkey] button").click()
    expect(page.locator("[data-factor]")).to_have_count(0)


def test_a_passkey_whose_holder_is_not_verified_opens_nothing(demo: Demo, open_browser: Open) -> None:
    context = open_browser()
    page = context.new_page()
    authenticator(context, page, verifies=False)
    teacher_signs_in(page, demo, "teacher")
    page.goto(f"{demo.issuer}{SECURITY}")
    page.get_by_role("button", name="Maak een passkey").click()
    expect(page.locator("[data-failed]")).to_be_visible(timeout=70_000)
    page.goto(f"{demo.issuer}{SECURITY}")
    expect(page.locator("[data-factor]")).to_have_count(0)


def test_an_app_works_without_scripts(demo: Demo, open_browser: Open) -> None:
    page = open_browser(scripts=False).new_page()
    teacher_signs_in(page, demo, "teacher")
    page.goto(f"{demo.issuer}{SECURITY}")
    expect(page.get_by_role("button", name="Maak een passkey")).to_be_hidden()
    page.get_by_role("link", name="Kies de app").click()
    keep(page, "app")
    page.locator("summary").click()
    secret = "".join(page.locator("[data-secret]").inner_text().split())
    page.fill("[name=otp]", pyotp.TOTP(secret).now())
    page.press("[name=otp]", "Enter")
    expect(page.locator("h1")).to_have_text("Bewaar deze herstelcodes")
    page.goto(f"{demo.issuer}{SECURITY}")
    page.locator("[data-factor=totp] button").click()
    expect(page.locator("[data-factor]")).to_have_count(0)


def test_the_operators_pages_are_clean(demo: Demo, open_browser: Open) -> None:
    page = open_browser(width=1280).new_page()
    teacher_signs_in(page, demo, "operator")
    for path in ("", "/scholen", "/uitgevers", "/uitgevers/nieuw", "/sleutels", "/postbus", "/limieten", "/logboek"):
        page.goto(f"{demo.issuer}/beheer{path}")
        clean(page)
        keep(page, f"operator{path.replace('/', '-')}")
    page.goto(f"{demo.issuer}/beheer/scholen")
    page.locator("[data-school] a").first.click()
    clean(page)
    keep(page, "operator-school")
    page.goto(f"{demo.issuer}/beheer/uitgevers")
    page.locator("[data-client] a").first.click()
    clean(page)
    keep(page, "operator-publisher")
