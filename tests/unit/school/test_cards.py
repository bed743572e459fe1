"""The printed cards: what stands on them, and that a camera reads them."""

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from idp.kernel.db import Database
from idp.school import badges, cards, pupils
from idp.school.cards import Card
from tests.builders import KEYRING, NOW, a_group, a_pupil, a_school

LABELS = {"pin": "Pincode", "picture": "Wachtwoordplaatje"}

needs_readers = pytest.mark.skipif(
    shutil.which("zbarimg") is None or shutil.which("pdftoppm") is None,
    reason="CARDS NOT READ: run `make setup-tests` (zbar-tools, poppler-utils)",
)


def a_card(**changes: str | None) -> Card:
    """A card with everything on it."""
    facts = {
        "pupil_id": "p", "first_name": "Łukasz", "family_name": "Wiśniewski-Öztürk", "group_name": "Bever",
        "school_name": "De Regenboog", "picture": "dog", "pin": "4831", "secret_picture": "apple", "badge": None,
    }  # fmt: skip
    return Card(**(facts | changes))  # type: ignore[arg-type]


def text_of(content: bytes, folder: Path) -> list[str]:
    """The text of each page."""
    (folder / "cards.pdf").write_bytes(content)
    said = subprocess.run(["pdftotext", "-layout", "cards.pdf", "-"], cwd=folder, check=True, capture_output=True)
    return said.stdout.decode().split("\f")[:-1]


def codes_in(content: bytes, folder: Path) -> Counter[str]:
    """What zbar reads off every page at 150 dots per inch."""
    (folder / "cards.pdf").write_bytes(content)
    subprocess.run(["pdftoppm", "-r", "150", "-png", "cards.pdf", "page"], cwd=folder, check=True)
    found: Counter[str] = Counter()
    for image in sorted(folder.glob("page*.png")):
        said = subprocess.run(["zbarimg", "--raw", "-q", image.name], cwd=folder, check=True, capture_output=True)
        found.update(said.stdout.decode().split())
    return found


def test_a_card_says_what_the_group_shows_and_no_more(database: Database) -> None:
    with database.write() as db:
        school = a_school(db)
        group = a_group(db, school, login_method="picture", school_method="pin")
        noor = a_pupil(db, group, first_name="Noor", pin="4831", secret_picture="kite")
        badge_only = a_group(db, school, login_method="none", school_method="badge")
        a_pupil(db, badge_only)
        both, none = (pupils.group_page(db, KEYRING, one) for one in (group, badge_only))
        assert both is not None
        assert none is not None
        (card,) = cards.of_group(both, {noor: "sb1:x"})
        assert (card.pin, card.secret_picture, card.badge) == ("4831", "kite", "sb1:x")
        (card,) = cards.of_group(none, {})
        assert (card.pin, card.secret_picture, card.badge) == (None, None, None)
        assert cards.of_group(both, {}, only=["somebody else"]) == []


@needs_readers
def test_a_camera_reads_the_badge_of_each_of_thirty_children(database: Database, tmp_path: Path) -> None:
    with database.write() as db:
        group = a_group(db)
        children = [a_pupil(db, group, first_name=f"Kind {number}") for number in range(30)]
        codes = badges.mint(db, children, "staff:x", NOW)
        page = pupils.group_page(db, KEYRING, group)
        assert page is not None
        content = cards.pdf(cards.of_group(page, codes), "Kaarten", LABELS)
        assert codes_in(content, tmp_path) == Counter(codes.values())
        assert len(text_of(content, tmp_path)) == 4


@needs_readers
def test_names_of_the_whole_class_are_written_as_they_are_and_never_cut(tmp_path: Path) -> None:
    names = [
        "Łukasz",
        "Çağla",
        "Oğuz",
        "Chaïm",
        "Zoë",
        "Nguyễn Thị",
        "Ελένη",
        "Юлия",
        "Aart-Jan Willem Alexander Ferdinand",
    ]
    (first, second) = text_of(cards.pdf([a_card(first_name=name) for name in names], "Kaarten", LABELS), tmp_path)
    for name in names:
        assert name in first + second
    assert "Wiśniewski-Öztürk" in first
    assert "4831" in first


def test_an_empty_group_is_an_empty_page() -> None:
    assert cards.pdf([], "Kaarten", LABELS).startswith(b"%PDF")
