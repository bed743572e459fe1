"""Signing keys: published, then active, then retired, then gone. Moments decide, not flags: no step can be missed.

A key is imported once per process; what the JWKS document holds is made once per change of keys.
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from cryptography.hazmat.primitives import serialization
from joserfc import jwk
from sqlalchemy import Connection, insert, or_, select, update

from idp.engine.algorithms import ALGORITHMS, PrivateKey, PublicKey, b64, public_key
from idp.engine.clients.metadata import SIGNED_BY_US
from idp.engine.clients.signed_jwt import SignedJwt, parse
from idp.engine.tables import CLIENT, SigningKey
from idp.kernel.db import Database
from idp.kernel.secrets import KeyRing, new_id

JWKS_MAX_AGE = timedelta(minutes=5)
"""How long a publisher may keep the JWKS; a key is published at least this long before it signs."""

KEPT_AFTER = timedelta(days=1)
"""How long a retired key stays published: longer than any token lives, so that late logout hints still work."""

RELOAD_EVERY = timedelta(seconds=5)

ALWAYS = ("RS256", "PS256", "ES256")
"""A key of each is there from the first day: what profiles and FAPI 2.0 sign with. One of another algorithm is there as
long as some client asks for it: a key that nobody needs can only be stolen.
"""

_PUBLIC_MEMBERS = ("kty", "n", "e", "crv", "x", "y")


@dataclass(frozen=True, slots=True)
class Signer:
    """One private key, ready to sign."""

    kid: str
    alg: str
    key: PrivateKey
    active_from: datetime
    retired_at: datetime | None
    _heads: dict[str, bytes] = field(default_factory=dict, compare=False, repr=False)

    def sign(self, typ: str, claims: Mapping[str, Any]) -> str:
        """A compact JWS (RFC 7515 7.1) of this type."""
        head = self._heads.get(typ)
        if head is None:
            text = json.dumps({"alg": self.alg, "kid": self.kid, "typ": typ}, separators=(",", ":"))
            head = self._heads[typ] = b64(text.encode())
        body = b64(json.dumps(claims, separators=(",", ":"), ensure_ascii=False).encode())
        message = head + b"." + body
        return (message + b"." + b64(ALGORITHMS[self.alg].sign(self.key, message))).decode()


class KeyStore:
    """The keys of this provider, as this process knows them; looked up again every few seconds."""

    def __init__(self, database: Database, keyring: KeyRing) -> None:
        self._database, self._keyring = database, keyring
        self._lock = threading.Lock()
        self._loaded_at: datetime | None = None
        self._signers: dict[str, Signer] = {}
        self._public: dict[str, tuple[str, PublicKey]] = {}
        self.jwks = b'{"keys":[]}'

    def signer(self, alg: str, now: datetime) -> Signer:
        """The key that signs `alg` at this moment. Raises LookupError when there is none."""
        self._refresh(now)
        fit = self._active(alg, now)
        if not fit:  # another process may have made it a moment ago, for a client that is new
            self._refresh(now, again=True)
            fit = self._active(alg, now)
        if not fit:
            raise LookupError(f"no active {alg} key")
        return max(fit, key=lambda s: s.active_from)

    def _active(self, alg: str, now: datetime) -> list[Signer]:
        return [
            s
            for s in self._signers.values()
            if s.alg == alg and s.active_from <= now and (s.retired_at is None or s.retired_at > now)
        ]

    def document(self, now: datetime) -> bytes:
        """The JWKS document (RFC 7517 5): public parts only."""
        self._refresh(now)
        return self.jwks

    def read(self, text: str, now: datetime) -> SignedJwt | None:
        """A JWT that one of our published keys signed, with the algorithm that this key is for; None = not ours."""
        self._refresh(now)
        jwt = parse(text)
        alg, key = self._public.get(jwt.kid or "", (None, None)) if jwt is not None else (None, None)
        return jwt if jwt is not None and key is not None and jwt.alg == alg and jwt.signed_by([key]) else None

    def _fresh(self, now: datetime) -> bool:
        return self._loaded_at is not None and self._loaded_at <= now < self._loaded_at + RELOAD_EVERY

    def _refresh(self, now: datetime, *, again: bool = False) -> None:
        if self._fresh(now) and not again:
            return
        with self._lock:
            if self._fresh(now) and not again:  # another thread did it while this one waited
                return
            with self._database.read() as db:
                rows = db.execute(
                    select(
                        SigningKey.kid,
                        SigningKey.alg,
                        SigningKey.private,
                        SigningKey.public,
                        SigningKey.active_from,
                        SigningKey.retired_at,
                    )
                    .where(or_(SigningKey.gone_at.is_(None), SigningKey.gone_at > now))
                    .order_by(SigningKey.active_from.desc(), SigningKey.kid)
                ).all()
            self._signers = {row.kid: self._signer(row) for row in rows}
            self._public = {row.kid: (row.alg, public_key(row.alg, row.public)) for row in rows}
            self.jwks = json.dumps({"keys": [row.public for row in rows]}, separators=(",", ":")).encode()
            self._loaded_at = now

    def _signer(self, row: Any) -> Signer:
        known = self._signers.get(row.kid)
        if known is not None:
            return replace(known, active_from=row.active_from, retired_at=row.retired_at)
        plain = self._keyring.unseal(row.private, ("signing_key", "private", row.kid))
        key = serialization.load_der_private_key(plain, None)
        return Signer(row.kid, row.alg, cast(PrivateKey, key), row.active_from, row.retired_at)


def ensure(db: Connection, keyring: KeyRing, now: datetime, registration: Mapping[str, Any] | None = None) -> None:
    """Make a first key, where there is none, of each algorithm that is needed, or that this registration asks for."""
    needed = _needed(db) if registration is None else _asked(registration) - set(ALWAYS)
    if not needed:
        return
    # A rotation waits until the client that asks is there to be counted.
    standing = select(SigningKey.alg).where(SigningKey.retired_at.is_(None), SigningKey.alg.in_(needed))
    have = set(db.execute(standing.with_for_update(read=True)).scalars())
    for alg in sorted(needed - have):
        _add(db, keyring, alg, now, active_from=now)


def rotate(db: Connection, keyring: KeyRing, now: datetime) -> datetime:
    """Publish a next key for each algorithm in need of one; it takes over at the returned moment, when every JWKS copy
    has it.
    """
    takes_over = now + JWKS_MAX_AGE + RELOAD_EVERY
    db.execute(
        update(SigningKey)
        .where(or_(SigningKey.retired_at.is_(None), SigningKey.retired_at > takes_over))
        .values(retired_at=takes_over, gone_at=takes_over + KEPT_AFTER)
    )
    for alg in sorted(_needed(db)):
        _add(db, keyring, alg, now, active_from=takes_over)
    return takes_over


def listing(db: Connection, now: datetime) -> list[tuple[str, str, str, datetime]]:
    """Every key that is not gone: kid, alg, state, since when it signs."""
    columns = (SigningKey.kid, SigningKey.alg, SigningKey.active_from, SigningKey.retired_at, SigningKey.gone_at)
    rows = db.execute(select(*columns).order_by(SigningKey.active_from)).all()
    return [
        (kid, alg, state(active_from, retired_at, now), active_from)
        for kid, alg, active_from, retired_at, gone_at in rows
        if gone_at is None or gone_at > now
    ]


def state(active_from: datetime, retired_at: datetime | None, now: datetime) -> str:
    """next, active or retired."""
    if now < active_from:
        return "next"
    return "active" if retired_at is None or now < retired_at else "retired"


def _needed(db: Connection) -> set[str]:
    asked = (_asked(registration) for registration in db.execute(select(CLIENT.c.registration)).scalars())
    return set(ALWAYS).union(*asked)


def _asked(registration: Mapping[str, Any]) -> set[str]:
    """The algorithms that we sign with for a client."""
    return {registration[name] for name in SIGNED_BY_US if registration.get(name) is not None}


def _add(db: Connection, keyring: KeyRing, alg: str, now: datetime, *, active_from: datetime) -> None:
    kid = new_id()
    key = ALGORITHMS[alg].generate()
    plain = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    exported = jwk.import_key(pem, cast(Any, ALGORITHMS[alg].kty)).as_dict(private=False)
    public = {name: value for name, value in exported.items() if name in _PUBLIC_MEMBERS}
    db.execute(
        insert(SigningKey).values(
            kid=kid,
            alg=alg,
            private=keyring.seal(plain, ("signing_key", "private", kid)),
            public=public | {"kid": kid, "use": "sig", "alg": alg},
            created_at=now,
            active_from=active_from,
        )
    )
