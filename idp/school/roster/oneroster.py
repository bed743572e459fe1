"""OneRoster 1.2 CSV (and 1.1): a zip with manifest.csv; in bulk (everybody) or as a delta (what changed).

Read are orgs, users, roles, classes and enrollments, of each the columns in LAYOUTS. Sessions, courses, demographics
and results may be in the zip, and are not opened.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from idp.kernel.words import msgid
from idp.school import years
from idp.school.roster import archive, decoding, sheet
from idp.school.roster.checking import Draft, year_in
from idp.school.roster.sheet import Layout, Row
from idp.school.roster.values import Gone, GroupEntry, Problem, PupilEntry, Reading, SchoolEntry, StaffEntry
from idp.school.years import SPECIAL


def _layout(file: str, columns: str, required: str) -> Layout:
    return Layout({name: (name,) for name in columns.split()}, required.split(), file=f"{file}.csv")


LAYOUTS = {
    "orgs": _layout("orgs", "sourcedId status name type identifier", "sourcedId name type"),
    "users": _layout(
        "users",
        "sourcedId status givenName preferredGivenName familyName email role userIds",
        "sourcedId givenName familyName",
    ),
    "roles": _layout("roles", "sourcedId status userSourcedId roleType role", "userSourcedId role"),
    "classes": _layout("classes", "sourcedId status title grades classType schoolSourcedId", "sourcedId title"),
    "enrollments": _layout(
        "enrollments", "sourcedId status classSourcedId userSourcedId role", "classSourcedId userSourcedId role"
    ),
}
"""The files that are opened, and their columns (1EdTech OneRoster CSV binding 1.2, section 4)."""

_MANIFEST = Layout({"name": ("propertyName",), "value": ("value",)}, ("name", "value"), file="manifest.csv")
_WORKBOOK = "[Content_Types].xml"
_ALWAYS = ("orgs", "users", "classes", "enrollments")

STAFF_ROLES = frozenset(
    {"teacher", "aide", "administrator", "siteadministrator", "principal", "counselor", "districtadministrator"}
)
"""Who gets a place here. A parent, guardian or relative is never one of them."""


@dataclass(frozen=True, slots=True)
class _Files:
    """The rows of each file that the manifest names, and whether they are changes only."""

    rows: Mapping[str, Sequence[Row]]
    delta: bool

    def of(self, file: str) -> Sequence[Row]:
        """The rows of a file; none when it is not in the zip."""
        return self.rows.get(file, ())


@dataclass(slots=True)
class _Places:
    """Who has which role and is in which class, by the key of the user; of a delta also who was taken out of one."""

    delta: bool
    roles: dict[str, str] = field(default_factory=dict)
    joined: defaultdict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    left: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def groups(self, key: str) -> tuple[str, ...] | None:
        """The classes of a user; None = the file does not say (a delta without a row about it)."""
        if self.delta and key not in self.joined and key not in self.left:
            return None
        return tuple(self.joined.get(key, ()))


def read(data: bytes) -> Reading:
    """A roster of a OneRoster zip, or what is wrong with it."""
    unpacked = archive.unpack(data)
    if isinstance(unpacked, Problem):
        return [unpacked]
    if _WORKBOOK in unpacked:
        return [Problem(0, "", msgid("Dit is een werkmap van Excel. Sla het blad op als CSV en probeer het opnieuw."))]
    draft = Draft("oneroster", cells_checked=True)
    files = _open(unpacked, draft)
    if files is None or draft.problems:
        return draft.problems
    school = _school(draft, files)
    gone_groups = _classes(draft, files)
    places = _places(draft, files)
    gone_people = _users(draft, files, places)
    if not files.delta:
        _dangling(draft, files)
        return draft.roster(school, ("groups", "staff"))
    return draft.roster(school, (), delta=True, gone=Gone(gone_people, gone_groups))


def _open(unpacked: Mapping[str, bytes], draft: Draft) -> _Files | None:
    manifest = {row.cells["name"]: row.cells["value"].lower() for row in _rows(unpacked, _MANIFEST, draft)}
    if draft.problems:
        return None
    if manifest.get("oneroster.version") not in ("1.1", "1.2"):
        draft.refuse(0, "manifest.csv", msgid("Dit is geen OneRoster 1.1 of 1.2."))
        return None
    how = {file: manifest.get(f"file.{file}", "absent") for file in LAYOUTS}
    present = {file for file, said in how.items() if said != "absent"}
    modes = {how[file] for file in present}
    if modes not in ({"bulk"}, {"delta"}):
        draft.refuse(0, "manifest.csv", msgid("Alle bestanden moeten bulk zijn, of alle bestanden delta."))
        return None
    for file in _ALWAYS if modes == {"bulk"} else ():
        if file not in present:
            draft.refuse(0, "manifest.csv", msgid("Het bestand %(file)s ontbreekt."), file=f"{file}.csv")
    return _Files({file: _rows(unpacked, LAYOUTS[file], draft) for file in sorted(present)}, modes == {"delta"})


def _rows(unpacked: Mapping[str, bytes], layout: Layout, draft: Draft) -> Sequence[Row]:
    if layout.file not in unpacked:
        draft.refuse(0, layout.file, msgid("Het bestand %(file)s ontbreekt."), file=layout.file)
        return []
    text = decoding.decode(unpacked[layout.file])
    if isinstance(text, Problem):
        draft.refuse(0, layout.file, text.message)
        return []
    return sheet.rows(text, layout, draft)


def _removed(row: Row) -> bool:
    """1.2 says tobedeleted; 1.1 said inactive as well."""
    return row.cells.get("status", "").lower() in ("tobedeleted", "inactive")


def _school(draft: Draft, files: _Files) -> SchoolEntry:
    """The one school of the file; a district above it is no school."""
    schools = [row for row in files.of("orgs") if row.cells["type"].lower() == "school" and not _removed(row)]
    if len(schools) > 1:
        draft.refuse(schools[1].line, "orgs.csv", msgid("Dit bestand gaat over meer dan één school."))
    if len(schools) != 1:
        if not schools and not files.delta:
            draft.refuse(0, "orgs.csv", msgid("In dit bestand ontbreekt de school."))
        return SchoolEntry()
    [row] = schools
    key = draft.text("brin", row.line, "orgs.csv/identifier", row.cells.get("identifier") or row.cells["sourcedId"])
    name = draft.text("school", row.line, "orgs.csv/name", row.cells["name"], required=True)
    return SchoolEntry(key.upper() if key else None, name)


def _classes(draft: Draft, files: _Files) -> frozenset[str]:
    """The classes as groups: home rooms where there are any. Returns the keys of those that are gone."""
    gone = set()
    home_rooms = any(row.cells.get("classType", "").lower() == "homeroom" for row in files.of("classes"))
    for row in files.of("classes"):
        cell = row.cells
        key = draft.key("group", row.line, "classes.csv/sourcedId", cell["sourcedId"])
        if key is not None and _removed(row):
            gone.add(key)
        elif key is not None and (not home_rooms or cell.get("classType", "").lower() == "homeroom"):
            name = draft.text("group", row.line, "classes.csv/title", cell["title"], required=True) or ""
            draft.groups[key] = GroupEntry(key, key, name, _year(cell.get("grades", "")) or year_in(name))
    return frozenset(gone)


def _year(grades: str) -> int | None:
    """The lowest of a class's grades; UG, ungraded (CEDS), is special education. None = none that we know."""
    written = (SPECIAL if grade.strip() == "UG" else years.read(grade) for grade in grades.split(","))
    return min((year for year in written if year is not None), default=None)


