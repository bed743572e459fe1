"""The program, for every test of a command."""

from pathlib import Path

import pytest

from idp import cli
from tests.site import RING
from tests.unit.cli.commands import Program, Said


@pytest.fixture
def sleutelbos(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_url: str, tmp_path: Path
) -> Program:
    """Calls the program with these arguments, on the database of the test."""
    for name, value in (("DATABASE_URL", database_url), ("KEYS", RING), ("DATA", str(tmp_path))):
        monkeypatch.setenv(f"IDP_{name}", value)

    def call(*arguments: object) -> Said:
        monkeypatch.setattr("sys.argv", ["sleutelbos", *(str(argument) for argument in arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call
