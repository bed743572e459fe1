"""EDEXML becomes a roster of what is on the list, and of nothing else."""

import codecs

import pytest

from idp.school.roster import edexml
from idp.school.roster.values import Problem, Reading, Roster, SchoolEntry
from idp.school.years import SPECIAL
from tests.roster_files import MARKS, Child, Class, File, Teacher, a_file
from tests.roster_files import edexml as written

GROUPS = (Class("g1", "Bever", "4"), Class("g2", "Das", "5"))


def a_roster(reading: Reading) -> Roster:
    assert isinstance(reading, Roster), reading
    return reading


def problems(reading: Reading) -> list[Problem]:
    assert not isinstance(reading, Roster)
    return reading


def with_children(*children: Child, classes: tuple[Class, ...] = GROUPS) -> bytes:
    return written(File(classes=classes, children=children))


def test_a_school_of_nine_hundred_comes_back_whole() -> None:
    file = a_file(900, 40)
    roster = a_roster(edexml.read(written(file)))
    assert [(one.key, one.first_name, one.family_name, one.groups, one.eck_id) for one in roster.pupils] == [
        (one.key, one.first_name, one.whole_family_name, (one.group,), one.eck_id) for one in file.children
    ]
    assert [(one.key, one.name, str(one.year)) for one in roster.groups] == [
        (one.key, one.name, one.year) for one in file.classes
    ]
    assert [(one.key, one.address and one.address.written, one.groups) for one in roster.staff] == [
        (one.key, one.email, tuple(one.groups)) for one in file.teachers
    ]
    assert roster.covers == {"groups", "staff"}
    assert not roster.notices


def test_nothing_private_is_in_what_was_read() -> None:
    assert not [mark for mark in MARKS if mark in repr(edexml.read(written(a_file())))]


@pytest.mark.parametrize("year", ["1999-2000", "2031-2032", "", "volgend jaar"])
def test_the_school_year_is_not_looked_at(year: str) -> None:
    assert a_roster(edexml.read(written(a_file(), school_year=year))).pupils


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("cp1252", b""),
    ],
)
def test_every_encoding_of_an_administration_is_read(encoding: str, mark: bytes) -> None:
    file = File(classes=GROUPS, children=[Child("1", "Zoë", "Ångström – Curaçao", "g1")])
    [pupil] = a_roster(edexml.read(written(file, encoding=encoding, mark=mark))).pupils
    assert (pupil.first_name, pupil.family_name) == ("Zoë", "Ångström – Curaçao")


def test_an_encoding_that_would_hide_markup_is_refused() -> None:
    [problem] = problems(edexml.read(written(a_file()).replace(b"utf-8", b"utf-7", 1)))
    assert "UTF-8" in problem.message


@pytest.mark.parametrize(
    ("location", "key"), [("00", "99ZZ"), (None, "99ZZ"), ("01", "99ZZ01"), ("10", "99ZZ10"), ("", "99ZZ")]
)
def test_the_school_is_known_by_its_number_and_location(location: str | None, key: str) -> None:
    assert a_roster(edexml.read(written(a_file(brin="99zz", location=location)))).school == SchoolEntry(key)


def test_the_administrations_own_key_will_do_where_there_is_no_number() -> None:
    text = (
        written(a_file())
        .replace(b"<brincode>99ZZ</brincode>", b"")
        .replace(b"<dependancecode>00</dependancecode>", b"<schoolkey>41323</schoolkey>")
    )
    assert a_roster(edexml.read(text)).school == SchoolEntry("41323")


def test_a_comment_does_not_cut_a_name_or_a_key() -> None:
    text = with_children(Child("1", "Anna", "Jansen", "g1")).replace(b">Jansen<", b">Jan<!-- x -->s<?x y?>en<")
    assert a_roster(edexml.read(text)).pupils[0].family_name == "Jansen"


def test_elements_that_nobody_knows_are_passed_over() -> None:
    text = with_children(Child("1", "Anna", "Aa", "g1")).replace(
        b"<leerlingen>",
        b"<nieuw><leerling key='9'/></nieuw><leerlingen><anders key='8'><roepnaam>Nee</roepnaam></anders>",
    )
    assert [one.key for one in a_roster(edexml.read(text)).pupils] == ["1"]


