"""Families of the demo, in front of their pages, and links as their mails bring them."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from idp.kernel.clock import now
from idp.school import addresses, homes, slots
from idp.school.addresses import Address
from idp.school.slots import Filled, Slot
from tests.site import PUBLISHER, Site
from tests.visitor import Browser, Page, Visitor, sign_in_at_home

DE_VRIES, KOWALSKI, JANSSEN, MARIEKE, JEROEN = (
    "familie.devries@thuis.example",
    "familie.kowalski@thuis.example",
    "ouder.janssen@thuis.example",
    "marieke.bakker@thuis.example",
    "jeroen.bakker@thuis.example",
)
"""Two children with a PIN; three children: picture, nothing and PIN; one child; and the two homes of Sofie."""

NEW = "nieuwe.ouder@thuis.example"
"""Somebody whom no school knows yet."""

GOOD = "een korte zin over zeehonden"
"""A password that nobody uses."""


def home(site: Site, email: str) -> Mapping[str, Any]:
    """What /demo.json says of a home account."""
    found: Mapping[str, Any] = next(one for one in site.people()["homes"] if one["email"] == email)
    return found


def child(site: Site, email: str, first_name: str) -> Mapping[str, Any]:
    """One child of a home: pupil (id), first_name, method, secret."""
    found: Mapping[str, Any] = next(one for one in home(site, email)["children"] if one["first_name"] == first_name)
    return found


def open_tiles(browser: Browser, site: Site, email: str, start: str = "/thuis") -> Page:
    """With e-mail and password to whatever comes next."""
    return browser.open(start).submit({"email": email, "password": home(site, email)["password"]})


def at_secret_of(browser: Browser, site: Site, email: str, first_name: str) -> Page:
    """The page on which a child shows its PIN or picture."""
    return open_tiles(browser, site, email).submit(button=f"pupil={child(site, email, first_name)['pupil']}")


def signed_in(site: Site, email: str, first_name: str, browser: Browser | None = None) -> Visitor:
    """A browser in which this child is signed in."""
    visitor = browser if isinstance(browser, Visitor) else Visitor(site.wsgi)
    page = sign_in_at_home(visitor, home(site, email), child(site, email, first_name))
    assert page.path == "/portaal", (page.url, page.text)
    return visitor


def wrong_pin(site: Site, email: str, first_name: str) -> str:
    """Four digits that are not this child's."""
    return "0000" if child(site, email, first_name)["secret"] != "0000" else "1111"


def asked_by_a_publisher(**changes: str) -> str:
    """A publisher's authorization request."""
    good = {
        "client_id": PUBLISHER,
        "redirect_uri": f"https://{PUBLISHER}.example/callback",
        "response_type": "code",
        "scope": "openid profile",
        "state": "s-1",
        "nonce": "n-1",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    return "/authorize?" + urlencode(good | changes)


def an_address(email: str) -> Address:
    """An address that can stand in a slot."""
    checked = addresses.check(email)
    assert isinstance(checked, Address)
    return checked


def fill(site: Site, email: str, position: int = 1, pupil_id: str | None = None, staff: str | None = None) -> str:
    """Fill a slot of the demo's unused pupil (or of another) as a teacher does; the path of the mailed link."""
    pupil = pupil_id or site.people()["unused"]["pupil"]
    with site.database.write() as db:
        done = slots.fill(db, site.keyring, pupil, position, an_address(email), staff_id=staff, now=now())
    assert isinstance(done, Filled), done
    return newest_link(site, email)


def newest_link(site: Site, email: str) -> str:
    """The path of the link in the newest mail to this address that has one."""
    link = next(
        link for mail in site.mails(email) for link in mail["links"] if "/activeer/" in link or "/herstel/" in link
    )
    return str(link).removeprefix(site.issuer)


def links_to(site: Site, email: str) -> list[str]:
    """Every such path, the newest first."""
    links = [link for mail in site.mails(email) for link in mail["links"]]
    return [str(link).removeprefix(site.issuer) for link in links if "/activeer/" in link or "/herstel/" in link]


def slots_of(site: Site, pupil_id: str) -> Sequence[Slot]:
    """The filled slots of a pupil."""
    with site.database.read() as db:
        return slots.of_pupils(db, [pupil_id])


def account(site: Site, email: str) -> homes.Account | None:
    """The home account of an address."""
    with site.database.read() as db:
        return homes.by_key(db, an_address(email).key)


def subjects(site: Site, email: str) -> list[str]:
    """The subjects of the mails to an address, the newest first."""
    return [str(mail["subject"]) for mail in site.mails(email)]


def a_reset_link(site: Site, browser: Browser, email: str) -> str:
    """Ask for one as a parent does, and read the mail."""
    page = browser.open("/thuis/vergeten").submit({"email": email})
    assert page.path == "/thuis/vergeten/verstuurd"
    return newest_link(site, email)


def unused(site: Site) -> str:
    """A pupil with both slots empty; the one that `fill` takes next."""
    return str(site.people()["unused"]["pupil"])


def state_of(page: Page) -> str:
    """What is said about a link that does nothing."""
    found = page.select("[data-link]")
    return str(found[0].get("data-link")) if found else ""
