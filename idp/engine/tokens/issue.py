"""One authorization becomes a token set: rows first, then the answer of RFC 6749 5.1."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from idp.engine.clients.model import Client
from idp.engine.clients.registry import Registry
from idp.engine.keys import KeyStore
from idp.engine.ports import Authorization, Subjects
from idp.engine.tables import ACCESS_TOKEN, REFRESH_TOKEN
from idp.engine.tokens import id_token, jwt_access
from idp.engine.tokens.binding import UNBOUND, Binding
from idp.engine.tokens.claims import for_id_token
from idp.engine.tokens.resources import sub_at
from idp.kernel.prepared import Prepared, inserting
from idp.kernel.secrets import fingerprint, random_token

ACCESS_TOKEN_LIFE = timedelta(minutes=10)
REFRESH_IDLE = timedelta(days=14)

_INSERT_ACCESS = Prepared(inserting(ACCESS_TOKEN, "revoked_at"))
_INSERT_REFRESH = Prepared(inserting(REFRESH_TOKEN, "used_at", "successor"))


@dataclass(frozen=True, slots=True)
class Issuer:
    """Makes token sets."""

    name: str
    keys: KeyStore
    subjects: Subjects
    registry: Registry

    def token_set(
        self,
        db: Connection,
        client: Client,
        authorization: Authorization,
        now: datetime,
        refresh_token: str | None = None,
        binding: Binding = UNBOUND,
    ) -> dict[str, Any]:
        """Store an access token and answer with it; with an ID token where `openid` was granted."""
        access_token = self._access_token(db, client, authorization, binding, now)
        answer: dict[str, Any] = {
            "access_token": access_token,
            "token_type": binding.token_type,
            "expires_in": int(ACCESS_TOKEN_LIFE.total_seconds()),
            "scope": " ".join(authorization.scope),
        }
        if refresh_token is not None:
            answer["refresh_token"] = refresh_token
        if authorization.subject is not None and "openid" in authorization.scope:
            personal = self._personal(db, client, authorization)
            signer = self.keys.signer(client.id_token_alg, now)
            answer["id_token"] = id_token.make(signer, self.name, authorization, access_token, personal, now)
        return answer

    def _access_token(
        self, db: Connection, client: Client, authorization: Authorization, binding: Binding, now: datetime
    ) -> str:
        """Opaque, or a JWT where the client is registered for one; kept by its fingerprint either way."""
        if client.access_token_signed_response_alg is None:
            token = random_token("at")
        else:
            signer, sub = (
                self.keys.signer(client.access_token_signed_response_alg, now),
                sub_at(db, self.registry, authorization),
            )
            token = jwt_access.make(signer, self.name, authorization, sub, binding, now, ACCESS_TOKEN_LIFE)
        _INSERT_ACCESS.run(
            db,
            fingerprint=fingerprint(token),
            grant_id=authorization.grant_id,
            client_id=client.id,
            scope=" ".join(authorization.scope),
            issued_at=now,
            expires_at=now + ACCESS_TOKEN_LIFE,
            resources=list(authorization.resources) or None,
            jkt=binding.jkt,
            x5t=binding.x5t,
        )
        return token

    def _personal(self, db: Connection, client: Client, authorization: Authorization) -> dict[str, Any]:
        names = for_id_token(authorization.claims) & authorization.told
        if not names or authorization.subject is None:
            return {}
        return self.subjects.claims(db, authorization.subject, client.id, names) or {}


def add_refresh_token(db: Connection, token: str, grant_id: str, now: datetime, ends: datetime) -> None:
    """Store a first or next refresh token of a family; it idles out, and never outlives the family (ASVS V10.4.8)."""
    _INSERT_REFRESH.run(
        db,
        fingerprint=fingerprint(token),
        grant_id=grant_id,
        issued_at=now,
        expires_at=min(now + REFRESH_IDLE, ends),
    )
