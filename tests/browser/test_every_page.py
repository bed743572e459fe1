"""Each role leafs through all that its pages lead to: every kind of page is looked at once, and is right."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser import steps
from tests.browser.conftest import Open
from tests.browser.demo import Demo
from tests.browser.looks import look

pytestmark = pytest.mark.browser

ID = re.compile(r"(?<=/)(?=\w*\d)[\w-]{12,}|(?<=/)\d+(?=/|$)|(?<=/uitgevers/)[\w-]+")
"""The part of an address that differs between two pages of one kind."""

LINKS = "[...document.querySelectorAll('a[href]')].filter(one => !one.hasAttribute('download')).map(one => one.href)"
AWAY = ("/logout", "/uitloggen", "/authorize", "/static", "/plaatjes", "/demo", "/apparaat")
"""What ends the visit, leads to a publisher, or is no page of this role."""


def kind_of(address: str) -> str:
    """What pages of one kind have in common."""
    return ID.sub("*", urlsplit(address).path)


def leaf(page: Page, demo: Demo, who: str, start: str) -> set[str]:
    """Look at one page of each kind that can be reached by links."""
    waiting, known = [f"{demo.issuer}{start}"], {kind_of(start)}
    while waiting:
        answer = page.goto(waiting.pop())
        if answer is None or "text/html" not in answer.headers["content-type"] or not page.url.startswith(demo.issuer):
            continue  # a file, or an environment's own page
        look(page, f"all-{who}{kind_of(page.url).replace('/', '-').replace('*', 'x')}")
        for address in page.evaluate(LINKS):
            kind = kind_of(address)
            if not address.startswith(demo.issuer) or kind.startswith(AWAY) or kind in known:
                continue
            if not kind.endswith((".pdf", ".json", ".csv")):
                known.add(kind)
                waiting.append(address)
    return known


@pytest.mark.parametrize("role", ["teacher", "ict", "operator"])
def test_staff(demo: Demo, open_browser: Open, role: str) -> None:
    page = open_browser(width=1280).new_page()
    steps.teacher_signs_in(page, demo, role)
    assert len(leaf(page, demo, role, "/beheer" if role == "operator" else "/groepen")) > 15


def test_a_child_and_its_parents(demo: Demo, open_browser: Open) -> None:
    page = open_browser().new_page()
    home = next(one for one in demo.facts()["homes"] if len(one["children"]) > 1)
    page.goto(f"{demo.issuer}/thuis")
    steps.parent_signs_in(page, home["email"], home["password"])
    steps.choose_child(page, home["children"][0])
    page.wait_for_url(f"{demo.issuer}/portaal")
    assert len(leaf(page, demo, "home", "/portaal")) > 8


def test_somebody_who_is_not_signed_in(demo: Demo, open_browser: Open) -> None:
    assert len(leaf(open_browser().new_page(), demo, "nobody", "/")) > 6
