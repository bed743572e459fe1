"""What is configured of an upstream: checked when it is imported, kept in a row, its secret sealed."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwk
from joserfc.errors import JoseError
from sqlalchemy import Connection, select

from idp.engine.upstream.tables import ENVIRONMENT
from idp.kernel.db import insert_into
from idp.kernel.secrets import KeyRing

AUTH_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt")
ALGORITHMS = ("RS256", "PS256", "ES256")
"""Of ID tokens and logout tokens. Never none, and nothing with a shared secret."""

MEANINGS = tuple(f"urn:sleutelbos:acr:{name}" for name in ("network", "school", "school-pin", "badge"))
"""What a sign-in at an upstream can be taken for."""

MIN_SECRET = 16
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


@dataclass(frozen=True, slots=True)
class Failed:
    """It cannot go on. `reason` is for the audit: "unreachable", "denied", "gone", or what did not hold."""

    reason: str


@dataclass(frozen=True, slots=True)
class Upstream:
    """A provider upstream, and us as its client. `secret`: ours there, or the private key as a JWK text.

    `subject_claim` carries the stable key of a person; `acr` what its acr values mean here: a sign-in whose acr does
    not stand there is believed to be of the weakest kind, and of unknown age (ASVS 5.0 V6.8.4). `logout`: our own
    logout ends the sign-in there too.
    """

    slug: str
    name: str
    issuer: str
    client_id: str
    auth_method: str
    subject_claim: str
    secret: str = field(repr=False)
    algorithms: tuple[str, ...] = ALGORITHMS
    scope: tuple[str, ...] = ("openid",)
    acr: Mapping[str, str] = field(default_factory=dict)
    logout: bool = True

    def upstream_acr(self, wanted: frozenset[str]) -> tuple[str, ...]:
        """Its own names for these acr values of ours."""
        return tuple(theirs for theirs, ours in self.acr.items() if ours in wanted)


def _text(name: str, most: int = 200) -> "Callable[[Mapping[str, Any]], bool]":
    def holds(entry: Mapping[str, Any]) -> bool:
        value = entry.get(name)
        return isinstance(value, str) and 0 < len(value) <= most and value.isprintable()

    return holds


def _slug_holds(entry: Mapping[str, Any]) -> bool:
    slug = entry.get("slug")
    return isinstance(slug, str) and len(slug) <= 40 and _SLUG.fullmatch(slug) is not None


def _issuer_holds(entry: Mapping[str, Any]) -> bool:
    """https, or http on this machine itself; no query or fragment (OpenID Connect Discovery 3)."""
    issuer = entry.get("issuer")
    return isinstance(issuer, str) and not {"?", "#"} & set(issuer) and is_place(issuer)


def is_place(url: object) -> bool:
    """An address that a browser or we may be sent to: https, or http on loopback; no user part, no fragment."""
    if not isinstance(url, str) or len(url) > 2000 or not url.isprintable() or any(c in url for c in " \\#"):
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or "@" in parts.netloc:
        return False
    loopback = host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")
    return parts.scheme == "https" or (parts.scheme == "http" and loopback)


def _proof_holds(entry: Mapping[str, Any]) -> bool:
    if entry.get("token_endpoint_auth_method") != "private_key_jwt":
        secret = entry.get("client_secret")
        return isinstance(secret, str) and len(secret) >= MIN_SECRET
    try:
        key = jwk.import_key(entry["client_key"])
    except (JoseError, KeyError, TypeError, ValueError):
        return False
    return key.is_private and key.key_type in ("EC", "RSA")


def _algorithms(entry: Mapping[str, Any]) -> tuple[str, ...]:
    given = entry.get("id_token_signed_response_alg")
    return ALGORITHMS if given is None else (str(given),)


def _scope_holds(entry: Mapping[str, Any]) -> bool:
    scope = entry.get("scope", "openid")
    words = scope.split() if isinstance(scope, str) else []
    return "openid" in words and all(_SCOPE.fullmatch(word) for word in words)


def _acr_holds(entry: Mapping[str, Any]) -> bool:
    acr = entry.get("acr", {})
    return isinstance(acr, Mapping) and all(
        isinstance(meaning, str) and meaning in MEANINGS for meaning in acr.values()
    )


CHECKS: tuple[tuple[Callable[[Mapping[str, Any]], bool], str], ...] = (
    (_slug_holds, "slug: small letters, digits and single hyphens"),
    (_text("name", 100), "name: what people call it"),
    (_issuer_holds, "issuer: https://host/path, exactly as in its discovery document"),
    (_text("client_id"), "client_id: what it knows us as"),
    (
        lambda entry: entry.get("token_endpoint_auth_method") in AUTH_METHODS,
        f"token_endpoint_auth_method: {', '.join(AUTH_METHODS)}",
    ),
    (_proof_holds, f"client_secret: at least {MIN_SECRET} characters; for private_key_jwt client_key, a private JWK"),
    (_text("pupil_key", 100), "pupil_key: the claim that carries the stable key of a pupil"),
    (
        lambda entry: set(_algorithms(entry)) <= set(ALGORITHMS),
        f"id_token_signed_response_alg: {', '.join(ALGORITHMS)}",
    ),
    (_scope_holds, "scope: words with openid among them"),
    (_acr_holds, f"acr: a table of its acr values, each one of {', '.join(MEANINGS)}"),
    (lambda entry: isinstance(entry.get("logout", True), bool), "logout: true or false"),
)
"""What must hold of an entry, and what to say otherwise."""


def problems(entry: Mapping[str, Any]) -> list[str]:
    """What is wrong with an entry; none = it can be stored."""
    return [sentence for holds, sentence in CHECKS if not holds(entry)]


def store(db: Connection, keyring: KeyRing, entry: Mapping[str, Any], now: datetime) -> str:
    """Keep a checked entry: "added", "changed" or "unchanged"."""
    slug = str(entry["slug"])
    by_key = entry["token_endpoint_auth_method"] == "private_key_jwt"
    secret = json.dumps(entry["client_key"], sort_keys=True) if by_key else str(entry["client_secret"])
    settings = {
        "name": entry["name"],
        "issuer": entry["issuer"],
        "client_id": entry["client_id"],
        "auth_method": entry["token_endpoint_auth_method"],
        "subject_claim": entry["pupil_key"],
        "algorithms": list(_algorithms(entry)),
        "scope": str(entry.get("scope", "openid")).split(),
        "acr": dict(entry.get("acr", {})),
        "logout": entry.get("logout", True),
    }
    known = find(db, keyring, slug)
    if known is not None and known == _upstream(slug, settings, secret):
        return "unchanged"
    values = {
        "settings": settings,
        "secret": keyring.seal(secret.encode(), ("network_environment", "secret", slug)),
        "updated_at": now,
    }
    row = insert_into(db, ENVIRONMENT).values(slug=slug, created_at=now, **values)
    db.execute(row.on_conflict_do_update(index_elements=["slug"], set_=values))
    return "added" if known is None else "changed"


def find(db: Connection, keyring: KeyRing, slug: str) -> Upstream | None:
    """The upstream of this slug; None = it was never imported."""
    columns = (ENVIRONMENT.c.slug, ENVIRONMENT.c.settings, ENVIRONMENT.c.secret)
    row = db.execute(select(*columns).where(ENVIRONMENT.c.slug == slug)).first()
    if row is None:
        return None
    return _upstream(slug, row.settings, keyring.unseal(row.secret, ("network_environment", "secret", slug)).decode())


def names(db: Connection) -> dict[str, str]:
    """What the imported ones are called, by slug."""
    rows = db.execute(select(ENVIRONMENT.c.slug, ENVIRONMENT.c.settings))
    return dict(sorted(((row.slug, str(row.settings["name"])) for row in rows), key=lambda pair: pair[1].casefold()))


def _upstream(slug: str, settings: Mapping[str, Any], secret: str) -> Upstream:
    tuples = {name: tuple(settings[name]) for name in ("algorithms", "scope")}
    return Upstream(slug=slug, secret=secret, **{**settings, **tuples})
