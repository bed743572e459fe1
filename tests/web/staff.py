"""Members of staff of the demo, in front of their pages."""

from collections.abc import Mapping
from typing import Any

import pyotp
from sqlalchemy import select, update

from idp.kernel.clock import now
from idp.school import slots
from idp.school.models import Staff, StaffFactor
from tests.site import Site
from tests.visitor import Browser, Page, Visitor

ANNA, BRAM, CARLA, DEWI, EVA, OPERATOR = (
    "juf.anna@regenboog.example",
    "meester.bram@regenboog.example",
    "ict@regenboog.example",
    "juf.dewi@vuurvlinder.example",
    "juf.eva@moo.example",
    "beheer@sleutelbos.example",
)
"""A teacher, a colleague with other groups, their ICT co-ordinator; a teacher of another school, and one of a school in
a network environment; the operator.
"""


def person(site: Site, email: str) -> Mapping[str, Any]:
    """What /demo.json says of a member of staff."""
    found: Mapping[str, Any] = next(one for one in site.people()["staff"] if one["email"] == email)
    return found


def sign_in(browser: Browser, site: Site, email: str, start: str = "/leerkracht") -> Page:
    """From the form at `start` to where it leads, with the second factor of who has one."""
    page = browser.open(start).submit({"email": email, "password": person(site, email)["password"]})
    return page.submit({"otp": otp(site, email)}) if page.path == "/leerkracht/code" else page


def otp(site: Site, email: str) -> str:
    """The code that this member's app shows now. It was not used before, however often they signed in just now."""
    mine = select(Staff.id).where(Staff.address == email).scalar_subquery()
    with site.database.write() as db:
        db.execute(update(StaffFactor).where(StaffFactor.staff_id == mine).values(counter=0))
    return pyotp.TOTP(person(site, email)["totp_secret"]).at(now())


def signed_in(site: Site, email: str) -> Visitor:
    """A browser of their own, signed in."""
    visitor = Visitor(site.wsgi)
    page = sign_in(visitor, site, email)
    assert page.path in ("/groepen", "/beheer"), (page.url, page.text)
    return visitor


def group_of(site: Site, email: str, place: int = 0) -> str:
    """The id of one of their groups."""
    return str(person(site, email)["groups"][place]["id"])


def status_in(page: Page, pupil_id: str) -> str:
    """What the column Thuislogin of a group page says."""
    (cell,) = page.select(f"tr[data-pupil='{pupil_id}'] td[data-home]")
    return str(cell.text_content())


def without_code(page: Page) -> str:
    """An error page's text, less the support code that differs each time."""
    return page.text.replace(page.headers["X-Support-Code"], "")


NEW, OTHER = "ouder.nieuw@thuis.example", "ander.nieuw@thuis.example"
"""Addresses that nobody in the demo has."""


def unused(site: Site) -> tuple[str, str]:
    """A pupil of Anna's group with both slots empty, and the pupil's page."""
    pupil_id = str(site.people()["unused"]["pupil"])
    return pupil_id, f"/leerlingen/{pupil_id}/wijzigen"


def addresses_of(site: Site, pupil_id: str) -> dict[int, str]:
    """What stands in the slots."""
    with site.database.read() as db:
        return {slot.position: slot.address for slot in slots.of_pupils(db, [pupil_id])}


def shown(page: Page, name: str) -> str:
    """What a field holds."""
    (field,) = page.select(f"#{name}")
    return str(field.get("value"))


def save(page: Page, **fields: str) -> Page:
    """Fill in and press Wijzig."""
    return page.submit(fields, button="save=yes")
