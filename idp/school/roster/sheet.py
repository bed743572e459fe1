"""Comma-separated text: rows of the columns that we know, and no others; and how our own exports are written."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from idp.kernel.words import msgid
from idp.school.roster.checking import FORMULA, FORMULA_REFUSED, MAX_ROWS, Draft

MAX_COLUMNS, _LONGEST_HEADER = 500, 50_000
_UNREADABLE = msgid("Deze regel is niet te lezen. Ontbreekt er een aanhalingsteken, of is het bestand half?")
_TOO_MANY = msgid("In dit bestand staan te veel regels: hoogstens %(most)s.")


def csv_safe(value: str) -> str:
    """A value as it may stand in an export: a spreadsheet shows it as text. `csv_plain` gives the value back."""
    return f"'{value}" if value.lstrip("'").startswith(FORMULA) else value


def csv_plain(cell: str) -> str:
    """What `csv_safe` was given."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA) else cell


def export(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A file that a Dutch spreadsheet opens with a double click: semicolons, UTF-8 with its mark, no formula."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerows([[csv_safe(cell) for cell in row] for row in (header, *rows)])
    return out.getvalue().encode("utf-8-sig")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a sheet; `cells` by our name of the column."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a sheet may hold: our name of each column -> the names that files give it; and what it must have.

    `file` is put before a column's name where there is more than one file.
    """

    columns: Mapping[str, Sequence[str]]
    required: Sequence[str]
    separators: str = ","
    file: str = ""

    def where(self, column: str) -> str:
        """A column as a person finds it."""
        written = self.columns.get(column, (column,))[0]
        return f"{self.file}/{written}" if self.file else written


def plain(name: str) -> str:
    """A column's name as it is compared: "ECK-iD", "eck_id" and "Eck ID" are one."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def rows(text: str, layout: Layout, draft: Draft) -> list[Row]:
    """The rows under the header; what is wrong stands in `draft`, and then no row is worth reading."""
    if text.count("\n") + text.count("\r") > 4 * MAX_ROWS:  # each line may end in both, and be empty
        draft.refuse(0, layout.file, _TOO_MANY, most=str(MAX_ROWS))
        return []
    separator, text, skipped = _separator(text, layout)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return _read(((reader.line_num + skipped, cells) for cells in reader), layout, draft)
    except csv.Error:
        draft.refuse(reader.line_num + skipped, layout.file, _UNREADABLE)
        return []


def _separator(text: str, layout: Layout) -> tuple[str, str, int]:
    """The character between cells, the text to read, and how many lines were skipped ("sep=;", as Excel writes)."""
    first, _, rest = text.partition("\n")
    first = first[:_LONGEST_HEADER]
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5 and first.strip()[4] in layout.separators:
        return first.strip()[4], rest, 1
    known = {plain(name) for names in layout.columns.values() for name in names}
    scores = {
        separator: sum(plain(cell) in known for cell in first.split(separator)) for separator in layout.separators
    }
    return max(layout.separators, key=lambda separator: scores[separator]), text, 0


def _read(lines: Iterator[tuple[int, list[str]]], layout: Layout, draft: Draft) -> list[Row]:
    _, header = next(lines, (0, []))
    if len(header) > MAX_COLUMNS:
        draft.refuse(
            1, layout.file, msgid("Deze regel heeft te veel kolommen: hoogstens %(most)s."), most=str(MAX_COLUMNS)
        )
        return []
    places = _places(header, layout, draft)
    if places is None:
        return []
    found: list[Row] = []
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(found) == MAX_ROWS:
            draft.refuse(line, layout.file, _TOO_MANY, most=str(MAX_ROWS))
            return []
        if len(cells) != len(header):
            sentence = msgid("Deze regel heeft %(has)s kolommen, de kopregel heeft er %(wanted)s.")
            draft.refuse(line, layout.file, sentence, has=str(len(cells)), wanted=str(len(header)))
            continue
        known = {name: _cell(cells[at], line, layout.where(name), draft) for name, at in places.items()}
        found.append(Row(line, known))
    return found


def _places(header: Sequence[str], layout: Layout, draft: Draft) -> Mapping[str, int] | None:
    """Which of our columns stands where; None when one that we cannot do without is missing, or there twice."""
    names = {plain(written): name for name, writings in layout.columns.items() for written in writings}
    places: dict[str, int] = {}
    for at, cell in enumerate(header):
        name = names.get(plain(cell))
        if name is None:
            continue
        if name in places:
            draft.refuse(1, layout.where(name), msgid("Deze kolom staat er twee keer."))
            return None
        places[name] = at
    missing = [name for name in layout.required if name not in places]
    for name in missing:
        draft.refuse(1, layout.where(name), msgid("Deze kolom ontbreekt."))
    return None if missing else places


def _cell(cell: str, line: int, where: str, draft: Draft) -> str:
    bare = cell.strip(" \u00a0")
    if bare.startswith(FORMULA) and bare != "-":
        draft.refuse(line, where, FORMULA_REFUSED)
        return ""
    return csv_plain(bare)