def _places(draft: Draft, files: _Files) -> _Places:
    places = _Places(files.delta)
    passed_over = {row.cells["sourcedId"] for row in files.of("classes")} - draft.groups.keys()
    for row in files.of("enrollments"):
        user, group = row.cells["userSourcedId"], row.cells["classSourcedId"]
        places.roles.setdefault(user, row.cells["role"].lower())
        if _removed(row):
            places.left[user].add(group)
        elif group not in passed_over:
            places.joined[user][group] = None
    for row in files.of("users"):
        if row.cells.get("role"):
            places.roles[row.cells["sourcedId"]] = row.cells["role"].lower()
    for primary in (False, True):  # the primary role has the last word
        for row in files.of("roles"):
            if not _removed(row) and primary == (row.cells.get("roleType", "primary").lower() != "secondary"):
                places.roles[row.cells["userSourcedId"]] = row.cells["role"].lower()
    return places


def _users(draft: Draft, files: _Files, places: _Places) -> frozenset[str]:
    """Pupils and staff; returns the keys of those who are gone."""
    gone = set()
    for row in files.of("users"):
        key = draft.key("user", row.line, "users.csv/sourcedId", row.cells["sourcedId"])
        if key is None:
            continue
        role = places.roles.get(key, "")
        if _removed(row):
            gone.add(key)
        elif role == "student":
            _pupil(draft, row, key, places)
        elif role in STAFF_ROLES:
            first_name, family_name = _names(draft, row)
            address = draft.address(row.line, "users.csv/email", row.cells.get("email"))
            left = frozenset(places.left.get(key, ()))
            draft.staff[key] = StaffEntry(key, first_name, family_name, address, places.groups(key), left)
    for key in places.joined.keys() | places.left.keys() if files.delta else ():
        if key not in gone and key not in draft.pupils and key not in draft.staff:
            _moved(draft, key, places)
    return frozenset(gone)


