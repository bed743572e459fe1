"""A sheet of pupils with a header row, in Dutch or English: what a school makes by hand or out of any program."""

from collections import defaultdict

from idp.school.roster import decoding, sheet
from idp.school.roster.checking import Draft, commonest, year_in
from idp.school.roster.sheet import Layout
from idp.school.roster.values import GroupEntry, Problem, PupilEntry, Reading, SchoolEntry

LAYOUT = Layout(
    columns={
        "key": ("sleutel", "key", "leerlingnummer", "stamnummer", "nummer", "pupil number", "student number", "id"),
        "first_name": ("voornaam", "roepnaam", "first name", "given name"),
        "prefix": ("tussenvoegsel", "tussenvoegsels", "voorvoegsel", "voorvoegsels", "prefix", "infix"),
        "family_name": ("achternaam", "last name", "family name", "surname"),
        "group": ("groep", "klas", "stamgroep", "groepsnaam", "group", "class"),
        "year": ("jaargroep", "leerjaar", "year", "grade"),
        "eck_id": ("eck_id",),
    },
    required=("key", "first_name"),
    separators=";,\t",
)
"""The columns that are read, by every name that we know for them. A column with another name is not looked at."""


def read(data: bytes) -> Reading:
    """A roster of a sheet, or what is wrong with it."""
    text = decoding.decode(data)
    if isinstance(text, Problem):
        return [text]
    draft = Draft("csv", cells_checked=True)
    names: dict[str, str] = {}
    years: defaultdict[str, list[int | None]] = defaultdict(list)
    for row in sheet.rows(text, LAYOUT, draft):
        cell, line = row.cells, row.line
        key = draft.key("pupil", line, LAYOUT.where("key"), cell["key"])
        first_name = draft.text("first_name", line, LAYOUT.where("first_name"), cell["first_name"], required=True)
        prefix = draft.text("first_name", line, LAYOUT.where("prefix"), cell.get("prefix"))
        family_name = draft.text("family_name", line, LAYOUT.where("family_name"), cell.get("family_name"))
        name = draft.text("group", line, LAYOUT.where("group"), cell.get("group"))
        year = draft.year(line, LAYOUT.where("year"), cell.get("year"))
        eck_id = draft.eck_id(line, LAYOUT.where("eck_id"), cell.get("eck_id"))
        group = None if name is None else name.casefold()
        if group is not None and name is not None:
            names.setdefault(group, name)
            years[group].append(year)
        if key is not None:
            whole = " ".join(part for part in (prefix, family_name) if part) if "family_name" in cell else None
            groups = (group,) if group else ()
            draft.pupils[key] = PupilEntry(key, first_name, whole, groups if "group" in cell else None, eck_id=eck_id)
    for group, name in names.items():
        draft.groups[group] = GroupEntry(group, None, name, commonest(years[group]) or year_in(name))
    return draft.roster(SchoolEntry(), ("groups",) if names else ())
