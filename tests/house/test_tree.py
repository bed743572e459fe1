"""A newcomer finds a thing where its name says."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
GRAB_BAGS = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}


def test_unit_tests_mirror_the_packages() -> None:
    """`tests/unit/<floor>/test_<module>.py` belongs to `idp/<floor>/<module>.py` or to a package of that name."""
    strays = []
    for test in (ROOT / "tests" / "unit").rglob("test_*.py"):
        place = test.relative_to(ROOT / "tests" / "unit")
        base = ROOT if place.parts[0] == "clients" else ROOT / "idp"
        name = test.stem.removeprefix("test_")
        folder = base / place.parent
        candidates = [folder / name, folder / f"{name}.py"]
        # test_outbox_crash.py may stand beside test_outbox.py
        candidates += [folder / f"{name.rsplit('_', n)[0]}.py" for n in range(1, name.count("_") + 1)]
        candidates += [folder / name.rsplit("_", n)[0] for n in range(1, name.count("_") + 1)]
        if not any(candidate.exists() for candidate in candidates):
            strays.append(str(place))
    assert not strays


def test_no_grab_bags() -> None:
    names = [p for root in ("idp", "clients", "tests") for p in (ROOT / root).rglob("*.py")]
    assert not [str(p) for p in names if p.stem in GRAB_BAGS or GRAB_BAGS & set(p.relative_to(ROOT).parts)]


def test_every_package_says_what_flows_through_it() -> None:
    silent = []
    for package in (ROOT / "idp").rglob("__init__.py"):
        if not ast.get_docstring(ast.parse(package.read_text())):
            silent.append(str(package.relative_to(ROOT)))
    assert not silent


def test_no_lock_names_the_registry_it_was_made_from() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "pyproject.toml"):
        assert "http" not in (ROOT / name).read_text(), name
    assert '"resolved"' not in (ROOT / "tests/protocol/node/package-lock.json").read_text()
    assert not (ROOT / "uv.lock").exists()
