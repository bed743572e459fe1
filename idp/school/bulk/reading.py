"""Pasted text, or a file of comma-separated text or a workbook, as lines of cells."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from idp.kernel.words import msgid
from idp.school.bulk import workbook
from idp.school.roster.archive import MAGIC
from idp.school.roster.decoding import decode
from idp.school.roster.sheet import plain
from idp.school.roster.values import Problem

MAX_BYTES = 2 * 2**20
MAX_LINES = 1_000
_LONGEST = 2_000
"""Characters of one line."""

_BULLET = re.compile(r"^\s*[-*•]\s+")
_ADDRESS = re.compile(r"\S*@\S*|\S+\.[A-Za-z]{2,}")
_NAMES = "naam leerling leerlingnaam volledigenaam roepnaam voornaam tussenvoegsel voorvoegsel achternaam"
_ENGLISH = "name pupil firstname givenname familyname lastname surname"
_KEYS = "sleutel leerlingnummer nummer id key rosterkey"
_WHO = frozenset(f"{_NAMES} {_ENGLISH} {_KEYS}".split(" "))
"""What a column with names or numbers may be called."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: whom it is about, in one or more cells, and the addresses, as they were written."""

    number: int
    who: tuple[str, ...]
    addresses: tuple[str, ...]


def of_text(text: str) -> Sequence[Line] | Problem:
    """Lines of text; cells are apart by a tab, a semicolon, a comma, or the space before an address."""
    return _lines((number, _cells(line)) for number, line in enumerate(text.splitlines(), 1))


def of_file(data: bytes) -> Sequence[Line] | Problem:
    """A workbook (XLSX), or text in one of the encodings that spreadsheets write."""
    if len(data) > MAX_BYTES:
        return Problem(
            0, "", msgid("Dit bestand is te groot: hoogstens %(most)s MB."), {"most": str(MAX_BYTES // 2**20)}
        )
    if data.startswith(MAGIC):
        rows = workbook.rows(data, MAX_LINES + 1)
        return rows if isinstance(rows, Problem) else _lines(enumerate(rows, 1))
    text = decode(data)
    return text if isinstance(text, Problem) else of_text(text)


def _cells(line: str) -> Sequence[str]:
    if len(line) > _LONGEST:
        return (line[:_LONGEST],)  # no name and no address is that long: the line is refused as it is
    bare = _BULLET.sub("", line)
    for separator in "\t;,":
        if separator in bare:
            return next(csv.reader([bare], delimiter=separator), [])
    words = bare.split()
    who = " ".join(word for word in words if "@" not in word)
    return [who, *(word.strip("<>()") for word in words if "@" in word)]


def _lines(rows: Iterable[tuple[int, Sequence[str]]]) -> Sequence[Line] | Problem:
    found: list[Line] = []
    columns: list[int] | None = None
    for number, row in rows:
        cells = [cell.strip(" \u00a0\r\n") for cell in row]
        if not any(cells):
            continue
        if not found and columns is None and _is_header(cells):
            columns = [at for at, cell in enumerate(cells) if plain(cell) in _WHO or "mail" in plain(cell)]
            continue
        if len(found) == MAX_LINES:
            return Problem(number, "", msgid("Dat zijn te veel regels: hoogstens %(most)s."), {"most": str(MAX_LINES)})
        found.append(_line(number, cells if columns is None else [cells[at] for at in columns if at < len(cells)]))
    return found


def _is_header(cells: Sequence[str]) -> bool:
    return not any("@" in cell for cell in cells) and any(plain(cell) in _WHO for cell in cells)


def _line(number: int, cells: Sequence[str]) -> Line:
    filled = [cell for cell in cells if cell]
    # What looks like an address counts as one, so that it is told what is wrong with it; a line starts with a name.
    addresses = [cell for at, cell in enumerate(filled) if "@" in cell or (at and _ADDRESS.fullmatch(cell))]
    return Line(number, tuple(cell for cell in filled if cell not in addresses), tuple(addresses))
