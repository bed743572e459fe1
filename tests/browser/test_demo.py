"""The pages that a newcomer sees first: the demo's story and its mailbox, in both languages."""

import pytest

from tests.browser.conftest import Open
from tests.browser.demo import Demo
from tests.browser.looks import look

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["nl", "en"])
def test_what_a_newcomer_sees_first(demo: Demo, open_browser: Open, language: str) -> None:
    page = open_browser().new_page()
    for path, name in (("/", "begin"), ("/demo", "demo"), ("/demo/postvak", "demo-postvak")):
        page.goto(f"{demo.issuer}{path}?lang={language}")
        look(page, f"{name}-{language}")
