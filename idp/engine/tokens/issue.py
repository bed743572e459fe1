"""One authorization becomes a token set: rows first, then the answer of RFC 6749 5.1."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from idp.engine.clients.model import Client
from idp.engine.keys import KeyStore
from idp.engine.ports import Authorization, Subjects
from idp.engine.tables import ACCESS_TOKEN, REFRESH_TOKEN
from idp.engine.tokens import id_token
from idp.engine.tokens.claims import for_id_token
from idp.kernel.secrets import fingerprint, random_token

ACCESS_TOKEN_LIFE = timedelta(minutes=10)
REFRESH_IDLE = timedelta(days=14)

_INSERT_ACCESS = insert(ACCESS_TOKEN)
_INSERT_REFRESH = insert(REFRESH_TOKEN)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Makes token sets."""

    name: str
    keys: KeyStore
    subjects: Subjects

    def token_set(
        self,
        db: Connection,
        client: Client,
        authorization: Authorization,
        now: datetime,
        refresh_token: str | None = None,
    ) -> dict[str, Any]:
        """Store an access token and answer with it; with an ID token where `openid` was granted."""
        access_token = random_token("at")
        db.execute(
            _INSERT_ACCESS,
            {
                "fingerprint": fingerprint(access_token),
                "grant_id": authorization.grant_id,
                "client_id": client.id,
                "scope": " ".join(authorization.scope),
                "issued_at": now,
                "expires_at": now + ACCESS_TOKEN_LIFE,
            },
        )
        answer: dict[str, Any] = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": int(ACCESS_TOKEN_LIFE.total_seconds()),
            "scope": " ".join(authorization.scope),
        }
        if refresh_token is not None:
            answer["refresh_token"] = refresh_token
        if "openid" in authorization.scope and authorization.subject is not None:
            personal = self._personal(db, client, authorization)
            signer = self.keys.signer(client.id_token_alg, now)
            answer["id_token"] = id_token.make(signer, self.name, authorization, access_token, personal, now)
        return answer

    def _personal(self, db: Connection, client: Client, authorization: Authorization) -> dict[str, Any]:
        names = for_id_token(authorization.claims) & authorization.told
        if not names or authorization.subject is None:
            return {}
        return self.subjects.claims(db, authorization.subject, client.id, names) or {}


def add_refresh_token(db: Connection, grant_id: str, now: datetime, ends: datetime) -> str:
    """A first or next refresh token of a family; it idles out, and never outlives the family (ASVS V10.4.8)."""
    token = random_token("rt")
    db.execute(
        _INSERT_REFRESH,
        {
            "fingerprint": fingerprint(token),
            "grant_id": grant_id,
            "issued_at": now,
            "expires_at": min(now + REFRESH_IDLE, ends),
        },
    )
    return token
