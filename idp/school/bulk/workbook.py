"""The first sheet of a workbook (XLSX) as rows of text: looked at before it is opened, and never calculated."""

import warnings
import zipfile
from collections.abc import Sequence
from io import BytesIO
from itertools import islice

from idp.kernel.needed import WhenNeeded
from idp.kernel.words import msgid
from idp.school.roster.archive import MAX_ENTRIES, MAX_RATIO
from idp.school.roster.values import Problem

openpyxl = WhenNeeded("openpyxl")

MAX_UNPACKED = 12 * 2**20
"""Bytes of all parts together; a thousand lines have a tenth of a megabyte."""

_MAX_COLUMNS = 20
_EMPTY_ROWS = 5_000
"""How far we look: a row may say that it is the millionth."""

_BROKEN = Problem(0, "", msgid("Dit is geen heel Excel-bestand. Sla het op als xlsx of csv en probeer het opnieuw."))
_TOO_MUCH = Problem(0, "", msgid("In dit Excel-bestand zit te veel. Plak alleen de namen en de e-mailadressen."))


def rows(data: bytes, most: int) -> Sequence[Sequence[str]] | Problem:
    """At most `most` filled rows, each in its place (empty rows between them are empty). A formula stays a formula."""
    try:
        refused = _refused(data)
        return refused or _read(data, most)
    except Exception:
        return _BROKEN


def _refused(data: bytes) -> Problem | None:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
            return _TOO_MUCH
        if any(entry.file_size > MAX_RATIO * max(entry.compress_size, 1) for entry in entries):
            return _TOO_MUCH
        if any(_declares(archive.read(entry)) for entry in entries if entry.filename.endswith((".xml", ".rels"))):
            return _BROKEN
    return None


def _declares(part: bytes) -> bool:
    # No spreadsheet writes a document type; it is where entities and outside files come from. UTF-16 could hide one.
    return b"<!DOCTYPE" in part or b"<!ENTITY" in part or part.startswith((b"\xff\xfe", b"\xfe\xff"))


def _read(data: bytes, most: int) -> Sequence[Sequence[str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # styles and validations that openpyxl does not know
        book = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=False, keep_links=False)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # what the file says of its size is only what it says
    found: list[Sequence[str]] = []
    filled = 0
    for row in islice(sheet.iter_rows(max_col=_MAX_COLUMNS, values_only=True), _EMPTY_ROWS):
        cells = [_text(value) for value in row]
        found.append(cells)
        filled += any(cells)
        if filled >= most + 1:
            break
    book.close()
    return found


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a number of the school administration
    return str(value)
