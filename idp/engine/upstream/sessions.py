"""Which session of ours came out of which of an upstream, and how an end travels between the two."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from idp.engine.once import Once
from idp.engine.sessions import Sessions
from idp.engine.upstream import tokens
from idp.engine.upstream.documents import Documents, Metadata, Patience
from idp.engine.upstream.model import Failed, Upstream
from idp.engine.upstream.redeem import Identity
from idp.engine.upstream.signin import with_query
from idp.engine.upstream.tables import LINK, LOGOUT
from idp.engine.upstream.tokens import Claims, Expected
from idp.kernel.secrets import KeyRing, fingerprint

_LOGOUT_TOKENS = Once(LOGOUT)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a session of ours came from, and the ID token that it came with."""

    slug: str
    id_token: str = field(repr=False)


def link(db: Connection, keyring: KeyRing, slug: str, sid: str, identity: Identity, now: datetime) -> None:
    """Our session `sid` came out of this sign-in."""
    db.execute(
        insert(LINK).values(
            sid=sid,
            slug=slug,
            sub=identity.sub,
            upstream_sid=identity.sid,
            id_token=keyring.seal(identity.id_token.encode(), _place(sid)),
            started_at=now,
        )
    )


def take_origin(db: Connection, keyring: KeyRing, sid: str) -> Origin | None:
    """Where our session `sid` came from, once: the link is gone then. None = from no upstream."""
    gone = delete(LINK).where(LINK.c.sid == sid).returning(LINK.c.slug, LINK.c.id_token)
    row = db.execute(gone).first()
    return None if row is None else Origin(row.slug, keyring.unseal(row.id_token, _place(sid)).decode())


def end_session_url(upstream: Upstream, metadata: Metadata, id_token: str, back: str) -> str | None:
    """Where a browser ends the sign-in there too (RP-Initiated Logout 1.0, 2); None = there is no such way."""
    if not upstream.logout or metadata.end_session_endpoint is None:
        return None
    asked = {"id_token_hint": id_token, "client_id": upstream.client_id, "post_logout_redirect_uri": back}
    return with_query(metadata.end_session_endpoint, asked)


def read_logout_token(documents: Documents, upstream: Upstream, token: str, now: datetime) -> Claims | Failed:
    """The claims of a logout token (Back-Channel Logout 2.6). Calls the upstream when its keys are not known."""
    patience = Patience()
    metadata = documents.metadata(upstream, now, patience)
    if isinstance(metadata, Failed):
        return metadata
    claims = tokens.verified(documents, upstream, metadata, token, tokens.LOGOUT_TOKEN_TYPES, now, patience)
    if isinstance(claims, Failed):
        return claims
    expected = Expected(upstream.issuer, upstream.client_id, int(now.timestamp()))
    return tokens.first_failure(tokens.LOGOUT_TOKEN, claims, expected) or claims


def end_by(db: Connection, sessions: Sessions, slug: str, claims: Claims, now: datetime) -> int | Failed:
    """End what a logout token names: one session (`sid`), or all of a `sub`; how many ended. Each token counts once."""
    if not _first_time(db, slug, claims):
        return Failed("token.jti")
    which = [LINK.c.slug == slug]
    if "sid" in claims:
        which.append(LINK.c.upstream_sid == claims["sid"])
    if "sub" in claims:
        which.append(LINK.c.sub == claims["sub"])
    sids = db.execute(select(LINK.c.sid).where(*which)).scalars().all()
    ended = [sid for sid in sids if sessions.end(db, sid, "network_logout", now)]
    db.execute(delete(LINK).where(LINK.c.sid.in_(sids)))
    return len(ended)


def _first_time(db: Connection, slug: str, claims: Claims) -> bool:
    until = datetime.fromtimestamp(claims["exp"], UTC) + timedelta(seconds=2 * tokens.LEEWAY_S)
    return _LOGOUT_TOKENS.spend(db, fingerprint(f"{slug}\n{claims['jti']}"), until)


def _place(sid: str) -> tuple[str, str, str]:
    return "upstream_session", "id_token", sid
