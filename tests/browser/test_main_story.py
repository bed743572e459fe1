"""The product's story: from a teacher's e-mail slot to a child inside a publisher's app, and its brother after it."""

import time
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import steps
from tests.browser.conftest import Open, keep
from tests.browser.demo import Demo

PASSWORD = "een lange zin over taart"


def test_from_an_empty_slot_to_a_publisher_and_to_the_brother(demo: Demo, open_browser: Open, scripts: bool) -> None:
    address = f"ouder.{time.time_ns()}@thuis.example"
    teacher, parent = open_browser(scripts=scripts).new_page(), open_browser(scripts=scripts).new_page()
    first, group = _fill_empty_slot(teacher, demo, address)
    _activate(parent, demo, address, first)
    assert steps.status_of(teacher, demo, group, first["pupil"]) == "Ja/Ja"
    names = _open_two_publishers(parent, demo)
    assert names == [first["first_name"]] * 2
    second, _ = _fill_empty_slot(teacher, demo, address, mails=2)
    _confirm(parent.context, demo, address)
    _switch(parent, demo, {**second, **steps.secret_of(teacher, demo, group, second["pupil"])})


def _fill_empty_slot(teacher: Page, demo: Demo, address: str, mails: int = 1) -> tuple[Mapping[str, Any], str]:
    """A teacher fills the slot of a pupil who has none; the mail leaves, and the page says so."""
    pupil = demo.facts()["unused"]
    if "/groepen" not in teacher.url and "/leerlingen" not in teacher.url:
        steps.teacher_signs_in(teacher, demo)
        keep(teacher, "groepen")
    assert steps.status_of(teacher, demo, pupil["group"], pupil["pupil"]) == "Nee/Nee"
    keep(teacher, "groep")
    steps.fill_slot(teacher, demo, pupil["pupil"], address)
    demo.mail_to(address, count=mails)
    assert steps.status_of(teacher, demo, pupil["group"], pupil["pupil"]) == "Ja/Nee"
    teacher.goto(f"{demo.issuer}/leerlingen/{pupil['pupil']}/wijzigen")
    expect(teacher.get_by_text("verzonden").first).to_be_visible()
    keep(teacher, "wijzigen")
    return pupil, pupil["group"]


def _activate(parent: Page, demo: Demo, address: str, child: Mapping[str, Any]) -> None:
    """The parent opens the mailed link and sets a password: the child is in."""
    mail = demo.mail_to(address)[0]
    assert child["first_name"] in mail["text"]
    parent.goto(mail["links"][0])
    keep(parent, "activeer")
    parent.fill("[name=password]", PASSWORD)
    parent.press("[name=password]", "Enter")
    expect(parent).to_have_url(f"{demo.issuer}/portaal")
    keep(parent, "portaal")


def _open_two_publishers(page: Page, demo: Demo) -> list[str | None]:
    """One from its tile in the portal, one from its own front page: no password is asked again."""
    apps = [steps.publisher(demo, 0), steps.publisher(demo, 1)]
    page.click(f"a[data-client='{apps[0]['client_id']}']")
    page.wait_for_url(f"{apps[0]['url']}**")
    keep(page, "uitgever")
    page.goto(apps[1]["url"])
    page.get_by_text("Inloggen met Sleutelbos").click()
    page.wait_for_url(f"{apps[1]['url']}**")
    return [steps.known_at(page, app) for app in apps]


def _confirm(context: BrowserContext, demo: Demo, address: str) -> None:
    """The same address, a second child: sign in with the password there is, and say yes."""
    page = context.new_page()
    page.goto(demo.mail_to(address, count=2)[0]["links"][0])
    keep(page, "bevestig")
    page.fill("[name=password]", PASSWORD)
    page.click("button[name=confirm][value=yes]")
    page.wait_for_load_state()
    page.close()


def _switch(page: Page, demo: Demo, brother: Mapping[str, Any]) -> None:
    """Another child's turn: both publishers have forgotten the first one within a second."""
    page.goto(f"{demo.issuer}/portaal")
    if "/thuis/kind" not in page.url:
        page.locator("form[action='/wissel'] button").click()
    expect(page).to_have_url(f"{demo.issuer}/thuis/kind")
    keep(page, "tegels")
    apps, end = [steps.publisher(demo, 0), steps.publisher(demo, 1)], time.monotonic() + 5
    while any(steps.known_at(page, app) for app in apps):
        assert time.monotonic() < end, "a publisher still knows the first child"
    steps.choose_child(page, brother)
    expect(page).to_have_url(f"{demo.issuer}/portaal")
    expect(page.get_by_role("heading", level=1)).to_contain_text(brother["first_name"])
