"""Each check from outside (B01 to B47) and each trap (A1 to A12, edges 0 to 19) has a test under its number."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
NUMBERS = (
    *(f"b{number:02}" for number in range(1, 48)),
    *(f"a{number}" for number in range(1, 13)),
    *(f"edge_{number}" for number in range(20)),
)


def tests_by_number() -> dict[str, list[str]]:
    """The tests that carry each number in their name, as `file::test`."""
    found: dict[str, list[str]] = {number: [] for number in NUMBERS}
    patterns = {number: re.compile(rf"test_(?:.*_)?{number}_") for number in NUMBERS}
    for file in sorted(TESTS.rglob("test_*.py")):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for number, pattern in patterns.items():
                    if pattern.match(node.name):
                        found[number].append(f"{file.relative_to(TESTS)}::{node.name}")
    return found


@pytest.mark.parametrize("number", NUMBERS)
def test_every_number_has_a_test(number: str) -> None:
    assert tests_by_number()[number]
