"""What the engine asks of the world around it, and the values that flow through it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody is signed in on this browser. `sid` names the session to publishers (OIDC Back-Channel Logout 2.1).

    `seen_at`: its last use, as far as was written down; None for a login that no browser brought.
    """

    subject: str
    sid: str
    auth_time: datetime
    amr: tuple[str, ...]
    acr: str
    started_at: datetime
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a grant yields and tokens are made of: who may do what on whose behalf.

    `subject`, `sub` and `login` are None for client_credentials. `claims` is the parsed `claims` parameter
    (OIDC Core 5.5): {"userinfo": {...}, "id_token": {...}}; `told` the names that the contract lets be told.
    """

    client_id: str
    scope: tuple[str, ...]
    grant_id: str | None = None
    subject: str | None = None
    sub: str | None = None
    login: Login | None = None
    nonce: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    resources: tuple[str, ...] = ()  # RFC 8707: whom the access token is for; none = the userinfo endpoint


class Subjects(Protocol):
    """The people, as the engine sees them. Implemented by `idp.directory`."""

    def active(self, db: Connection, subject: str) -> bool:
        """Does this subject still exist, and may it be signed in at all?"""

    def may_open(self, db: Connection, subject: str, client_id: str) -> frozenset[str] | None:
        """The names of the claims that this client may be told about this subject; None = it may not be opened."""

    def claims(self, db: Connection, subject: str, client_id: str, names: frozenset[str]) -> dict[str, Any] | None:
        """The values of those `names` that the contract lets this client know; empty values are left out.

        None when the subject may not be signed in to this client (any more).
        """


Welcome = Callable[[Connection, str, str, Mapping[str, Any]], None]
"""Called when a client has registered itself, in the same transaction: its id, its name, and the terms of the initial
access token that it came with."""


def nothing_to_arrange(db: Connection, client_id: str, name: str, terms: Mapping[str, Any]) -> None:
    """A `Welcome` for a world that has nothing to say about new clients."""
