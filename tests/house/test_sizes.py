"""A file above 300 lines or a function above 40 is a sign that a room is missing."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAX_FILE, MAX_FUNCTION = 300, 40


def _python_files() -> list[Path]:
    roots = [ROOT / "idp", ROOT / "clients", ROOT / "tests"]
    return [
        file
        for root in roots
        for file in root.rglob("*.py")
        if "versions" not in file.parts and "node_modules" not in file.parts
    ]


def _functions(file: Path) -> list[tuple[int, str]]:
    tree = ast.parse(file.read_text())
    return [
        ((node.end_lineno or 0) - node.lineno + 1, f"{file.relative_to(ROOT)}:{node.lineno} {node.name}")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def _report(title: str, rows: list[tuple[int, str]], limit: int) -> list[str]:
    rows.sort(reverse=True)
    print(f"\n{title} (limit {limit}):")
    for size, name in rows[:10]:
        print(f"{size:5}  {name}")
    return [f"{name}: {size} lines" for size, name in rows if size > limit]


def test_files_and_functions_stay_small(capsys: pytest.CaptureFixture[str]) -> None:
    files = _python_files()
    texts = [*files, *(ROOT / "templates").rglob("*.*"), *(ROOT / "idp" / "static").rglob("*.css")]
    with capsys.disabled():
        too_long = _report(
            "largest files",
            [(len(f.read_text().splitlines()), str(f.relative_to(ROOT))) for f in texts],
            MAX_FILE,
        )
        too_big = _report("largest functions", [row for f in files for row in _functions(f)], MAX_FUNCTION)
    assert not too_long + too_big
