"""An operator's day: a school, a publisher and its two secrets, a message that did not arrive, the log, and the two
who together may delete a school.
"""

import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import steps
from tests.browser.conftest import Open
from tests.browser.demo import Demo
from tests.browser.looks import look
from tests.hosted import Hosted, hosted
from tests.protocol.party import VERIFIER, basic, challenge_of

pytestmark = pytest.mark.browser

PASSWORD = "negen blauwe sleutels"
FIRST_SECRET = "een-geheim-van-meer-dan-tweeendertig-tekens"

ENTRY = """
client_id = "{name}"
client_name = "Rekenreis"
client_secret = "{secret}"
redirect_uris = ["{base}/back"]
backchannel_logout_uri = "{base}/bye"
grant_types = ["authorization_code"]
scope = "openid profile"

[sleutelbos]
profile = "simple"
subject_type = "pairwise"
claims = ["given_name"]
all_schools = true
"""


@pytest.fixture(scope="module")
def operator(demo: Demo, chromium: Browser) -> Iterator[Page]:
    """Signed in with the second step, once: each code of the app works once."""
    with steps.signed_in_once(chromium, demo, "operator") as page:
        yield page


@pytest.fixture
def publisher() -> Iterator[Hosted]:
    """A publisher's server, which does not take logout calls yet."""
    with hosted() as here:
        here.put("/back", "back")
        here.put("/bye", "", status=503)
        yield here


def test_the_platform_on_one_page(demo: Demo, operator: Page) -> None:
    operator.goto(f"{demo.issuer}/beheer")
    expect(operator.locator("[data-health=good]")).to_be_visible()
    sizes = dict(zip(*(operator.locator(f"dl.numbers {tag}").all_inner_texts() for tag in ("dt", "dd")), strict=True))
    assert int(sizes["Scholen"]) >= 10
    assert int(sizes["Leerlingen"]) >= 40
    look(operator, "beheer")
    operator.get_by_role("link", name="Limieten").click()
    expect(operator.locator("tr", has_text="school_secret")).to_contain_text("De pincode of het plaatje van één kind")
    look(operator, "beheer-limieten")
    operator.get_by_role("link", name="Sleutels").click()
    operator.get_by_role("button", name="Wissel de sleutels").click()
    expect(operator.locator("[data-key=next]").first).to_be_visible()
    look(operator, "beheer-sleutels")


def test_a_publisher_has_two_secrets_for_a_while(demo: Demo, operator: Page, publisher: Hosted) -> None:
    name = f"rekenreis-{time.time_ns()}"
    _add(operator, demo, name, publisher)
    operator.goto(f"{demo.issuer}/beheer/uitgevers/{name}")
    operator.get_by_role("button", name="Maak een tweede geheim").click()
    second = operator.locator("[data-secret]").inner_text()
    look(operator, "beheer-uitgever-geheim")
    expect(operator.locator(".notice")).to_contain_text("Het oude geheim werkt nog")
    assert _is_known(operator, demo, name, FIRST_SECRET)
    assert _is_known(operator, demo, name, second)
    assert not _is_known(operator, demo, name, "een-ander-geheim-dan-deze-twee-van-hen")
    operator.reload()  # the form is sent again
    expect(operator.locator("[data-secret]")).to_have_count(0)
    expect(operator.get_by_role("alert")).to_contain_text("Er is al een nieuw geheim gemaakt")
    assert _is_known(operator, demo, name, FIRST_SECRET)
    assert _is_known(operator, demo, name, second)
    operator.goto(f"{demo.issuer}/beheer/uitgevers/{name}")
    operator.get_by_role("button", name="Zet uit").click()
    expect(operator).to_have_url(f"{demo.issuer}/beheer/uitgevers")
    assert not _is_known(operator, demo, name, second)


