"""How a page has to look: at every width, to axe, and to whoever leafs through out/screenshots."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import WIDTHS, keep


def look(page: Page, name: str, *, scripts: bool = True) -> None:
    """A picture at each width, one heading, no sideways scrolling, and nothing for axe to say.

    Without scripts only the heading is counted: the same page was judged with them.
    """
    expect(page.locator("h1")).to_have_count(1)
    if not scripts:
        return
    keep(page, name)
    before = page.viewport_size
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, (name, width, wide)
    if before is not None:
        page.set_viewport_size(before)
    found = Axe().run(page)
    assert not found.response["violations"], (name, found.generate_report())
