"""OneRoster sets, in bulk and as a delta, become rosters."""

from collections.abc import Callable

import pytest

from idp.school.roster import oneroster
from idp.school.roster.values import GroupEntry, Problem, PupilEntry, Roster, SchoolEntry, StaffEntry
from tests.oneroster_files import enrollment, oneroster_rows, zipped
from tests.oneroster_files import oneroster as written
from tests.roster_files import MARKS, Child, a_file

Rows = dict[str, list[dict[str, str]]]


def a_roster(data: bytes) -> Roster:
    reading = oneroster.read(data)
    assert isinstance(reading, Roster), reading
    return reading


def problems(data: bytes) -> list[Problem]:
    reading = oneroster.read(data)
    assert not isinstance(reading, Roster)
    return reading


def test_a_school_of_nine_hundred_comes_back_whole() -> None:
    file = a_file(900, 40)
    roster = a_roster(written(oneroster_rows(file)))
    assert [(one.key, one.first_name, one.family_name, one.groups, one.eck_id) for one in roster.pupils] == [
        (one.key, one.first_name, one.whole_family_name, (one.group,), one.eck_id) for one in file.children
    ]
    assert [(one.key, one.name, str(one.year)) for one in roster.groups] == [
        (one.key, one.name, one.year) for one in file.classes
    ]
    assert [(one.key, one.address and one.address.written, one.groups) for one in roster.staff] == [
        (one.key, one.email, tuple(one.groups)) for one in file.teachers
    ]
    assert roster.school == SchoolEntry("99ZZ", "De Regenboog")
    assert (roster.covers, roster.delta) == ({"groups", "staff"}, False)


def test_nothing_private_is_in_what_was_read() -> None:
    roster = repr(a_roster(written(oneroster_rows(a_file()))))
    assert not [mark for mark in MARKS if mark in roster]


def test_the_roles_of_one_point_one_stand_with_the_users() -> None:
    rows = oneroster_rows(a_file())
    for row, role in zip(rows["users"], rows.pop("roles"), strict=True):
        row["role"] = role["role"]
    header = "sourcedId,status,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,email"
    users = "\n".join([header, *(",".join(row.get(name, "") for name in header.split(",")) for row in rows["users"])])
    data = written({name: found for name, found in rows.items() if name != "users"}, version="1.1")
    roster = a_roster(_with(data, {"users.csv": users}, {"file.users": "bulk"}))
    assert (len(roster.pupils), len(roster.staff)) == (6, 2)


def _with(data: bytes, files: dict[str, str], manifest: dict[str, str]) -> bytes:
    unpacked = dict(oneroster.archive.unpack(data))  # type: ignore[arg-type]
    text = unpacked["manifest.csv"].decode()
    for name, value in manifest.items():
        text = text.replace(f"{name},absent", f"{name},{value}")
    return zipped({**unpacked, "manifest.csv": text.encode(), **{name: one.encode() for name, one in files.items()}})


def test_the_name_that_a_child_is_called_by_wins() -> None:
    rows = oneroster_rows(a_file(1, 1))
    rows["users"][0]["preferredGivenName"] = "Bo"
    assert a_roster(written(rows)).pupils[0].first_name == "Bo"


def test_parents_are_nobody_here() -> None:
    rows = oneroster_rows(a_file())
    for number, role in enumerate(["parent", "guardian", "relative"]):
        rows["users"].append({"sourcedId": f"p{number}", "givenName": "Pa", "familyName": "Pa", "email": "p@x.example"})
        rows["roles"].append({"userSourcedId": f"p{number}", "role": role, "roleType": "primary"})
    roster = a_roster(written(rows))
    assert (len(roster.pupils), len(roster.staff)) == (6, 2)


def test_the_primary_role_has_the_last_word() -> None:
    rows = oneroster_rows(a_file(1, 1))
    rows["roles"].append({"userSourcedId": "l0", "role": "parent", "roleType": "secondary"})
    rows["roles"].insert(0, {"userSourcedId": "l0", "role": "guardian", "roleType": "secondary"})
    assert [one.key for one in a_roster(written(rows)).staff] == ["l0"]


