"""The numbers of checks from outside, traps and threats, and the tests that carry each in their name.

What a number stands for is said in numbers.toml, in one line each; `documents` makes tables of them.
"""

import re
import tomllib
from pathlib import Path

TESTS = Path(__file__).parents[1]
TITLES: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "numbers.toml").read_text())


def named_tests() -> dict[str, list[str]]:
    """The tests of each number, as `file::test`; a number stands in lower case between underscores of the name."""
    found: dict[str, list[str]] = {number: [] for kind in TITLES.values() for number in kind}
    patterns = {number: re.compile(rf"test_(?:.*_)?{number.lower()}_") for number in found}
    for file in sorted(TESTS.rglob("test_*.py")):
        if "node_modules" in file.parts:
            continue
        for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE):
            for number, pattern in patterns.items():
                if pattern.match(name):
                    found[number].append(f"{file.relative_to(TESTS)}::{name}")
    return found
