"""What the documents say of code, tests and settings is so."""

import re
from pathlib import Path

import pytest

from tests.house.documents import DOCS, PAGES
from tests.house.made_parts import filled

ROOT = DOCS.parent
WRITTEN = sorted(DOCS.glob("*.md"))
FILE = re.compile(r"`((?:tests|idp|docs|deploy|clients|templates|protocol|unit|web|browser|property)/[\w./-]+)")
TEST = re.compile(r"\b(test_\w+)\b(?!\.py)")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_the_code_has_not_fallen_behind(name: str) -> None:
    assert (DOCS / name).read_text() == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_made_parts_are_as_they_would_be_made_now(page: Path) -> None:
    assert page.read_text() == filled(page.read_text()), "run `make docs`"


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    named = {name.rstrip("./") for name in FILE.findall(page.read_text())}
    assert not [name for name in named if not (ROOT / name).exists() and not (ROOT / "tests" / name).exists()]


def test_tests_that_are_named_exist() -> None:
    names = {"test_" + name for file in (ROOT / "tests").rglob("test_*.py") for name in _tests_in(file)}
    modules = {file.stem for file in (ROOT / "tests").rglob("test_*.py")}
    named = {name for page in WRITTEN for name in TEST.findall(page.read_text())}
    assert not named - names - modules


def _tests_in(file: Path) -> list[str]:
    return re.findall(r"^def test_(\w+)", file.read_text(), re.MULTILINE)