def test_where_there_are_home_rooms_other_classes_are_no_groups() -> None:
    rows = oneroster_rows(a_file(2, 1))
    rows["classes"].append({"sourcedId": "gym", "title": "Gym", "classType": "scheduled", "grades": "03"})
    rows["enrollments"].append(enrollment("10000", "gym"))
    roster = a_roster(written(rows))
    assert [group.key for group in roster.groups] == ["g0"]
    assert roster.pupils[0].groups == ("g0",)


@pytest.mark.parametrize(
    ("grades", "name", "year"),
    [("05,06", "x", 5), ("", "Groep 7", 7), ("KG", "x", None), ("UG", "Groep 7", 9), ("UG,04", "x", 4)],
)
def test_the_year_of_a_class(grades: str, name: str, year: int | None) -> None:
    rows = oneroster_rows(a_file(1, 1))
    rows["classes"][0] |= {"grades": grades, "title": name}
    assert a_roster(written(rows)).groups[0].year == year


def test_what_a_bulk_file_calls_removed_is_not_there() -> None:
    rows = oneroster_rows(a_file(3, 1))
    rows["users"][0]["status"] = "tobedeleted"
    assert [one.key for one in a_roster(written(rows)).pupils] == ["10001", "10002"]


def test_sessions_and_courses_may_be_there_or_not() -> None:
    rows = oneroster_rows(a_file())
    del rows["academicSessions"]
    assert a_roster(written(rows)).pupils
    assert a_roster(_with(written(rows), {"courses.csv": "rubbish", "demographics.csv": "x"}, {"file.courses": "bulk"}))


def _doubled_user(rows: Rows) -> None:
    rows["users"].append({**rows["users"][0]})


def _doubled_class(rows: Rows) -> None:
    rows["classes"].append({**rows["classes"][0]})


def _user_of_nobody(rows: Rows) -> None:
    rows["enrollments"].append(enrollment("nobody", "g0"))


def _class_of_nobody(rows: Rows) -> None:
    rows["enrollments"].append(enrollment("10000", "nowhere"))


def _role_of_nobody(rows: Rows) -> None:
    rows["roles"].append({"userSourcedId": "nobody", "role": "student"})


def _school_of_nobody(rows: Rows) -> None:
    rows["classes"][0]["schoolSourcedId"] = "nowhere"


def _two_schools(rows: Rows) -> None:
    rows["orgs"].append({"sourcedId": "two", "name": "Two", "type": "school"})


def _no_school(rows: Rows) -> None:
    rows["orgs"].pop()


def _two_groups(rows: Rows) -> None:
    rows["enrollments"].append(enrollment("10000", "g1"))


def _a_formula(rows: Rows) -> None:
    rows["users"][0]["familyName"] = "=HYPERLINK()"


def _no_name(rows: Rows) -> None:
    rows["users"][0]["givenName"] = ""


def _no_title(rows: Rows) -> None:
    rows["classes"][1]["title"] = ""


@pytest.mark.parametrize(
    ("break_", "line", "field"),
    [
        (_doubled_user, 10, "users.csv/sourcedId"),
        (_doubled_class, 4, "classes.csv/sourcedId"),
        (_user_of_nobody, 10, "enrollments.csv/userSourcedId"),
        (_class_of_nobody, 10, "enrollments.csv/classSourcedId"),
        (_role_of_nobody, 10, "roles.csv/userSourcedId"),
        (_school_of_nobody, 2, "classes.csv/schoolSourcedId"),
        (_two_schools, 4, "orgs.csv"),
        (_no_school, 0, "orgs.csv"),
        (_two_groups, 2, "enrollments.csv"),
        (_a_formula, 2, "users.csv/familyName"),
        (_no_name, 2, "users.csv/givenName"),
        (_no_title, 3, "classes.csv/title"),
    ],
)
def test_what_does_not_fit_is_refused_with_file_and_line(break_: Callable[[Rows], None], line: int, field: str) -> None:
    rows = oneroster_rows(a_file())
    break_(rows)
    assert (line, field) in [(problem.line, problem.field) for problem in problems(written(rows))]


