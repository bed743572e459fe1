"""A zip that somebody sent us: looked at before anything is unpacked, and unpacked into memory only, up to a limit."""

import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO

from idp.kernel.words import msgid
from idp.school.roster.values import Problem

MAGIC = b"PK\x03\x04"
MAX_ENTRIES = 60
MAX_TOTAL = 60 * 2**20
"""Bytes unpacked, of all files together."""

MAX_RATIO = 200
"""Times its own size; a roster packs to a tenth, a bomb to a thousandth."""

_PIECE = 64 * 2**10
_ENTRY = b"PK\x01\x02"
_PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = Problem(0, "", msgid("Dit zipbestand is niet heel."))
_TOO_MUCH = Problem(0, "", msgid("In dit zipbestand zit te veel."))
_UNSAFE = Problem(0, "", msgid("In dit zipbestand zit iets dat er niet in hoort, zoals een zip of een verwijzing."))


def unpack(data: bytes) -> Mapping[str, bytes] | Problem:
    """The files at the top of the archive, by name. Folders beside them are left alone; traps are refused whole."""
    if data.count(_ENTRY) > MAX_ENTRIES:
        return _TOO_MUCH  # before a list of half a million names is made
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            return _refused(entries) or _contents(archive, entries)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
        return _BROKEN  # RuntimeError: it asks for a password


def _refused(entries: list[zipfile.ZipInfo]) -> Problem | None:
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_TOTAL:
        return _TOO_MUCH
    if len({entry.filename for entry in entries}) != len(entries) or any(_unsafe(entry) for entry in entries):
        return _UNSAFE
    if any(entry.file_size > MAX_RATIO * max(entry.compress_size, 1) for entry in entries):
        return _TOO_MUCH
    return None


def _unsafe(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename.replace("\\", "/")
    a_link = (entry.external_attr >> 16) & 0o170000 == 0o120000
    outside = name.startswith("/") or ":" in name or ".." in name.split("/")
    return a_link or outside or name.lower().endswith(".zip") or entry.compress_type not in _PLAIN_METHODS


def _contents(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> Mapping[str, bytes] | Problem:
    found: dict[str, bytes] = {}
    left = MAX_TOTAL
    for entry in entries:
        if "/" in entry.filename or "\\" in entry.filename:
            continue
        content = _content(archive, entry, left)
        if content is None:
            return _TOO_MUCH
        left -= len(content)
        if content.startswith(MAGIC):
            return _UNSAFE
        found[entry.filename] = content
    return found


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes | None:
    """Piece by piece: what the directory says of the size is only what it says. None = more than `most`."""
    pieces, size = [], 0
    with archive.open(entry) as source:
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > most:
                return None
            pieces.append(piece)
    return b"".join(pieces)
