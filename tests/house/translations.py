"""Which sentences there are, and which of them have no English. `make translations` prints what is missing."""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from idp.kernel.words import FOLDER

ROOT = Path(__file__).parents[2]
KEYWORDS = {"_": None, "gettext": None, "msgid": None, "ngettext": (1, 2)}


def sentences() -> dict[str, str]:
    """Every Dutch sentence of the program and its templates -> the file that it stands in."""
    found: dict[str, str] = {}
    for file in _sources():
        method = "python" if file.suffix == ".py" else "jinja2"
        options = {"trimmed": "false", "silent": "false"} if method == "jinja2" else {}
        for _line, message, _comments, _context in extract_from_file(method, file, keywords=KEYWORDS, options=options):
            for text in message if isinstance(message, tuple) else (message,):
                found.setdefault(text, str(file.relative_to(ROOT)))
    return found


def translated() -> dict[str, str]:
    """Every sentence that has an English one -> the file of its room."""
    found: dict[str, str] = {}
    for file in sorted((FOLDER / "en").glob("*.po")):
        with file.open("rb") as source:
            for message in read_po(source, locale="en"):
                if message.id and message.string and not message.fuzzy:
                    for text in message.id if isinstance(message.id, tuple) else (message.id,):
                        found[text] = file.name
    return found


def _sources() -> Iterator[Path]:
    yield from sorted((ROOT / "idp").rglob("*.py"))
    yield from sorted(path for path in (ROOT / "templates").rglob("*.*") if path.suffix in (".html", ".txt"))


if __name__ == "__main__":
    have = translated()
    missing = {text: file for text, file in sentences().items() if text and text not in have}
    for text, file in missing.items():
        print(f'# {file}\nmsgid "{text}"\nmsgstr ""\n')
    sys.exit(bool(missing))
