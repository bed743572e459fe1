"""The program, called as from a shell, on a database of the test."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from idp import cli
from tests.site import RING


@dataclass(frozen=True, slots=True)
class Said:
    """How a call ended."""

    code: int
    out: str
    err: str


Program = Callable[..., Said]


def program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_url: str, folder: Path
) -> Program:
    """A function that calls the program with these arguments."""
    for name, value in (("DATABASE_URL", database_url), ("KEYS", RING), ("DATA", str(folder))):
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
