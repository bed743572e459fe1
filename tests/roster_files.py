"""Rosters as school administrations send them, written after the public descriptions of the formats.

EDEXML 2.1 (Edustandaard, schema of February 2017) with every element that a real export has, the private ones filled;
and a sheet made by hand. OneRoster sets are in `tests.oneroster_files`.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr


def words(text: str) -> list[str]:
    """A list, as a line of words."""
    return text.split()


FIRST = words("Anna Bas Chloë Daan Emma Finn Gijs Hanna Ilse Jan Kiki Lars Mila Noah Olivia Puck Quinten Rosa Sem Tess")
FAMILY = words("Aa Bakker Cohen Dijk Ergün Faber Groen Hof Ideler Jansen Kaya Laan Mulder Nagel Öztürk Prins Smit Vos")
PREFIXES = (None, None, None, "van", "de", "van der", "van 't", "'t")
GROUP_NAMES = words("Bever Das Egel Fret Geit Hert Ibis Jaguar Kikker Lynx Mees Nerts Otter Poema Ree Specht Tapir Uil")

PRIVATE = {
    "geboortedatum": "2014-03-27",
    "geslacht": "2",
    "gebruikersnaam": "kind-gebruikersnaam",
    "emailadres": "kind@privacy.example",
    "fotourl": "https://fotos.example/kind.jpg",
    "etniciteit": "1",
    "land": "MA",
    "land_vader": "TR",
    "land_moeder": "SR",
    "bsn": "999990019",
    "gewicht_nieuw": "1,2",
    "postcodenl": "9797ZZ",
}
"""What an export holds of a child and we never keep."""

MARKS = ("kind-gebruikersnaam", "kind@privacy.example", "fotos.example", "999990019", "9797ZZ", "2014-03-27")
"""Words of PRIVATE that stand nowhere by accident."""


@dataclass(frozen=True, slots=True)
class Child:
    """A pupil in a file."""

    key: str
    first_name: str
    family_name: str
    group: str | None = None
    prefix: str | None = None
    year: str | None = None
    eck_id: str | None = None

    @property
    def whole_family_name(self) -> str:
        """With what stands before it."""
        return " ".join(part for part in (self.prefix, self.family_name) if part)


@dataclass(frozen=True, slots=True)
class Class:
    """A group in a file."""

    key: str
    name: str
    year: str


@dataclass(frozen=True, slots=True)
class Teacher:
    """Somebody of the staff in a file."""

    key: str
    first_name: str
    family_name: str
    email: str | None = None
    groups: Sequence[str] = ()
    roles: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class File:
    """All that a file says."""

    brin: str = "99ZZ"
    location: str | None = "00"
    name: str = "De Regenboog"
    classes: Sequence[Class] = ()
    children: Sequence[Child] = ()
    teachers: Sequence[Teacher] = ()
    private: Mapping[str, str] = field(default_factory=lambda: PRIVATE)


def a_file(pupils: int = 6, groups: int = 2, seed: int = 1, **more: object) -> File:
    """A school of this size; the same each time. `more`: other values of File."""
    chance = random.Random(seed)
    names = [f"{GROUP_NAMES[n % len(GROUP_NAMES)]}{n // len(GROUP_NAMES) or ''}" for n in range(groups)]
    classes = [Class(f"g{n}", name, str(n % 8 + 1)) for n, name in enumerate(names)]
    children = [
        Child(
            key=f"{10_000 + n}",
            first_name=chance.choice(FIRST),
            family_name=f"{chance.choice(FAMILY)}-{n}",
            group=classes[n % groups].key,
            prefix=chance.choice(PREFIXES),
            year=classes[n % groups].year,
            eck_id=f"https://ketenid.example/{seed}/{n:064x}",
        )
        for n in range(pupils)
    ]
    teachers = [
        Teacher(
            f"l{n}", chance.choice(FIRST), f"{chance.choice(FAMILY)}-l{n}", f"l{seed}.{n}@school.example", [one.key]
        )
        for n, one in enumerate(classes)
    ]
    return File(**{"classes": classes, "children": children, "teachers": teachers, **more})  # type: ignore[arg-type]


def edexml(file: File, *, encoding: str = "utf-8", school_year: str = "2031-2032", mark: bytes = b"") -> bytes:
    """The file as EDEXML 2.1; `mark` is put before it. The school year is one that the schema's list does not have."""
    declared = {"cp1252": "windows-1252", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}.get(encoding, encoding)
    text = f'<?xml version="1.0" encoding="{declared}"?>\n' + _edex(file, school_year)
    return mark + text.encode(encoding)