def _pupil(draft: Draft, row: Row, key: str, places: _Places) -> None:
    first_name, family_name = _names(draft, row)
    groups = places.groups(key)
    if not places.delta and len(groups or ()) > 1:
        draft.refuse(row.line, "enrollments.csv", msgid("Leerling %(key)s zit in meer dan één groep."), key=key)
    eck_id = draft.eck_id(row.line, "users.csv/userIds", _eck_id(row.cells.get("userIds", "")))
    left = frozenset(places.left.get(key, ()))
    draft.pupils[key] = PupilEntry(key, first_name, family_name, groups, left, eck_id)


def _moved(draft: Draft, key: str, places: _Places) -> None:
    """Of a delta: somebody of whom nothing but the classes changed."""
    role, groups, left = places.roles.get(key), places.groups(key), frozenset(places.left.get(key, ()))
    if role == "student":
        draft.pupils[key] = PupilEntry(key, None, None, groups, left)
    elif role in STAFF_ROLES:
        draft.staff[key] = StaffEntry(key, None, None, None, groups, left)


def _names(draft: Draft, row: Row) -> tuple[str | None, str]:
    """First name (the one that somebody is called by, where there is one) and family name."""
    called = draft.text("first_name", row.line, "users.csv/preferredGivenName", row.cells.get("preferredGivenName"))
    given = draft.text("first_name", row.line, "users.csv/givenName", row.cells["givenName"], required=not called)
    family_name = draft.text("family_name", row.line, "users.csv/familyName", row.cells["familyName"])
    return called or given, family_name or ""


def _eck_id(user_ids: str) -> str | None:
    """The ECK iD among `{type:identifier}` pairs (binding 1.2, section 4.14)."""
    for pair in user_ids.replace("},{", "}\n{").splitlines():
        kind, _, identifier = pair.strip("{} ").partition(":")
        if sheet.plain(kind) == "eckid":
            return identifier
    return None


def _dangling(draft: Draft, files: _Files) -> None:
    """In bulk every key points at a row. What a delta points at may be here already: the plan looks at that."""
    keys = {file: {row.cells["sourcedId"] for row in files.of(file)} for file in ("users", "classes", "orgs")}
    checked = (
        ("enrollments", "userSourcedId", "users"),
        ("enrollments", "classSourcedId", "classes"),
        ("roles", "userSourcedId", "users"),
        ("classes", "schoolSourcedId", "orgs"),
    )
    for file, column, pointed_at in checked:
        for row in files.of(file):
            key = row.cells.get(column)
            if key and key not in keys[pointed_at] and not _removed(row):
                sentence = msgid("%(key)s staat niet in dit bestand.")
                draft.refuse(row.line, f"{file}.csv/{column}", sentence, key=key[:100])
