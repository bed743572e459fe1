"""EDEXML 2.1 (and 2.0), the Dutch standard for rosters of primary schools.

What is read stands in this file by name. Everything else (BSN, ethnicity, country of birth, weight, postcode, photo,
birthday) is in the file that a school sends us, and is never turned into a value of ours.
"""

from idp.kernel.words import msgid
from idp.school.roster import decoding, hardened_xml
from idp.school.roster.checking import LONGEST, MAX_PUPILS, Draft, commonest, year_in
from idp.school.roster.hardened_xml import Element
from idp.school.roster.values import GroupEntry, Problem, PupilEntry, Reading, SchoolEntry, StaffEntry
from idp.school.years import YEARS, written

_SCHOOL_KEYS = ("brincode", "dependancecode", "instellingsnummer", "schoolkey")
_YEARS = {written(year): year for year in YEARS}
_ELSEWHERE = frozenset({"B", "D", "0", "11", "12", "13", "14", "15", "16", "V", "N", "H"})
"""Years (EDEXJaargroepType) of children who are not at a primary school: too young, too old, or gone (H)."""

_WORKS_WITH_CHILDREN = frozenset({"LRK", "VAK", "IB", "RT", "ICT", "DIR", "ADJ", "LOC", "LOS", "OWA", "KLA", "TAL"})
"""Roles (EDEXLeerkrachtRolType) that come with a place here. A parent, a caretaker or an intern gets none by a file."""


def read(data: bytes) -> Reading:
    """A roster of an EDEXML file, or what is wrong with it. The school year is not looked at: its list always ends."""
    text = decoding.decode(data)
    root = text if isinstance(text, Problem) else hardened_xml.parse(text)
    if isinstance(root, Problem):
        return [root]
    if root.name not in ("EDEX", "leerlinggegevens"):
        return [Problem(root.line, "", msgid("Dit is geen EDEXML: het begint niet met EDEX."))]
    draft = Draft("edexml")
    groups, pupils, staff = (root.child(name) for name in ("groepen", "leerlingen", "leerkrachten"))
    years = _groups(draft, groups)
    _pupils(draft, pupils, years)
    _derive_years(draft, years)
    _staff(draft, staff, years)
    listed = (("groups", groups), ("staff", staff))
    return draft.roster(_school(draft, root.child("school")), [name for name, found in listed if found is not None])


def _school(draft: Draft, school: Element | None) -> SchoolEntry:
    """BRIN with its location ("00" is none), else the Flemish number, else the administration's own."""
    if school is None:
        draft.refuse(0, "school", msgid("In dit bestand ontbreekt de school."))
        return SchoolEntry()
    said = {name: draft.text("brin", school.line, name, school.text_of(name)) for name in _SCHOOL_KEYS}
    if said["brincode"]:
        location = said["dependancecode"] or ""
        return SchoolEntry((said["brincode"] + ("" if location == "00" else location)).upper())
    return SchoolEntry(said["instellingsnummer"] or said["schoolkey"])


def _groups(draft: Draft, groups: Element | None) -> dict[str, list[int | None]]:
    """The groups of this school; of each the years of its pupils, still empty. Combined groups are not read."""
    years: dict[str, list[int | None]] = {}
    for element in groups.children("groep") if groups else ():
        key = draft.key("group", element.line, "groep/key", element.attribute("key"))
        name = draft.text("group", element.line, "groep/naam", element.text_of("naam"), required=True)
        year = (element.text_of("jaargroep") or "").upper()
        if key is not None:
            years[key] = []
            if year not in _ELSEWHERE:
                draft.groups[key] = GroupEntry(key, key, name or "", _YEARS.get(year))
    return years


def _derive_years(draft: Draft, years: dict[str, list[int | None]]) -> None:
    """A combination group has the year of most of its pupils, or what its name says."""
    for key, group in draft.groups.items():
        if group.year is None:
            year = commonest(years[key]) or year_in(group.name)
            draft.groups[key] = GroupEntry(group.ref, group.key, group.name, year)


