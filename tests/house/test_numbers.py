"""Each check from outside (B01 to B47), trap (A1 to A12, edges 0 to 19) and threat (T01 to T45) has a test."""

import re

from tests.house.documents import DOCS
from tests.house.numbers import TESTS, TITLES, named_tests

TESTED = ("checks", "traps", "edges", "threats")

ELSEWHERE = {number: tests.split() for number, tests in TITLES["elsewhere"].items()}


def test_every_number_has_a_test() -> None:
    found = named_tests()
    assert not [number for kind in TESTED for number in TITLES[kind] if not found[number] and number not in ELSEWHERE]


def test_no_number_was_forgotten() -> None:
    assert list(TITLES["checks"]) == [f"B{number:02}" for number in range(1, 48)]
    assert list(TITLES["traps"]) == [f"A{number}" for number in range(1, 13)]
    assert list(TITLES["edges"]) == [f"edge_{number}" for number in range(20)]
    assert list(TITLES["threats"]) == [f"T{number:02}" for number in range(1, 46)]


def test_what_is_shown_elsewhere_is_there() -> None:
    missing = []
    for number, tests in ELSEWHERE.items():
        for test in tests:
            file, _, name = test.partition("::")
            if not (TESTS / file).is_file() or (name and f"\ndef {name}(" not in (TESTS / file).read_text()):
                missing.append(f"{number}: {test}")
    assert missing == []


def test_every_requirement_of_the_asvs_names_a_test_or_says_that_there_is_nothing_to_show() -> None:
    chapter = (DOCS / "security.md").read_text().partition("### Deviations")[0]
    rows = [line.split(" | ") for line in chapter.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) > 60
    shown = re.compile(r"\btest_\w+|^nothing to show$|docs/limits\.md$")
    assert [row[0] for row in rows if not shown.search(row[-1].strip(" |"))] == []
