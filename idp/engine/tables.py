"""The tables of the engine. People are opaque subjects here; no foreign key leaves this file."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.kernel.db import Base, Id, Json

Fingerprint = LargeBinary(32)
Thumbprint = String(43)
Subject = String(60)


class Client(Base):
    """A relying party. `registration` holds its RFC 7591 / OpenID metadata; its version counts changes."""

    __tablename__ = "client"
    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    profile: Mapped[str] = mapped_column(String(20))
    registration: Mapped[dict[str, Any]] = mapped_column(Json)
    secret_fingerprint: Mapped[bytes | None] = mapped_column(Fingerprint)
    old_secret_fingerprint: Mapped[bytes | None] = mapped_column(Fingerprint)  # still good while a change is under way
    old_secret_until: Mapped[datetime | None]
    registration_token: Mapped[bytes | None] = mapped_column(Fingerprint)  # RFC 7592: who may read and change it
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class SigningKey(Base):
    """A signing key, sealed at (signing_key, private, kid): published, then active, then retired, then gone."""

    __tablename__ = "signing_key"
    kid: Mapped[str] = mapped_column(String(60), primary_key=True)
    alg: Mapped[str] = mapped_column(String(10))
    private: Mapped[bytes] = mapped_column(LargeBinary)
    public: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime]
    active_from: Mapped[datetime]
    retired_at: Mapped[datetime | None]  # signs nothing from here on
    gone_at: Mapped[datetime | None]  # leaves the JWKS here: its last token has expired


class Session(Base):
    """Somebody signed in on one browser. The cookie's value is kept as a fingerprint; `sid` is for publishers."""

    __tablename__ = "session"
    __table_args__ = (Index("ix_session_subject", "subject"),)
    sid: Mapped[str] = mapped_column(Id, primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(Fingerprint, unique=True)
    subject: Mapped[str] = mapped_column(Subject)
    auth_time: Mapped[datetime]
    amr: Mapped[str] = mapped_column(String(60))  # space separated, RFC 8176
    acr: Mapped[str] = mapped_column(String(60))
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(40))
    started_at: Mapped[datetime]  # when this browser became this subject's; the sign-in may be older (a sibling)


class PendingRequest(Base):
    """An authorization request that waits for a sign-in, bound to one browser."""

    __tablename__ = "pending_request"
    fingerprint: Mapped[bytes] = mapped_column(Fingerprint, primary_key=True)
    browser: Mapped[bytes] = mapped_column(Fingerprint)
    client_id: Mapped[str] = mapped_column(String(200))
    parameters: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    consented_at: Mapped[datetime | None]  # "go on" on the page that prompt=consent asks for
    ended_at: Mapped[datetime | None]
    pushed: Mapped[bytes | None] = mapped_column(Fingerprint)  # the pushed request that it came from (RFC 9126)
    signed: Mapped[bool | None]  # the parameters stood in a request object that the client signed (RFC 9101)


class PushedRequest(Base):
    """An authorization request that a client sent ahead (RFC 9126), checked, and good for one code."""

    __tablename__ = "pushed_request"
    fingerprint: Mapped[bytes] = mapped_column(Fingerprint, primary_key=True)
    client_id: Mapped[str] = mapped_column(String(200))
    parameters: Mapped[dict[str, Any]] = mapped_column(Json)
    signed: Mapped[bool]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class ClientAssertion(Base):
    """The `jti` of a client assertion that was accepted (RFC 7523 3): each is good once."""

    __tablename__ = "client_assertion"
    fingerprint: Mapped[bytes] = mapped_column(Fingerprint, primary_key=True)  # of client_id and jti
    expires_at: Mapped[datetime] = mapped_column(index=True)


class InitialAccessToken(Base):
    """Lets its bearer register clients (RFC 7591 3). What `terms` means is for the world around the engine."""

    __tablename__ = "initial_access_token"
    fingerprint: Mapped[bytes] = mapped_column(Fingerprint, primary_key=True)
    terms: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used: Mapped[int]
    revoked_at: Mapped[datetime | None]


