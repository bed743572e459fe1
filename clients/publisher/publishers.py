"""The publishers: one TOML each in clients/publishers."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

SCOPES_OF_CLAIMS: Mapping[str, str] = {"group": "group", "school": "school", "eck_id": "eck_id"}
"""What must be asked for by a scope of its own; the rest belongs to `profile`."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Publisher:
    """One entry. `claims` is what its contract lists; `colour` carries white letters; `board`: it runs on boards."""

    slug: str
    name: str
    title: str
    tagline: str
    colour: str
    claims: tuple[str, ...]
    auth_method: str
    id_token_alg: str
    offline_access: bool
    all_schools: bool
    board: bool = False

    @property
    def scope(self) -> str:
        """What it asks for, and no more than that (ASVS 10.2.3)."""
        wanted = ["openid", "profile", *(SCOPES_OF_CLAIMS[name] for name in self.claims if name in SCOPES_OF_CLAIMS)]
        return " ".join([*wanted, "offline_access"] if self.offline_access else wanted)


def load() -> tuple[Publisher, ...]:
    """Every publisher, by name. Raises ValueError for an entry that does not hold."""
    entries = (files("clients") / "publishers").iterdir()
    found = [parse(entry.name, entry.read_text("utf-8")) for entry in entries if entry.name.endswith(".toml")]
    return tuple(sorted(found, key=lambda publisher: publisher.name.casefold()))


def parse(file_name: str, text: str) -> Publisher:
    """The entry in `text`. Raises ValueError that names the file and what is wrong."""
    values: dict[str, Any] = tomllib.loads(text)
    try:
        publisher = Publisher(**values | {"claims": tuple(values["claims"])})
    except (KeyError, TypeError) as error:
        raise ValueError(f"{file_name}: {error}") from error
    for problem in _problems(file_name, publisher):
        raise ValueError(f"{file_name}: {problem}")
    return publisher


def _problems(file_name: str, publisher: Publisher) -> Iterable[str]:
    if f"{publisher.slug}.toml" != file_name or not _SLUG.fullmatch(publisher.slug):
        yield "slug must be the file's name"
    if "demo" not in publisher.title.split():
        yield "title must say demo"
    if not _COLOUR.fullmatch(publisher.colour):
        yield "colour is #rrggbb, in small letters"
    if publisher.auth_method not in ("client_secret_basic", "client_secret_post", "none"):
        yield "auth_method is not one that this app can do"
    if publisher.id_token_alg not in ("RS256", "ES256"):
        yield "id_token_alg is RS256 or ES256"
