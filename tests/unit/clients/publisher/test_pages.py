"""How what was told is shown."""

from clients.publisher.pages import rows


def test_a_person_reads_words_and_not_json() -> None:
    told = {
        "extra": {"x": [1, True, None]},
        "group": {"id": "g1", "name": "Bever", "year": 1},
        "given_name": "Noor",
        "amr": ["pwd", "pin"],
    }
    assert list(rows(told)) == [
        ("given_name", "Voornaam", "Noor"),
        ("group", "Groep", "nummer: g1, naam: Bever, jaargroep: 1"),
        ("amr", "Waarmee er is ingelogd", "pwd, pin"),
        ("extra", "extra", "x: 1, ja, niets"),
    ]


def test_a_time_is_a_time_and_a_strange_number_stays_one() -> None:
    shown = {name: value for name, _, value in rows({"iat": 1_800_000_000, "exp": 10**30, "auth_time": "soon"})}
    assert shown["iat"].startswith("15-01-2027")
    assert shown["exp"] == str(10**30)
    assert shown["auth_time"] == "soon"
