"""Each security profile in a real browser: an app made of openid-client registers itself, and a child enters."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.conftest import Open, keep
from tests.browser.demo import Demo, free_ports
from tests.protocol.node_runner import FOLDER, find_node


@contextmanager
def app_of(demo: Demo, profile: str) -> Iterator[str]:
    """openid-client as an app that registered itself with the demo's invitation; its address."""
    (port,) = free_ports(1)
    invitation = demo.facts()["initial_access_token"]
    script = str(FOLDER / "relying_party.mjs")
    command = [find_node(), script, demo.issuer, invitation, profile, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as app:
        assert app.stdout is not None
        try:
            assert app.stdout.readline() == "ready\n"
            yield f"http://localhost:{port}/"
        finally:
            app.terminate()


@pytest.mark.browser
@pytest.mark.node
@pytest.mark.parametrize(
    ("profile", "kind", "jwt"), [("simple", "bearer", "false"), ("fapi2", "dpop", "false"), ("nlgov", "bearer", "true")]
)
def test_a_child_signs_in_to_an_app_of_each_profile(
    demo: Demo, open_browser: Open, profile: str, kind: str, jwt: str
) -> None:
    family = next(home for home in demo.facts()["homes"] if len(home["children"]) > 1)
    child = family["children"][0]
    page = open_browser().new_page()
    with app_of(demo, profile) as address:
        page.goto(address)
        steps.parent_signs_in(page, family["email"], family["password"])
        steps.choose_child(page, child)
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Hallo {child['first_name']}")
        keep(page, f"profiel-{profile}")
        told = page.locator("p")
        assert (told.get_attribute("data-type"), told.get_attribute("data-jwt")) == (kind, jwt)
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Hallo {child['first_name']}")
