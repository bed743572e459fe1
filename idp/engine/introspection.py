"""Token introspection (RFC 7662): a client asks about its own token, a resource server about one that is for it.

Everything else is answered with the same bytes: that it is not active, and nothing more.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from idp.engine.admission import admit, examine
from idp.engine.answers import NoKeyError
from idp.engine.clients.authentication import Presented
from idp.engine.clients.model import Client
from idp.engine.engine import Engine
from idp.engine.tokens.binding import Binding
from idp.engine.tokens.jwt_access import audience
from idp.engine.tokens.lookup import REFRESH, family_lives, living
from idp.engine.tokens.pairwise import known_sub, sub_for
from idp.engine.tokens.resources import serves
from idp.engine.wire import JSON, NO_STORE, Answer, Environ, RefusedError, error, read_form, require_method
from idp.kernel.clock import now as clock_now
from idp.kernel.secrets import fingerprint

TYP = "token-introspection+jwt"
MEDIA_TYPE = f"application/{TYP}"
"""RFC 9701 4: asked for with Accept."""

INACTIVE: Mapping[str, Any] = {"active": False}
_INACTIVE = Answer(200, b'{"active":false}', (JSON, *NO_STORE))
_JSON_HEADERS = (JSON, *NO_STORE)
_JWT_HEADERS = (("Content-Type", MEDIA_TYPE), *NO_STORE)
_NO = error(401, "invalid_client", "only a client that proves who it is", ("WWW-Authenticate", "Basic"))


@dataclass(frozen=True, slots=True)
class _Person:
    """Whose pseudonym at the asking client is yet to be made."""

    subject: str


@dataclass(frozen=True, slots=True)
class Introspection:
    """POST; `token_type_hint` is not needed, since each kind of token has its own beginning."""

    engine: Engine

    def __call__(self, environ: Environ) -> Answer:
        require_method(environ, "POST")
        engine, form, now = self.engine, read_form(environ), clock_now()
        shown = examine(engine, environ, form, now)
        # Only an assertion is something to write down.
        with engine.database.write() if shown.assertion is not None else engine.database.read() as db:
            client = self._asker(db, shown, now)
            token = form.get("token")
            if token is None:
                return error(400, "invalid_request", "token is missing")
            found = self._access(db, client, token, now) or self._refresh(db, client, token, now)
        if found is not None and isinstance(found["sub"], _Person):
            with engine.database.write() as db:
                found["sub"] = sub_for(db, client, found["sub"].subject)
        if MEDIA_TYPE in environ.get("HTTP_ACCEPT", ""):
            return self._jwt(client, found or INACTIVE, now)
        return _INACTIVE if found is None else Answer(200, json.dumps(found).encode(), _JSON_HEADERS)

    def _asker(self, db: Connection, shown: Presented, now: datetime) -> Client:
        """RFC 7662 2.1: the client must prove who it is. Raises RefusedError."""
        client = admit(self.engine, db, shown, now)
        if client.public:
            raise RefusedError(_NO)
        return client

    def _access(self, db: Connection, client: Client, token: str, now: datetime) -> dict[str, Any] | None:
        """What to say of a living access token of this client, or for it (RFC 7662 2.2, RFC 9470 6.2)."""
        row = living(db, token, now)
        if row is None:
            return None
        own = row.client_id == client.id
        if not own and not serves(db, client, row.resources or ()):
            return None
        sub: str | _Person = row.sub if own and row.sub is not None else row.client_id
        if row.subject is not None:
            if self.engine.subjects.may_open(db, row.subject, row.client_id) is None:
                return None
            if not own:
                sub = known_sub(db, client, row.subject) or _Person(row.subject)
        found = {
            "active": True,
            "iss": self.engine.issuer,
            "client_id": row.client_id,
            "sub": sub,
            "aud": audience(row.resources or (), self.engine.issuer),
            "scope": row.scope,
            "token_type": "Bearer" if row.jkt is None else "DPoP",
            "iat": int(row.issued_at.timestamp()),
            "exp": int(row.expires_at.timestamp()),
        }
        if row.acr is not None:
            found |= {"acr": row.acr, "auth_time": int(row.auth_time.timestamp())}
        bound = Binding(row.jkt, row.x5t).confirmation
        return found if bound is None else found | {"cnf": bound}

    def _refresh(self, db: Connection, client: Client, token: str, now: datetime) -> dict[str, Any] | None:
        """What to say of a refresh token that this client could use."""
        if not token.startswith("rt_"):
            return None
        row = REFRESH.first(db, presented=fingerprint(token))
        if row is None or row.client_id != client.id or row.spent_at is not None or not family_lives(row, now):
            return None
        if self.engine.subjects.may_open(db, row.subject, client.id) is None:
            return None
        return {
            "active": True,
            "iss": self.engine.issuer,
            "client_id": row.client_id,
            "sub": row.sub,
            "scope": row.scope,
            "iat": int(row.issued_at.timestamp()),
            "exp": int(row.idle_until.timestamp()),
        }

    def _jwt(self, client: Client, found: Mapping[str, Any], now: datetime) -> Answer:
        """RFC 9701 5: the answer inside a JWT for this client; what is outside says nothing about the token."""
        how = replace(client.introspection, signed_alg=client.introspection.signed_alg or client.id_token_alg)
        claims = {"iat": int(now.timestamp()), "token_introspection": dict(found)}
        try:
            packed = self.engine.packer.pack(client, how, TYP, claims, now)
        except NoKeyError:
            return error(503, "temporarily_unavailable", "there is no key of this client to encrypt to")
        return Answer(200, packed.encode(), _JWT_HEADERS)