def test_the_namespace_of_the_exchange_between_systems_is_read_too() -> None:
    text = written(a_file()).replace(
        b"<EDEX ", b'<leerlinggegevens xmlns="http://www.edustandaard.nl/leerresultaten/2" '
    )
    assert len(a_roster(edexml.read(text.replace(b"</EDEX>", b"</leerlinggegevens>"))).pupils) == 6


def test_without_a_name_to_be_called_by_the_first_given_name_is_taken() -> None:
    text = with_children(Child("1", "Ismaël Hassan", "Assati", "g1")).replace(b"roepnaam", b"voornamen")
    assert a_roster(edexml.read(text)).pupils[0].first_name == "Ismaël"


def test_without_any_first_name_the_line_is_named() -> None:
    text = with_children(Child("1", "Anna", "Aa", "g1"), Child("2", "", "Bos", "g1"))
    [problem] = problems(edexml.read(text))
    assert (problem.line, problem.field) == (16, "leerling/voornamen")


def test_a_pupil_may_be_in_no_group() -> None:
    assert a_roster(edexml.read(with_children(Child("1", "Anna", "Aa")))).pupils[0].groups == ()


def test_a_combination_group_has_the_year_of_most_of_its_pupils() -> None:
    children = [Child(str(n), "Anna", "Aa", "c", year=year) for n, year in enumerate(["7", "8", "8"])]
    [group] = a_roster(edexml.read(with_children(*children, classes=(Class("c", "Bever", "C"),)))).groups
    assert group.year == 8


def test_a_special_school_has_groups_of_no_year() -> None:
    classes = (Class("a", "Groep 5 geel", "S"), Class("b", "Geel", "s"), Class("c", "Blauw", "C"))
    children = (Child("1", "Anna", "Aa", "a", year="S"), Child("2", "Bas", "Bos", "c", year="S"))
    roster = a_roster(edexml.read(with_children(*children, classes=classes)))
    assert [group.year for group in roster.groups] == [SPECIAL] * 3
    assert not roster.notices


@pytest.mark.parametrize("year", ["H", "0", "B", "D", "11", "V", "N"])
def test_who_is_not_of_primary_school_age_is_left_out_and_counted(year: str) -> None:
    children = (Child("1", "Anna", "Aa", "g1"), Child("2", "Bas", "Bos", year=year), Child("3", "Cas", "Cos", "x"))
    roster = a_roster(edexml.read(with_children(*children, classes=(*GROUPS, Class("x", "Anders", year)))))
    assert [one.key for one in roster.pupils] == ["1"]
    assert [group.key for group in roster.groups] == ["g1", "g2"]
    assert [notice.values for notice in roster.notices] == [{"count": "2"}]


@pytest.mark.parametrize(
    ("roles", "taken"), [((), True), (("LRK",), True), (("OUD",), False), (("STA", "IB"), True), (("CON",), False)]
)
def test_only_roles_with_children_come_with_a_place(roles: tuple[str, ...], taken: bool) -> None:
    file = a_file(teachers=[Teacher("l1", "Juf", "Aa", "juf@school.example", ["g0"], roles)])
    roster = a_roster(edexml.read(written(file)))
    assert bool(roster.staff) is taken
    assert bool(roster.notices) is not taken


def test_a_group_in_which_somebody_is_an_intern_is_not_theirs() -> None:
    text = written(a_file(teachers=[Teacher("l1", "Juf", "Aa", "juf@school.example", ["g0", "g1"])]))
    text = text.replace(b'<groep key="g1"/></groepen>', b'<groep key="g1"><rol>STA</rol></groep></groepen>')
    assert a_roster(edexml.read(text)).staff[0].groups == ("g0",)