def _add(operator: Page, demo: Demo, name: str, publisher: Hosted) -> None:
    """Through the page; first with a mistake in it."""
    entry = ENTRY.format(name=name, secret=FIRST_SECRET, base=publisher.base)
    operator.goto(f"{demo.issuer}/beheer/uitgevers")
    operator.get_by_role("link", name="Toevoegen of veranderen").click()
    operator.fill("[name=entry]", entry.replace("authorization_code", "password"))
    operator.get_by_role("button", name="Opslaan").click()
    expect(operator.locator("#entry-problem")).to_contain_text("Er is niets opgeslagen")
    look(operator, "beheer-uitgever-fout")
    operator.fill("[name=entry]", entry)
    operator.get_by_role("button", name="Opslaan").click()
    expect(operator.get_by_role("status")).to_contain_text("toegevoegd")


def _is_known(page: Page, demo: Demo, name: str, secret: str) -> bool:
    """Does the token endpoint know the client by this secret? It asks for nothing that it could get."""
    form = {"grant_type": "authorization_code", "code": "none", "redirect_uri": "x", "code_verifier": VERIFIER}
    answer = page.request.post(f"{demo.issuer}/token", form=form, headers={"Authorization": basic(name, secret)})
    return bool(answer.json()["error"] == "invalid_grant")


def test_the_sign_in_of_a_publisher_is_tried(demo: Demo, operator: Page) -> None:
    operator.goto(f"{demo.issuer}/beheer/uitgevers/malmberg")
    look(operator, "beheer-uitgever")
    operator.get_by_role("link", name="Probeer het inloggen uit").click()
    operator.wait_for_url(f"{demo.clients}/malmberg/**")  # there and back: an operator has no school that works with it
    expect(operator.locator("h1")).to_be_visible()


def test_a_message_that_did_not_arrive_is_sent_again(
    demo: Demo, operator: Page, open_browser: Open, publisher: Hosted
) -> None:
    name = f"rekenreis-{time.time_ns()}"
    _add(operator, demo, name, publisher)
    _comes_and_goes(open_browser().new_page(), demo, name, publisher)
    end = time.monotonic() + 15
    operator.goto(f"{demo.issuer}/beheer/postbus")
    while not operator.locator("tr", has_text=name).count():
        assert time.monotonic() < end, "the outbox shows no failure"
        operator.reload()
    row = operator.locator("tr", has_text=name)
    expect(row).to_contain_text("uitlogbericht")
    expect(row).to_contain_text("503")
    look(operator, "beheer-postbus")
    publisher.put("/bye", "")
    before = publisher.calls["/bye"]
    row.get_by_role("button", name="Probeer nu").click()
    expect(operator.get_by_role("status")).to_contain_text("Het wordt nu opnieuw geprobeerd")
    while publisher.calls["/bye"] == before:
        assert time.monotonic() < end + 15, "nothing was sent again"
        time.sleep(0.05)
    operator.goto(f"{demo.issuer}/beheer/postbus")
    expect(operator.locator("tr", has_text=name)).to_have_count(0)


def _comes_and_goes(page: Page, demo: Demo, client_id: str, publisher: Hosted) -> None:
    """A child signs in to the app and out again."""
    home = next(one for one in demo.facts()["homes"] if len(one["children"]) == 1)
    query = {
        "client_id": client_id,
        "redirect_uri": f"{publisher.base}/back",
        "response_type": "code",
        "scope": "openid",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    page.goto(f"{demo.issuer}/authorize?{urlencode(query)}")
    steps.parent_signs_in(page, home["email"], home["password"])
    page.wait_for_url(f"{publisher.base}/back**")
    form = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(page.url).query)["code"][0],
        "redirect_uri": f"{publisher.base}/back",
        "code_verifier": VERIFIER,
    }
    headers = {"Authorization": basic(client_id, FIRST_SECRET)}
    assert page.request.post(f"{demo.issuer}/token", form=form, headers=headers).ok
    page.goto(f"{demo.issuer}/portaal")
    page.locator("form[action='/uitloggen'] button").click()
    expect(page).to_have_url(f"{demo.issuer}/uitgelogd")


