"""What a grant works with, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, update

from idp.engine.clients.model import Client
from idp.engine.ports import Authorization, Login, Subjects
from idp.engine.tables import GRANT
from idp.engine.tokens.binding import UNBOUND, Binding
from idp.engine.tokens.issue import Issuer, add_refresh_token
from idp.kernel.prepared import Record
from idp.kernel.secrets import KeyRing, random_token

TokenAnswer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """An authenticated token request; `form` has no doubled names and no empty values."""

    db: Connection
    client: Client
    form: Mapping[str, str]
    now: datetime
    issuer: Issuer
    subjects: Subjects
    keyring: KeyRing
    binding: Binding = UNBOUND

    @property
    def family_key(self) -> str | None:
        """The DPoP key that a whole family is bound to: that of a public client (RFC 9449 5)."""
        return self.binding.jkt if self.client.public else None


@dataclass(frozen=True, slots=True)
class GrantError:
    """RFC 6749 5.2. What happened on the way (a code spent, a family ended) stays."""

    error: str
    description: str


WRONG_RESOURCE = GrantError("invalid_target", "name one resource that was granted")
"""RFC 8707 2.2."""

_END = (
    update(GRANT).where(GRANT.c.id == bindparam("grant"), GRANT.c.ended_at.is_(None)).values(ended_at=bindparam("at"))
)


def end_family(db: Connection, grant_id: str, now: datetime) -> None:
    """Everything that came of this authorization is dead from here on."""
    db.execute(_END, {"grant": grant_id, "at": now})


def authorization_of(
    row: Record, scope: tuple[str, ...], nonce: str | None, resources: tuple[str, ...]
) -> Authorization:
    """The authorization that a grant row holds; a refreshed one keeps the sign-in and leaves the nonce out."""
    login = Login(row.subject, row.sid, row.auth_time, tuple(row.amr.split()), row.acr, row.auth_time)
    return Authorization(
        client_id=row.client_id,
        scope=scope,
        grant_id=row.id,
        subject=row.subject,
        sub=row.sub,
        login=login,
        nonce=nonce,
        claims=row.claims or {},
        told=frozenset(row.told),
        resources=resources,
    )


def first_tokens(request: TokenRequest, row: Record, authorization: Authorization) -> TokenAnswer:
    """The first token set of a family; with a refresh token where the client is registered for them."""
    refresh_token = None
    if "refresh_token" in request.client.grant_types:
        refresh_token = random_token("rt")
        add_refresh_token(request.db, refresh_token, row.id, request.now, row.expires_at)
    return request.issuer.token_set(
        request.db, request.client, authorization, request.now, refresh_token, request.binding
    )
