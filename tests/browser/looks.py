"""How a page has to look: at every width, to axe, and to whoever leafs through out/screenshots."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import WIDTHS, keep

OVERLAPS = """() => {
  const seen = [...document.querySelectorAll('a, button')].filter(one => one.checkVisibility())
  const boxes = seen.flatMap(one => [...one.getClientRects()].map(box => ({ one, box })))
  const beside = (a, b) => a.right - b.left <= 2 || b.right - a.left <= 2
  const below = (a, b) => a.bottom - b.top <= 2 || b.bottom - a.top <= 2
  const within = (a, b) => a.one.contains(b.one) || b.one.contains(a.one)
  const over = (a, b) => !within(a, b) && !beside(a.box, b.box) && !below(a.box, b.box)
  return boxes.flatMap((a, at) => boxes.slice(at + 1).filter(b => over(a, b)).map(b => [a, b]))
    .map(pair => pair.map(({ one }) => one.textContent.trim()).join(' / '))
}"""
"""Two things to press that lie over one another."""


def look(page: Page, name: str, *, scripts: bool = True) -> None:
    """A picture at each width, one heading, no sideways scrolling, nothing over one another, nothing for axe to say.

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
        over = page.evaluate(OVERLAPS)
        assert not over, (name, width, over)
    if before is not None:
        page.set_viewport_size(before)
    found = Axe().run(page)
    assert not found.response["violations"], (name, found.generate_report())