def test_a_support_code_and_the_log(demo: Demo, operator: Page, open_browser: Open) -> None:
    parent = open_browser().new_page()
    parent.goto(f"{demo.issuer}/netwerk/moo/terug?state=x&code=y")
    code = parent.locator("code[data-support]").inner_text()
    operator.goto(f"{demo.issuer}/hulp")
    operator.fill("[name=code]", code.lower())
    operator.get_by_role("button", name="Zoek op").click()
    expect(operator.locator("main")).to_contain_text("Inloggen via de netwerkomgeving lukte niet")
    look(operator, "beheer-hulp")
    operator.goto(f"{demo.issuer}/beheer/logboek")
    operator.fill("[name=code]", code)
    operator.get_by_role("button", name="Zoek", exact=True).click()
    expect(operator.locator("tbody tr")).to_have_count(1)
    operator.fill("[name=code]", "")
    operator.fill("[name=act]", "signin.")
    operator.get_by_role("button", name="Zoek", exact=True).click()
    acts = operator.locator("tbody tr td:nth-child(2)").all_inner_texts()
    assert acts
    assert all(act.startswith("signin.") for act in acts)
    look(operator, "beheer-logboek")
    operator.fill("[name=dag]", "2001-01-01")
    operator.get_by_role("button", name="Zoek", exact=True).click()
    expect(operator.locator("main")).to_contain_text("Niets gevonden")


def test_a_school_comes_and_goes_and_two_must_say_so(demo: Demo, operator: Page, open_browser: Open) -> None:
    name, co_ordinator = f"De Morgen {time.time_ns()}", f"ict.{time.time_ns()}@morgen.example"
    operator.goto(f"{demo.issuer}/beheer/scholen")
    look(operator, "beheer-scholen")
    for field, text in (("name", name), ("first_name", "Mo"), ("family_name", "Jansen"), ("email", co_ordinator)):
        operator.fill(f"[name={field}]", text)
    operator.get_by_role("button", name="Maak de school").click()
    expect(operator.get_by_role("status")).to_contain_text("kreeg een uitnodiging")
    assert demo.mail_to(co_ordinator)[0]["links"]
    school = operator.url.partition("?")[0]
    operator.goto(f"{demo.issuer}/beheer/scholen")
    operator.fill("[name=zoek]", name)
    operator.press("[name=zoek]", "Enter")
    operator.get_by_role("link", name=name).click()
    expect(operator).to_have_url(school)
    operator.get_by_role("button", name="Vraag om te verwijderen").click()
    expect(operator.locator("main")).to_contain_text("Jij hebt dit gevraagd: een andere beheerder moet bevestigen")
    expect(operator.get_by_role("button", name="Verwijder deze school")).to_have_count(0)
    look(operator, "beheer-school-gevraagd")
    second = open_browser(width=1280).new_page()
    _second_operator(second, demo)
    second.goto(school)
    look(second, "beheer-school-bevestigen")
    second.get_by_role("button", name="Verwijder deze school").click()
    expect(second.get_by_role("status")).to_contain_text("De school is verwijderd")
    assert operator.goto(school) is not None
    expect(operator.locator("h1")).to_have_text("Deze pagina is er niet")


def _second_operator(page: Page, demo: Demo) -> None:
    """Invited from the command line; chooses a password and sets up the second step before anything else."""
    address = f"tweede.{time.time_ns()}@sleutelbos.example"
    said = demo.command("operator", "invite", address, "--first-name", "Bo", "--family-name", "Tweede")
    assert "An invitation is on its way" in said
    page.goto(demo.mail_to(address)[0]["links"][0])
    steps.choose_first_password(page, address, PASSWORD)
    look(page, "beheer-eerste-keer")
    page.get_by_role("link", name=re.compile("app", re.IGNORECASE)).first.click()
    page.locator("summary").click()
    secret = "".join(page.locator("[data-secret]").inner_text().split())
    page.fill("[name=otp]", pyotp.TOTP(secret).now())
    page.press("[name=otp]", "Enter")
    expect(page.locator("[data-code]")).to_have_count(10)
    page.get_by_role("link", name="Ik heb ze bewaard").click()
    expect(page).to_have_url(f"{demo.issuer}/beheer")