def _pupils(draft: Draft, pupils: Element | None, years: dict[str, list[int | None]]) -> None:
    elsewhere = 0
    for element in pupils.children("leerling") if pupils else ():
        if len(draft.pupils) == MAX_PUPILS:
            sentence = msgid("In dit bestand staan te veel leerlingen: hoogstens %(most)s.")
            draft.refuse(element.line, "leerling", sentence, most=str(MAX_PUPILS))
            return
        key = draft.key("pupil", element.line, "leerling/key", element.attribute("key"))
        group = _group(draft, element.child("groep"), "leerling/groep", years)
        year = (element.text_of("jaargroep") or "").upper()
        if year in _ELSEWHERE or (group is not None and group not in draft.groups):
            elsewhere += 1
            continue
        first_name, family_name = _names(draft, element, "leerling")
        eck_id = draft.eck_id(element.line, "leerling/eckid", element.attribute("eckid"))
        if key is not None:
            draft.pupils[key] = PupilEntry(key, first_name, family_name, (group,) if group else (), eck_id=eck_id)
        if group is not None:
            years[group].append(_YEARS.get(year))
    if elsewhere:
        sentence = msgid("Kinderen die niet in jaargroep 1 tot en met 8 zitten: %(count)s. Zij doen niet mee.")
        draft.leave_out(0, "jaargroep", sentence, count=str(elsewhere))


def _group(draft: Draft, element: Element | None, where: str, years: dict[str, list[int | None]]) -> str | None:
    """The key that points at a group of this file; None = no group, or refused."""
    if element is None:
        return None
    key = draft.text("key", element.line, where, element.attribute("key"), required=True)
    if key is None or key in years:
        return key
    draft.refuse(element.line, where, msgid("De groep %(key)s staat niet in dit bestand."), key=key)
    return None


def _names(draft: Draft, element: Element, of: str) -> tuple[str | None, str]:
    """First name and family name. Without the name that somebody is called by, the first of the given names."""
    line, wrong = element.line, len(draft.problems)
    first_name = draft.text("first_name", line, f"{of}/roepnaam", element.text_of("roepnaam"))
    if first_name is None and len(draft.problems) == wrong:
        given = draft.text("family_name", line, f"{of}/voornamen", element.text_of("voornamen"), required=True)
        first_name = given.split()[0][: LONGEST["first_name"]] if given else None
    parts = (
        draft.text("first_name", line, f"{of}/voorvoegsel", element.text_of("voorvoegsel")),
        draft.text("family_name", line, f"{of}/achternaam", element.text_of("achternaam")),
    )
    return first_name, " ".join(part for part in parts if part)


def _staff(draft: Draft, staff: Element | None, years: dict[str, list[int | None]]) -> None:
    for element in staff.children("leerkracht") if staff else ():
        key = draft.key("staff", element.line, "leerkracht/key", element.attribute("key"))
        if not _works_with_children(element):
            sentence = msgid("Medewerker %(key)s heeft een rol zonder leerlingen en doet niet mee.")
            draft.leave_out(element.line, "leerkracht/rol", sentence, key=key or "")
            continue
        first_name, family_name = _names(draft, element, "leerkracht")
        address = draft.address(element.line, "leerkracht/emailadres", element.text_of("emailadres"))
        groups = element.child("groepen")
        if key is not None:
            taught = None if groups is None else _taught(draft, groups, years)
            draft.staff[key] = StaffEntry(key, first_name, family_name, address, taught)


def _taught(draft: Draft, groups: Element, years: dict[str, list[int | None]]) -> tuple[str, ...]:
    """The groups that somebody teaches; one in which they are only an intern or the like is none of theirs."""
    found = set()
    for element in groups.children("groep"):
        key = _group(draft, element, "leerkracht/groep", years)
        if key is not None and key in draft.groups and _works_with_children(element):
            found.add(key)
    return tuple(sorted(found))


def _works_with_children(element: Element) -> bool:
    """Nothing said about a role is a teacher's."""
    roles = {role.text.upper() for role in element.children("rol")}
    return not roles or bool(roles & _WORKS_WITH_CHILDREN)