def test_a_bad_or_doubled_address_of_staff_costs_the_account_and_not_the_file() -> None:
    teachers = [
        Teacher("l1", "Juf", "Aa", "team@school.example"),
        Teacher("l2", "Mees", "Bee", "Team@school.example"),
        Teacher("l3", "Cor", "Cee", "geen adres"),
        Teacher("l4", "Dee", "Dee"),
    ]
    roster = a_roster(edexml.read(written(a_file(teachers=teachers))))
    assert [one.address is not None for one in roster.staff] == [True, False, False, False]
    assert len(roster.notices) == 2


@pytest.mark.parametrize(
    ("children", "field"),
    [
        ((Child("1", "Anna", "Aa", "g1"), Child("1", "Bas", "Bos", "g1")), "leerling/key"),
        ((Child("1", "Anna", "Aa", "nergens"),), "leerling/groep"),
        ((Child("1", "Anna", "Aa", "sg1"),), "leerling/groep"),
        ((Child("", "Anna", "Aa", "g1"),), "leerling/key"),
        ((Child("k" * 101, "Anna", "Aa", "g1"),), "leerling/key"),
        ((Child("1", "A" * 101, "Aa", "g1"),), "leerling/roepnaam"),
        ((Child("1", "=cmd|' /C calc'!A0", "Aa", "g1"),), "leerling/roepnaam"),
        ((Child("1", "Anna", "@SUM(1)", "g1"),), "leerling/achternaam"),
        ((Child("1", "An\u202ena", "Aa", "g1"),), "leerling/roepnaam"),
        ((Child("1", "An\ufffdna", "Aa", "g1"),), "leerling/roepnaam"),
        ((Child("1", "Anna", "Aa", "g1", eck_id="e"), Child("2", "Bas", "Bos", "g1", eck_id="e")), "leerling/eckid"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(children: tuple[Child, ...], field: str) -> None:
    found = problems(edexml.read(with_children(*children)))
    assert [problem.field for problem in found] == [field]
    assert found[0].line >= 8


def test_doubled_groups_and_staff_are_refused() -> None:
    file = a_file(classes=(*GROUPS, Class("g1", "Weer", "3")), children=[Child("1", "Anna", "Aa")], teachers=[])
    assert [problem.field for problem in problems(edexml.read(written(file)))] == ["groep/key"]
    twice = a_file(teachers=[Teacher("l1", "Juf", "Aa"), Teacher("l1", "Mees", "Bee")])
    assert [problem.field for problem in problems(edexml.read(written(twice)))] == ["leerkracht/key"]


def test_staff_of_a_group_that_is_not_there_are_refused() -> None:
    file = a_file(teachers=[Teacher("l1", "Juf", "Aa", groups=["nergens"])])
    assert [problem.field for problem in problems(edexml.read(written(file)))] == ["leerkracht/groep"]


def test_half_a_file_is_refused_wherever_it_ends() -> None:
    whole = written(a_file())
    for size in range(60, len(whole) - 8, 97):
        assert not isinstance(edexml.read(whole[:size]), Roster), size


def test_more_pupils_than_any_school_has_are_refused() -> None:
    child = "<leerling key='{0}'><roepnaam>A</roepnaam></leerling>"
    many = "".join(child.format(number) for number in range(3_001))
    text = f"<EDEX><school><brincode>99ZZ</brincode></school><leerlingen>{many}</leerlingen></EDEX>"
    assert [problem.values for problem in problems(edexml.read(text.encode()))] == [{"most": "3000"}]


def test_a_file_without_pupils_or_without_a_school_is_refused() -> None:
    assert problems(edexml.read(b"<EDEX><school/><leerlingen/></EDEX>"))
    assert problems(
        edexml.read(b"<EDEX><leerlingen><leerling key='1'><roepnaam>A</roepnaam></leerling></leerlingen></EDEX>")
    )
    assert problems(edexml.read(b"<iets/>"))


def test_not_more_problems_are_kept_than_anybody_reads() -> None:
    children = [Child(str(number), "=1", "Aa", "g1") for number in range(300)]
    assert len(problems(edexml.read(with_children(*children)))) == 100


def test_a_key_is_what_a_program_made_up() -> None:
    assert a_roster(edexml.read(with_children(Child("+aGVsbG8=", "Anna", "Aa")))).pupils[0].key == "+aGVsbG8="
