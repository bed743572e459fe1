"""Bytes to text: what school administrations and spreadsheets write, and nothing else."""

import codecs
import re

from idp.kernel.words import msgid
from idp.school.roster.values import Problem

MAX_BYTES = 20 * 2**20
"""A file with two thousand pupils has 3 MiB. Ask for the size before reading anything larger than this."""

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_WIDE = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_READ_AS = {
    "utf-8": ("utf-8",),
    "us-ascii": ("utf-8",),
    "windows-1252": ("cp1252",),
    "iso-8859-1": ("cp1252",),
    "iso-8859-15": ("iso8859-15",),
}
"""What an XML declaration may say -> how we read it. UTF-16 tells itself by its mark; UTF-7 would hide markup."""


def too_large(size: int) -> Problem | None:
    """The size of a file, or of a request's body, before it is read."""
    if size <= MAX_BYTES:
        return None
    sentence = msgid("Dit bestand is te groot: hoogstens %(most)s MB.")
    return Problem(0, "", sentence, {"most": str(MAX_BYTES // 2**20)})


def decode(data: bytes) -> str | Problem:
    """UTF-8 with or without a mark, UTF-16 with one, Windows-1252; for XML also what its declaration says."""
    unreadable = Problem(0, "", msgid("Dit bestand is niet te lezen. Sla het op als UTF-8 en probeer het opnieuw."))
    if data.startswith(_WIDE):
        return unreadable
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], (encoding,)) or unreadable
    declared = _DECLARED.match(data)
    if declared is None:
        return _decoded(data, ("utf-8", "cp1252")) or unreadable
    return _decoded(data, _READ_AS.get(declared[1].decode("ascii").lower(), ())) or unreadable


def _decoded(data: bytes, encodings: tuple[str, ...]) -> str | None:
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:  # pictures, programs, UTF-16 without its mark
            return text
    return None
