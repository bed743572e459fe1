"""The cards of a group: who a child is, what it shows, and a badge that says so to a camera.

A badge's code stands on the paper alone. A card with a badge is therefore drawn in the moment in which the badge is
made; one that is drawn later has no code on it, and a lost card needs a new badge.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from idp.kernel.needed import WhenNeeded
from idp.school import pictures
from idp.school.pupils import GroupPage

if TYPE_CHECKING:
    from fpdf import FPDF

fpdf, segno = WhenNeeded("fpdf"), WhenNeeded("segno")

FONTS = Path(__file__).parent / "fonts"

PER_PAGE, COLUMNS = 8, 2
CARD_W, CARD_H = 95.0, 68.0
LEFT, TOP = (210 - COLUMNS * CARD_W) / 2, (297 - PER_PAGE / COLUMNS * CARD_H) / 2
MARK = 5.0
"""A4 in millimetres: eight cards on a page, and cut marks of this length in the margin."""

_QUIET = 4
_INK, _SOFT, _LINE = (28, 43, 51), (74, 90, 99), (120, 130, 136)


@dataclass(frozen=True, slots=True)
class Card:
    """One card. `pin` and `secret_picture` (a key): what the child shows, if anything; `badge`: a code just made."""

    pupil_id: str
    first_name: str
    family_name: str
    group_name: str
    school_name: str
    picture: str
    pin: str | None
    secret_picture: str | None
    badge: str | None


def of_group(page: GroupPage, badges: Mapping[str, str], only: Iterable[str] | None = None) -> Sequence[Card]:
    """The cards of a group's pupils (or of some), with the badges that were just made for them."""
    wanted = None if only is None else set(only)
    return [
        Card(
            row.id,
            row.first_name,
            row.family_name,
            page.group.name,
            page.group.school_name,
            row.picture,
            row.pin,
            row.secret_picture,
            badges.get(row.id),
        )
        for row in page.rows
        if wanted is None or row.id in wanted
    ]


def pdf(cards: Sequence[Card], title: str, labels: Mapping[str, str]) -> bytes:
    """The cards as a PDF, A4. `labels`: what "pin" and "picture" are called on them."""
    sheet: FPDF = fpdf.FPDF(format="A4")
    sheet.set_auto_page_break(False)
    sheet.set_title(title)
    for style, name in (("", "Regular"), ("B", "Bold")):
        sheet.add_font("Noto", style, FONTS / f"NotoSans-{name}.ttf")
    for place, card in enumerate(cards):
        on_page = place % PER_PAGE
        if on_page == 0:
            sheet.add_page()
            _cut_marks(sheet)
        _draw(sheet, card, LEFT + on_page % COLUMNS * CARD_W, TOP + on_page // COLUMNS * CARD_H, labels)
    if not cards:
        sheet.add_page()
    return bytes(sheet.output())


def _cut_marks(sheet: "FPDF") -> None:
    sheet.set_draw_color(*_LINE)
    sheet.set_line_width(0.2)
    right, bottom = LEFT + COLUMNS * CARD_W, TOP + PER_PAGE // COLUMNS * CARD_H
    for column in range(COLUMNS + 1):
        x = LEFT + column * CARD_W
        sheet.line(x, TOP - MARK - 1, x, TOP - 1)
        sheet.line(x, bottom + 1, x, bottom + 1 + MARK)
    for row in range(PER_PAGE // COLUMNS + 1):
        y = TOP + row * CARD_H
        sheet.line(LEFT - MARK - 1, y, LEFT - 1, y)
        sheet.line(right + 1, y, right + 1 + MARK, y)


def _draw(sheet: "FPDF", card: Card, x: float, y: float, labels: Mapping[str, str]) -> None:
    sheet.image(pictures.drawing(card.picture), x + 5, y + 5, 22, 22)
    _text(sheet, card.first_name, x + 30, y + 6, CARD_W - 35, 20, bold=True)
    _text(sheet, card.family_name, x + 30, y + 15, CARD_W - 35, 11)
    _text(sheet, f"{card.group_name} · {card.school_name}", x + 30, y + 21, CARD_W - 35, 9, soft=True)
    below = y + 32
    if card.pin:
        _text(sheet, labels["pin"], x + 6, below, 40, 9, soft=True)
        _text(sheet, " ".join(card.pin), x + 6, below + 4, 46, 24, bold=True)
        below += 17
    if card.secret_picture:
        size = 14 if card.pin else 22
        _text(sheet, labels["picture"], x + 6, below, 46, 9, soft=True)
        sheet.image(pictures.drawing(card.secret_picture), x + 6, below + 4, size, size)
    if card.badge:
        _qr(sheet, card.badge, x + CARD_W - 39, y + 29, 35)


def _text(
    sheet: "FPDF", text: str, x: float, y: float, width: float, size: float, *, bold: bool = False, soft: bool = False
) -> None:
    """One line, made smaller when it does not fit; a name is never cut."""
    sheet.set_text_color(*(_SOFT if soft else _INK))
    sheet.set_font("Noto", "B" if bold else "", size)
    wide = sheet.get_string_width(text)
    if wide > width:
        sheet.set_font_size(size * width / wide)
    sheet.set_xy(x, y)
    sheet.cell(width, size * 0.45, text)


def _qr(sheet: "FPDF", code: str, x: float, y: float, size: float) -> None:
    """The code, with its quiet zone, as black bars."""
    rows = [list(row) for row in segno.make(code, error="m", micro=False).matrix]
    module = size / (len(rows) + 2 * _QUIET)
    sheet.set_fill_color(0, 0, 0)
    for down, row in enumerate(rows):
        for start, length in _runs(row):
            at = x + (_QUIET + start) * module, y + (_QUIET + down) * module
            sheet.rect(*at, length * module, module * 1.02, style="F")


def _runs(row: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Where the dark modules of a row begin, and how many are side by side."""
    start = None
    for place, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = place
        elif not dark and start is not None:
            yield start, place - start
            start = None
