"""In which order names stand in a list."""

from idp.school.names import sort_key


def test_a_letter_with_a_mark_stands_where_its_bare_letter_stands() -> None:
    names = ["Łukasz", "Zoë", "Çağla", "Ad", "Øyvind", "chaïm", "Lotte", "İbrahim", "Ilse", "Cas"]
    in_order = ["Ad", "Çağla", "Cas", "chaïm", "İbrahim", "Ilse", "Lotte", "Łukasz", "Øyvind", "Zoë"]
    assert sorted(names, key=sort_key) == in_order


def test_other_scripts_and_signs_are_put_in_some_order() -> None:
    assert all(sort_key(name) for name in ("😀", "נועם", "Иван"))
