"""The network environments: one TOML each in clients/networks, with the people of the demo."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

AUTH_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt")
PUPIL_KEYS = ("sub", "eck_id", "leerling_id", "upn")

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up pupil. `pupil_key` stays whatever else changes."""

    username: str
    given_name: str
    family_name: str
    group: str
    year: int
    pupil_key: str

    @property
    def name(self) -> str:
        """First and family name."""
        return f"{self.given_name} {self.family_name}"


@dataclass(frozen=True, slots=True)
class Environment:
    """One entry. `pupil_key`: the claim that carries a person's key. `acr_means`: what the provider takes `acr` for."""

    slug: str
    name: str
    colour: str
    pupil_key: str
    auth_method: str
    id_token_alg: str
    acr: str
    acr_means: str
    amr: tuple[str, ...]
    people: tuple[Person, ...]

    def person(self, username: str) -> Person | None:
        """Who has this user name here."""
        return next((person for person in self.people if person.username == username), None)


def load() -> tuple[Environment, ...]:
    """Every environment, by name. Raises ValueError for an entry that does not hold."""
    entries = (files("clients") / "networks").iterdir()
    found = [parse(entry.name, entry.read_text("utf-8")) for entry in entries if entry.name.endswith(".toml")]
    return tuple(sorted(found, key=lambda environment: environment.name.casefold()))


def parse(file_name: str, text: str) -> Environment:
    """The entry in `text`. Raises ValueError that names the file and what is wrong."""
    values: dict[str, Any] = tomllib.loads(text)
    try:
        people = tuple(Person(**person) for person in values["people"])
        environment = Environment(**values | {"amr": tuple(values["amr"]), "people": people})
    except (KeyError, TypeError) as error:
        raise ValueError(f"{file_name}: {error}") from error
    for problem in _problems(file_name, environment):
        raise ValueError(f"{file_name}: {problem}")
    return environment


def _problems(file_name: str, environment: Environment) -> Iterable[str]:
    if f"{environment.slug}.toml" != file_name or not _SLUG.fullmatch(environment.slug):
        yield "slug must be the file's name"
    if not _COLOUR.fullmatch(environment.colour):
        yield "colour is #rrggbb, in small letters"
    if environment.pupil_key not in PUPIL_KEYS:
        yield f"pupil_key is one of {', '.join(PUPIL_KEYS)}"
    if environment.auth_method not in AUTH_METHODS:
        yield f"auth_method is one of {', '.join(AUTH_METHODS)}"
    if environment.id_token_alg not in ("RS256", "ES256"):
        yield "id_token_alg is RS256 or ES256"
    for field in ("username", "pupil_key"):
        if len({getattr(person, field) for person in environment.people}) < len(environment.people):
            yield f"two people have the same {field}"
