"""Parts of docs/ that are made from the code: what stands between `<!-- made: NAME -->` and `<!-- end -->`."""

import re
from collections.abc import Callable, Mapping

from idp.engine.requests.checks import CHECKS
from tests.house.documents import DOCS
from tests.house.numbers import TITLES, named_tests

_PART = re.compile(r"(<!-- made: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
_LANGUAGES = {".py": "python", ".mjs": "js", ".sh": "sh"}


def checks() -> str:
    """The matrix of checks by endpoint, in the order in which they are made."""
    lines = ["| | check | /authorize | /par | what, and where it comes from |", "| ---: | --- | :-: | :-: | --- |"]
    for at, row in enumerate(CHECKS, start=1):
        where = " | ".join("x" if here else "" for here in (row.authorize, row.par))
        lines.append(f"| {at} | `{row.check.__name__}` | {where} | {_flat(row.check.__doc__ or '')} |")
    return "\n".join(lines)


def numbers(kind: str) -> str:
    """A table of numbers, what they stand for, and the tests that carry them."""
    found = named_tests()
    lines = ["| | what | shown by |", "| --- | --- | --- |"]
    for number, title in TITLES[kind].items():
        tests = [name for name in found[number] if name not in _others(kind, number)]
        shown = "<br>".join(f"`{name}`" for name in (*tests, *_others(kind, number))) or "no test under this number yet"
        lines.append(f"| {number.replace('edge_', '')} | {title} | {shown} |")
    return "\n".join(lines)


def _others(kind: str, number: str) -> list[str]:
    """Tests that show it under another name."""
    return TITLES["elsewhere"].get(number, "").split() if kind == "threats" else []


def example(path: str) -> str:
    """A file of docs/examples, as it is."""
    file = DOCS / "examples" / path
    return f"```{_LANGUAGES[file.suffix]}\n{file.read_text().rstrip()}\n```"


PARTS: Mapping[str, Callable[[str], str]] = {"checks": lambda _: checks(), "numbers": numbers, "example": example}
"""NAME is one of these, with what it is about behind a colon."""


def filled(text: str) -> str:
    """A page with its made parts as they would be made now."""

    def part(match: re.Match[str]) -> str:
        name, _, about = match.group(2).partition(":")
        return f"{match.group(1)}{PARTS[name](about)}\n{match.group(3)}"

    return _PART.sub(part, text)


def _flat(text: str) -> str:
    return " ".join(text.split())


def write() -> None:
    """Fill in every page anew."""
    for page in sorted(DOCS.glob("*.md")):
        page.write_text(filled(page.read_text()))
