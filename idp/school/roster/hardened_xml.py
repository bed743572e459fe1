"""XML without its powers: no DTD, no entities, no network, no XInclude; and an element's text read whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, cast

from idp.kernel.needed import WhenNeeded
from idp.kernel.words import msgid
from idp.school.roster.values import Problem

etree = WhenNeeded("lxml.etree")

MAX_TAGS = 400_000
"""A file with two thousand pupils has ninety thousand; each costs half a kilobyte of memory."""

_XINCLUDE = "http://www.w3.org/2001/XInclude"
_NO_POWERS = Problem(
    0, "", msgid("Dit bestand verwijst naar iets buiten zichzelf (DOCTYPE, ENTITY of XInclude). Dat lezen we niet.")
)


class _Parsed(Protocol):
    """What we use of lxml's element."""

    tag: object
    text: str | None
    tail: str | None
    sourceline: int | None

    def get(self, name: str) -> str | None: ...
    def __iter__(self) -> Iterator["_Parsed"]: ...


@dataclass(frozen=True, slots=True)
class Element:
    """One element; `name` without its namespace."""

    _parsed: _Parsed

    @property
    def name(self) -> str:
        """As it is written, without prefix."""
        return str(self._parsed.tag).rpartition("}")[2]

    @property
    def line(self) -> int:
        """Where it begins."""
        return self._parsed.sourceline or 0

    @property
    def text(self) -> str:
        """All text inside it: a comment or an element in between ends nothing (authentik's CVE-2026-40165)."""
        return "".join(_texts(self._parsed)).strip()

    def attribute(self, name: str) -> str | None:
        """The value of an attribute; None = it is not there."""
        return self._parsed.get(name)

    def children(self, *names: str) -> Iterator["Element"]:
        """The elements right below, those of these names, in order."""
        for parsed in self._parsed:
            child = Element(parsed)
            if child.name in names:
                yield child

    def child(self, name: str) -> "Element | None":
        """The first element of this name right below."""
        return next(self.children(name), None)

    def text_of(self, name: str) -> str | None:
        """The text of the first element of this name right below."""
        child = self.child(name)
        return None if child is None else child.text


def _texts(parsed: _Parsed) -> Iterator[str]:
    yield parsed.text or ""
    for child in parsed:
        yield from _texts(child)
        yield child.tail or ""


def parse(text: str) -> Element | Problem:
    """The root element of a document. The parser never sees a DOCTYPE: it is refused by its look."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return _NO_POWERS
    if _XINCLUDE in text:
        return _NO_POWERS
    if text.count("<") > MAX_TAGS:
        return Problem(0, "", msgid("Dit bestand is te groot voor één school."))
    parser = etree.XMLParser(
        encoding="utf-8",  # the text was decoded before; what the declaration says counts no more
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        no_network=True,
        huge_tree=False,
        collect_ids=False,
        remove_comments=True,  # so that the text around them is one
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 0
        return Problem(line, "", msgid("Dit bestand is niet heel: het is geen geldige XML, of het houdt ergens op."))
    except UnicodeEncodeError:
        return Problem(0, "", msgid("Hier staat een teken dat niet te lezen is."))
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        return _NO_POWERS
    return Element(cast(_Parsed, root))
