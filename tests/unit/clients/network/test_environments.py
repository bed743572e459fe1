"""The eight entries, and what is said about one that does not hold."""

import pytest

from clients.network import environments

GOOD = """
slug = "moo"
name = "MOO"
colour = "#0f6674"
pupil_key = "sub"
auth_method = "client_secret_basic"
id_token_alg = "RS256"
acr = "urn:moo:inlog:wachtwoord"
acr_means = "urn:sleutelbos:acr:network"
amr = ["pwd"]
[[people]]
username = "noor"
given_name = "Noor"
family_name = "de Wit"
group = "Vlinder"
year = 4
pupil_key = "moo-0001"
"""

NAMES = {
    "MOO",
    "ZuluConnect",
    "Cloudwise",
    "MijnOnderwijsPortaal",
    "Ratho Portaal",
    "Prowise Go'",
    "Skool/Miloo",
    "OnlineKlas",
}


def test_all_eight_are_there() -> None:
    every = environments.load()
    assert {environment.name for environment in every} == NAMES
    assert len({environment.slug for environment in every}) == len({environment.colour for environment in every}) == 8


def test_they_differ_as_real_ones_do() -> None:
    every = environments.load()
    assert {environment.pupil_key for environment in every} == set(environments.PUPIL_KEYS)
    assert {environment.auth_method for environment in every} == set(environments.AUTH_METHODS)
    assert {environment.id_token_alg for environment in every} == {"RS256", "ES256"}
    assert len({environment.acr for environment in every}) == 8


def test_each_has_people_with_keys_of_their_own() -> None:
    keys = [person.pupil_key for environment in environments.load() for person in environment.people]
    assert len(set(keys)) == len(keys)
    for environment in environments.load():
        assert 3 <= len(environment.people) <= 5
        assert all(person.pupil_key.startswith(f"{environment.slug}-") for person in environment.people)
        assert all(1 <= person.year <= 8 for person in environment.people)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('slug = "moo"', 'slug = "other"'), "slug"),
        (("#0f6674", "#0F6674"), "colour"),
        (('pupil_key = "sub"', 'pupil_key = "email"'), "pupil_key"),
        (("client_secret_basic", "none"), "auth_method"),
        (("RS256", "HS256"), "id_token_alg"),
        (('amr = ["pwd"]', ""), "amr"),
        (("year = 4", "year = 4\nemail = 1"), "email"),
        (("[[people]]", GOOD[GOOD.index("[[people]]") :] + "[[people]]"), "two people"),
    ],
)
def test_an_entry_that_does_not_hold_is_named(change: tuple[str, str], problem: str) -> None:
    assert environments.parse("moo.toml", GOOD).name == "MOO"
    with pytest.raises(ValueError, match=f"moo.toml: .*{problem}"):
        environments.parse("moo.toml", GOOD.replace(*change))