class ProtectedResource(Base):
    """An API that access tokens may be for (RFC 8707), and the client that serves it: it may introspect them."""

    __tablename__ = "protected_resource"
    uri: Mapped[str] = mapped_column(String(500), primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"), index=True)


class Grant(Base):
    """What one authorization gave to one client: the code, and the family of every token that came of it.

    The code stands in the row of its family, so that spending it is one UPDATE and a replay finds what to end.
    """

    __tablename__ = "oauth_grant"
    __table_args__ = (Index("ix_oauth_grant_subject", "subject"), Index("ix_oauth_grant_sid", "sid"))
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    client_id: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(Subject)
    sub: Mapped[str] = mapped_column(String(60))  # what this client knows the subject as
    sid: Mapped[str] = mapped_column(Id)
    auth_time: Mapped[datetime]
    amr: Mapped[str] = mapped_column(String(60))
    acr: Mapped[str] = mapped_column(String(60))
    scope: Mapped[str] = mapped_column(Text)  # space separated
    claims: Mapped[dict[str, Any] | None] = mapped_column(Json)  # the claims parameter, OIDC Core 5.5
    told: Mapped[list[str]] = mapped_column(Json)  # names of the claims that this grant lets the client be told
    nonce: Mapped[str | None] = mapped_column(Text)
    offline: Mapped[bool]  # outlives the sign-in (offline_access)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]  # the absolute end of the family
    ended_at: Mapped[datetime | None]
    code: Mapped[bytes | None] = mapped_column(Fingerprint, unique=True)
    code_expires_at: Mapped[datetime | None]
    code_used_at: Mapped[datetime | None]
    redirect_uri: Mapped[str | None] = mapped_column(Text)
    code_challenge: Mapped[str | None] = mapped_column(String(43))
    resources: Mapped[list[str] | None] = mapped_column(Json)  # RFC 8707: whom its access tokens may be for
    dpop_jkt: Mapped[str | None] = mapped_column(Thumbprint)  # the key that code and, of a public client, family need


class AccessToken(Base):
    """An access token, opaque or a JWT. Without a grant it is the client's own (client_credentials)."""

    __tablename__ = "access_token"
    fingerprint: Mapped[bytes] = mapped_column(Fingerprint, primary_key=True)
    grant_id: Mapped[str | None] = mapped_column(ForeignKey("oauth_grant.id"), index=True)
    client_id: Mapped[str] = mapped_column(String(200))
    scope: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    resources: Mapped[list[str] | None] = mapped_column(Json)  # whom it is for; none = our own userinfo endpoint
    jkt: Mapped[str | None] = mapped_column(Thumbprint)  # bound to this DPoP key (RFC 9449 6)
    x5t: Mapped[str | None] = mapped_column(Thumbprint)  # bound to this client certificate (RFC 8705 3)


class RefreshToken(Base):
    """A refresh token of a family. `successor` is sealed at (refresh_token, successor, hex fingerprint)."""

    __tablename__ = "refresh_token"
    fingerprint: Mapped[bytes] = mapped_column(Fingerprint, primary_key=True)
    grant_id: Mapped[str] = mapped_column(ForeignKey("oauth_grant.id"), index=True)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    successor: Mapped[bytes | None] = mapped_column(LargeBinary)


class DeviceRequest(Base):
    """A device that waits until somebody confirms it elsewhere (RFC 8628). Approved = it has a grant."""

    __tablename__ = "device_request"
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    device_code: Mapped[bytes] = mapped_column(Fingerprint, unique=True)
    user_code: Mapped[bytes] = mapped_column(Fingerprint, unique=True)
    client_id: Mapped[str] = mapped_column(String(200))
    scope: Mapped[str] = mapped_column(Text)
    resources: Mapped[list[str]] = mapped_column(Json)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    interval_s: Mapped[int]
    poll_after_ms: Mapped[int] = mapped_column(BigInteger)  # since 1970: a number, so that one statement can add to it
    too_soon: Mapped[bool]  # was the last poll?
    grant_id: Mapped[str | None] = mapped_column(ForeignKey("oauth_grant.id"))
    denied_at: Mapped[datetime | None]


class DpopProof(Base):
    """A DPoP proof that was used (RFC 9449 11.1): its key and jti, kept as long as it could be replayed.

    One is written for every request that has one, so it is one tree and no more: old rows are found by looking at all.
    """

    __tablename__ = "dpop_proof"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 (SQLAlchemy reads it from the class)
    fingerprint: Mapped[bytes] = mapped_column(Fingerprint, primary_key=True)
    expires_at: Mapped[datetime]


class PairwiseSubject(Base):
    """The pseudonym of one subject in one sector (OIDC Core 8.1): random and stored, so that it can be erased."""

    __tablename__ = "pairwise_subject"
    sector: Mapped[str] = mapped_column(String(255), primary_key=True)
    subject: Mapped[str] = mapped_column(Subject, primary_key=True)
    sub: Mapped[str] = mapped_column(String(60), unique=True)


# The same tables for the hot paths: a statement on a plain table is cheaper to run than one on a mapped class.
CLIENT = cast(Table, Client.__table__)
SESSION = cast(Table, Session.__table__)
GRANT = cast(Table, Grant.__table__)
ACCESS_TOKEN = cast(Table, AccessToken.__table__)
REFRESH_TOKEN = cast(Table, RefreshToken.__table__)
DEVICE_REQUEST = cast(Table, DeviceRequest.__table__)
DPOP_PROOF = cast(Table, DpopProof.__table__)
PAIRWISE_SUBJECT = cast(Table, PairwiseSubject.__table__)
PENDING_REQUEST = cast(Table, PendingRequest.__table__)
PUSHED_REQUEST = cast(Table, PushedRequest.__table__)
CLIENT_ASSERTION = cast(Table, ClientAssertion.__table__)
INITIAL_ACCESS_TOKEN = cast(Table, InitialAccessToken.__table__)
PROTECTED_RESOURCE = cast(Table, ProtectedResource.__table__)
