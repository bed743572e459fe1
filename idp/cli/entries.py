"""Files of entries, for the commands that import them: TOML or JSON, one entry or a list of them."""

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from idp.cli.context import CommandError


def read(file: str, kind: str) -> list[dict[str, Any]]:
    """The entries of a file (- is standard input); in TOML a list is written [[kind]]. Raises CommandError."""
    text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    try:
        parsed = json.loads(text) if text.lstrip()[:1] in ("{", "[") else tomllib.loads(text)
    except ValueError as error:
        raise CommandError(f"{file} is neither JSON nor TOML: {error}") from error
    entries = parsed if isinstance(parsed, list) else parsed.get(kind, [parsed])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise CommandError(f"{file}: write one {kind} as a table, or several as a list")
    return entries
