"""The tables of the relying-party side."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Index, LargeBinary, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from idp.engine.tables import Fingerprint
from idp.kernel.db import Base, Id, Json

Slug = String(40)


class NetworkEnvironment(Base):
    """A provider upstream. What proves us there is sealed at (network_environment, secret, slug)."""

    __tablename__ = "network_environment"
    slug: Mapped[str] = mapped_column(Slug, primary_key=True)
    settings: Mapped[dict[str, Any]] = mapped_column(Json)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class UpstreamAttempt(Base):
    """Somebody is on the way there, and back once. `sealed` at (upstream_attempt, sealed, hex fingerprint)."""

    __tablename__ = "upstream_attempt"
    fingerprint: Mapped[bytes] = mapped_column(Fingerprint, primary_key=True)  # of `state`
    browser: Mapped[bytes] = mapped_column(Fingerprint)
    slug: Mapped[str] = mapped_column(Slug)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # nonce, verifier, and the request that waits
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class UpstreamSession(Base):
    """A session of ours that came out of one upstream. `id_token` sealed at (upstream_session, id_token, sid)."""

    __tablename__ = "upstream_session"
    __table_args__ = (
        Index("ix_upstream_session_upstream_sid", "slug", "upstream_sid"),
        Index("ix_upstream_session_sub", "slug", "sub"),
    )
    sid: Mapped[str] = mapped_column(Id, primary_key=True)  # ours
    slug: Mapped[str] = mapped_column(Slug)
    sub: Mapped[str] = mapped_column(String(255))
    upstream_sid: Mapped[str | None] = mapped_column(String(255))
    id_token: Mapped[bytes] = mapped_column(LargeBinary)  # the hint of our own logout there
    started_at: Mapped[datetime] = mapped_column(index=True)


class UpstreamLogout(Base):
    """A logout token that was seen: each is taken once (OpenID Connect Back-Channel Logout 2.6)."""

    __tablename__ = "upstream_logout"
    fingerprint: Mapped[bytes] = mapped_column(Fingerprint, primary_key=True)  # of slug and jti
    expires_at: Mapped[datetime] = mapped_column(index=True)


ENVIRONMENT = cast(Table, NetworkEnvironment.__table__)
ATTEMPT = cast(Table, UpstreamAttempt.__table__)
LINK = cast(Table, UpstreamSession.__table__)
LOGOUT = cast(Table, UpstreamLogout.__table__)