def _edex(file: File, school_year: str) -> str:
    location = f"<dependancecode>{file.location}</dependancecode>" if file.location else ""
    parts = [
        '<EDEX xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">',
        f" <school><schooljaar>{school_year}</schooljaar><brincode>{file.brin}</brincode>{location}",
        "  <aanmaakdatum>2031-09-01T08:30:00</aanmaakdatum><xsdversie>2.1</xsdversie></school>",
        ' <vestigingen><vestiging key="v1"><naam>Noord</naam></vestiging></vestigingen>',
    ]
    if file.classes:
        parts += [" <groepen>", *(_edex_class(one) for one in file.classes)]
        parts.append('  <samengestelde_groep key="sg1"><naam>Plusklas</naam></samengestelde_groep>\n </groepen>')
    parts += [" <leerlingen>", *(_edex_child(one, file.private) for one in file.children), " </leerlingen>"]
    if file.teachers:
        parts += [" <leerkrachten>", *(_edex_teacher(one) for one in file.teachers), " </leerkrachten>"]
    return "\n".join([*parts, "</EDEX>", ""])


def _edex_class(one: Class) -> str:
    return f"  <groep key={quoteattr(one.key)}><naam>{escape(one.name)}</naam><jaargroep>{one.year}</jaargroep></groep>"


def _edex_child(one: Child, private: Mapping[str, str]) -> str:
    eck_id = f" eckid={quoteattr(one.eck_id)}" if one.eck_id else ""
    prefix = f"<voorvoegsel>{escape(one.prefix)}</voorvoegsel>" if one.prefix else ""
    year = f"<jaargroep>{one.year}</jaargroep>" if one.year else ""
    group = f"<groep key={quoteattr(one.group)}/>" if one.group else ""
    more = "".join(f"<{name}>{value}</{name}>" for name, value in private.items())
    return (
        f"  <leerling key={quoteattr(one.key)}{eck_id}>\n"
        f"   <achternaam>{escape(one.family_name)}</achternaam>{prefix}<voorletters-1>X</voorletters-1>"
        f"<roepnaam>{escape(one.first_name)}</roepnaam>{year}{group}"
        f'<samengestelde_groepen><samengestelde_groep key="sg1"/></samengestelde_groepen><vestiging key="v1"/>{more}'
        f"\n   <mutatiedatum>2031-06-17T08:47:36</mutatiedatum>\n  </leerling>"
    )


def _edex_teacher(one: Teacher) -> str:
    email = f"<emailadres>{escape(one.email)}</emailadres>" if one.email else ""
    roles = "".join(f"<rol>{role}</rol>" for role in one.roles)
    groups = "".join(f"<groep key={quoteattr(group)}/>" for group in one.groups)
    return (
        f"  <leerkracht key={quoteattr(one.key)}><achternaam>{escape(one.family_name)}</achternaam>"
        f"<roepnaam>{escape(one.first_name)}</roepnaam>{email}{roles}<groepen>{groups}</groepen></leerkracht>"
    )


def plain_csv(file: File, separator: str = ";") -> str:
    """The pupils as a sheet made by hand."""
    names = {one.key: one.name for one in file.classes}
    header = ("Sleutel", "Voornaam", "Tussenvoegsel", "Achternaam", "Groep", "Jaargroep", "BSN")
    rows = [
        (
            one.key,
            one.first_name,
            one.prefix or "",
            one.family_name,
            names.get(one.group or "", ""),
            one.year or "",
            "9",
        )
        for one in file.children
    ]
    return "".join(separator.join(row) + "\r\n" for row in (header, *rows))