@pytest.mark.parametrize(
    ("manifest", "values"),
    [
        ({"oneroster.version": "1.3"}, {}),
        ({"file.users": "delta"}, {}),
        ({"file.users": "misschien"}, {}),
        ({"file.enrollments": "absent"}, {"file": "enrollments.csv"}),
    ],
)
def test_a_manifest_that_will_not_do_is_refused(manifest: dict[str, str], values: dict[str, str]) -> None:
    found = problems(written(oneroster_rows(a_file()), manifest=manifest))
    assert [problem.values for problem in found] == [values]


@pytest.mark.parametrize("missing", ["manifest.csv", "users.csv", "classes.csv"])
def test_a_file_that_the_manifest_names_must_be_there(missing: str) -> None:
    files = dict(oneroster.archive.unpack(written(oneroster_rows(a_file()))))  # type: ignore[arg-type]
    del files[missing]
    assert missing in [problem.field for problem in problems(zipped(files))]


def test_a_file_cut_in_half_is_refused() -> None:
    files = dict(oneroster.archive.unpack(written(oneroster_rows(a_file()))))  # type: ignore[arg-type]
    files["users.csv"] = files["users.csv"][:-60]
    assert [problem.field for problem in problems(zipped(files))] == ["users.csv"]
    assert problems(written(oneroster_rows(a_file()))[:-100])


def test_a_delta_names_what_changed_and_nothing_else() -> None:
    rows = {
        "users": [
            {"sourcedId": "1", "status": "active", "givenName": "Anna", "familyName": "Aa"},
            {"sourcedId": "2", "status": "tobedeleted", "givenName": "Bas", "familyName": "Bos"},
            {
                "sourcedId": "l1",
                "status": "active",
                "givenName": "Juf",
                "familyName": "J",
                "email": "juf@school.example",
            },
        ],
        "roles": [
            {"userSourcedId": "1", "role": "student", "status": "active"},
            {"userSourcedId": "l1", "role": "teacher", "status": "active"},
        ],
        "classes": [
            {"sourcedId": "g9", "status": "active", "title": "Nieuw", "grades": "03"},
            {"sourcedId": "g8", "status": "tobedeleted", "title": "Oud", "grades": "03"},
        ],
        "enrollments": [
            enrollment("3", "g9", status="active"),
            enrollment("3", "g1", status="tobedeleted"),
            enrollment("4", "g1", status="tobedeleted"),
            enrollment("l2", "g9", "teacher", "active"),
        ],
    }
    roster = a_roster(written(rows, mode="delta"))
    assert roster.delta
    assert {one.key: one for one in roster.pupils} == {
        "1": PupilEntry("1", "Anna", "Aa", None),
        "3": PupilEntry("3", None, None, ("g9",), frozenset({"g1"})),
        "4": PupilEntry("4", None, None, (), frozenset({"g1"})),
    }
    assert roster.groups == (GroupEntry("g9", "g9", "Nieuw", 3),)
    assert (roster.gone.people, roster.gone.groups) == ({"2"}, {"g8"})
    assert [one for one in roster.staff if one.key == "l2"] == [StaffEntry("l2", None, None, None, ("g9",))]


def test_a_delta_may_hold_one_file_alone_and_be_empty() -> None:
    assert a_roster(written({"enrollments": []}, mode="delta")).pupils == ()


def test_the_eck_id_is_found_among_the_ids_of_a_child() -> None:
    rows = oneroster_rows(a_file(1, 1))
    rows["users"][0]["userIds"] = "{LDAP:x},{ECK-iD:https://ketenid.example/a},{y:z}"
    assert a_roster(written(rows)).pupils[0].eck_id == "https://ketenid.example/a"


def test_a_child_may_be_in_no_class() -> None:
    rows = oneroster_rows(a_file(children=[Child("1", "Anna", "Aa")]))
    assert a_roster(written(rows)).pupils[0].groups == ()
