"""Publishers, in both worlds at once: the engine's client and what the school side lets it be told.

The one check that an entry goes through, whether an operator imports a file or pastes it on a page.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from idp.engine import keys
from idp.engine.clients import metadata, registration
from idp.kernel.secrets import KeyRing
from idp.school import contracts

BASIC_CLAIMS = ("given_name", "name", "locale")
"""What a publisher is told whose entry lists no claims; an entry that lists some means those and no more."""


class EntryError(Exception):
    """Nothing was stored; `problems` says why, in English, for whoever registers publishers."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def read(text: str, kind: str = "client") -> list[dict[str, Any]]:
    """The entries of a text: TOML (a list is written [[kind]]) or JSON, one or a list. Raises EntryError."""
    try:
        parsed = json.loads(text) if text.lstrip()[:1] in ("{", "[") else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise EntryError(f"neither JSON nor TOML: {error}") from error
    entries = parsed if isinstance(parsed, list) else parsed.get(kind, [parsed])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise EntryError(f"write one {kind} as a table, or several as a list")
    return entries


def store(
    db: Connection, keyring: KeyRing, entries: Sequence[Mapping[str, Any]], now: datetime
) -> list[tuple[str, str]]:
    """Store clients and what publishers may be told; (client_id, "added", "changed" or "unchanged") of each.

    Raises EntryError with every problem of every entry; the caller then rolls back.
    """
    checked = [_Checked.of(entry) for entry in entries]
    problems = [f"{entry.client_id or 'an entry'}: {problem}" for entry in checked for problem in entry.problems]
    if problems:
        raise EntryError(*problems)
    try:
        return [(entry.client_id, entry.store(db, keyring, now)) for entry in checked]
    except registration.TakenError as taken:
        raise EntryError(f"another client serves the resource {taken}") from taken


class _Checked:
    """One entry, read and checked."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        own = entry.get("sleutelbos", {})
        self.client_id = str(entry.get("client_id", ""))
        secret, claims = entry.get("client_secret"), own.get("claims", BASIC_CLAIMS)
        self.secret = None if secret is None else str(secret)
        self.profile = str(own.get("profile", "simple"))
        self.claims = [str(claim) for claim in claims] if isinstance(claims, list | tuple) else [str(claims)]
        self.all_schools = bool(own.get("all_schools", False))
        given = {**entry, **({"subject_type": own["subject_type"]} if "subject_type" in own else {})}
        self.registration, self.problems = metadata.check(given, self.profile)
        self.problems += self._own_problems()

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> "_Checked":
        """Read an entry, whatever its shape."""
        return cls(entry if isinstance(entry.get("sleutelbos", {}), Mapping) else {**entry, "sleutelbos": {}})

    def _own_problems(self) -> list[str]:
        problems = []
        if not self.client_id or len(self.client_id) > 200 or not self.client_id.isprintable():
            problems.append("client_id: 1 to 200 visible characters")
        if ":" in self.client_id:
            problems.append("client_id: no colon (it separates the halves of Basic authentication)")
        if self.secret is not None and len(self.secret) < 32:
            problems.append("client_secret: at least 32 random characters")
        if self.registration["token_endpoint_auth_method"].startswith("client_secret") and not self.secret:
            problems.append("client_secret: is missing for this token_endpoint_auth_method")
        unknown = contracts.claims_problem(self.claims)
        return [*problems, f"sleutelbos.claims: {unknown}"] if unknown else problems

    def store(self, db: Connection, keyring: KeyRing, now: datetime) -> str:
        """In both worlds; what changed."""
        engine = registration.store(
            db, self.client_id, self.registration, profile=self.profile, secret=self.secret, now=now
        )
        keys.ensure(db, keyring, now, self.registration)
        name = self.registration["client_name"] or self.client_id
        school = contracts.store_publisher(db, self.client_id, name, self.claims, self.all_schools)
        return next((word for word in ("added", "changed") if word in (engine, school)), "unchanged")
