"""`sleutelbos network`: environments come in, all of them or none; and each example is one that could."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from idp.engine.upstream import model
from idp.school.networks import NETWORKS
from tests.unit.cli.commands import Program

EXAMPLES = sorted((Path(__file__).parents[3] / "deploy" / "networks").glob("*.toml"))


def filled_in(file: Path) -> dict[str, Any]:
    """An example as an operator would complete it."""
    entry = tomllib.loads(file.read_text("utf-8"))
    assert "FILL-IN" in file.read_text("utf-8")
    if "client_key" in entry:
        return entry | {"client_key": ECKey.generate_key("P-256").as_dict(private=True)}
    return entry | {"client_secret": "a secret of thirty-two characters"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """All eight, filled in."""
    made = tmp_path / "networks.json"
    made.write_text(json.dumps([filled_in(example) for example in EXAMPLES]))
    return made


def test_there_is_an_example_of_each() -> None:
    assert {example.stem for example in EXAMPLES} == set(NETWORKS)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_holds_once_it_is_filled_in_and_not_before(example: Path) -> None:
    entry = filled_in(example)
    assert model.problems(entry) == []
    assert (entry["slug"], entry["name"]) == (example.stem, NETWORKS[example.stem])
    assert len(model.problems(tomllib.loads(example.read_text("utf-8")))) == 1


def test_they_come_in_and_are_listed(sleutelbos: Program, file: Path) -> None:
    assert sleutelbos("network", "import", file).out.splitlines() == [f"{one.stem}: added" for one in EXAMPLES]
    assert sleutelbos("network", "import", file).out.splitlines() == [f"{one.stem}: unchanged" for one in EXAMPLES]
    listed = sleutelbos("network", "list").out
    assert "moo\tMOO\thttps://moo.example/FILL-IN\tclient_secret_basic\tsub" in listed.splitlines()
    assert "a secret of" not in listed


def test_one_that_is_wrong_keeps_all_out(sleutelbos: Program, file: Path) -> None:
    entries = json.loads(file.read_text())
    entries[0]["issuer"] = "http://somewhere.example"
    entries[1]["slug"] = "nergens"
    file.write_text(json.dumps(entries))
    said = sleutelbos("network", "import", file)
    assert said.code == 1
    assert f"{entries[0]['slug']}: issuer:" in said.err
    assert "nergens: slug: one of moo" in said.err
    assert "a secret of" not in said.err
    assert sleutelbos("network", "list").out == ""


def test_a_file_that_is_neither(sleutelbos: Program, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("= 7")
    assert "neither JSON nor TOML" in sleutelbos("network", "import", tmp_path / "x").err
