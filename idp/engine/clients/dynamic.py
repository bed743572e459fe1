"""Clients that register and manage themselves (RFC 7591, OpenID Registration 1.0, RFC 7592): what they may ask for.

`prepare` judges a document and does what is slow (names looked up, a sector file fetched) outside any transaction;
`register` and `replace` store what passed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from idp.engine.clients import metadata, registration
from idp.engine.clients.initial_access import Terms
from idp.engine.tables import CLIENT
from idp.engine.tokens.claims import SCOPES
from idp.kernel.outbound import ForbiddenAddressError, Outbound, OutboundError
from idp.kernel.secrets import fingerprint, new_id, random_token

FETCHED = ("jwks_uri", "sector_identifier_uri", "request_uris", "backchannel_logout_uri", "logo_uri")
"""Addresses that we, or people who look at the client, would call: none may lead inside (T25)."""

OPERATORS = ("resources", "protected_resources")
"""Which API a token may be for is the operator's to say (ASVS 5.0 V10.4.7)."""

_NOT_SENT = ("registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at")
"""RFC 7592 2.2: an update may not hold these."""


@dataclass(frozen=True, slots=True)
class Problem:
    """RFC 7591 3.2.2: `error` is invalid_redirect_uri, invalid_client_metadata or unapproved_software_statement."""

    error: str
    description: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that may be stored."""

    registration: dict[str, Any]
    profile: str


@dataclass(frozen=True, slots=True)
class Registered:
    """A client as it stands; `secret` and `token` only when they were made just now."""

    client_id: str
    registration: Mapping[str, Any]
    created_at: datetime
    secret: str | None = None
    token: str | None = None


def prepare(document: Mapping[str, Any], terms: Terms, outbound: Outbound, profile: str | None) -> Prepared | Problem:
    """Judge what a client says of itself. `profile`: the one it has, when it has one already."""
    if "software_statement" in document:
        return Problem("unapproved_software_statement", "software statements are not used here")
    own = document.get("sleutelbos")
    asked = own.get("profile", "simple") if isinstance(own, dict) else "simple"
    profile = profile or str(asked)
    # There is no standard name by which a client asks for it, so an operator may have asked for all of these.
    asked_for = {"session_management": True} if terms.get("session_management") else {}
    complete, problems = metadata.check({**asked_for, **document}, profile)
    problems = problems or [*_beyond(complete, terms), *_leading_inside(complete, outbound)]
    problems = problems or _not_in_sector(complete, outbound)
    if problems:
        error = "invalid_redirect_uri" if problems[0].startswith("redirect_uris") else "invalid_client_metadata"
        return Problem(error, "; ".join(problems))
    return Prepared(complete, profile)


def register(db: Connection, prepared: Prepared, now: datetime) -> Registered:
    """A new client with an id of ours, a secret where its method needs one, and a token to manage itself with."""
    client_id, token = f"c-{new_id()}", random_token("ra")
    secret = random_token("cs") if _uses_secret(prepared.registration) else None
    registration.store(db, client_id, prepared.registration, profile=prepared.profile, secret=secret, now=now)
    db.execute(update(CLIENT).where(CLIENT.c.id == client_id).values(registration_token=fingerprint(token)))
    return Registered(client_id, prepared.registration, now, secret, token)


def find(db: Connection, client_id: str, token: str) -> tuple[Registered, str, bytes | None] | None:
    """The client that this registration access token manages, its profile, and its secret's fingerprint."""
    columns = (CLIENT.c.registration, CLIENT.c.profile, CLIENT.c.created_at, CLIENT.c.secret_fingerprint)
    row = db.execute(
        select(*columns).where(
            CLIENT.c.registration_token == fingerprint(token), CLIENT.c.id == client_id, CLIENT.c.disabled_at.is_(None)
        )
    ).first()
    return row and (Registered(client_id, row.registration, row.created_at), row.profile, row.secret_fingerprint)


def update_problem(document: Mapping[str, Any], client_id: str, secret_mark: bytes | None) -> str | None:
    """What makes a document no update of this client (RFC 7592 2.2)."""
    sent = [name for name in _NOT_SENT if name in document]
    if sent:
        return f"leave out {', '.join(sent)}"
    if document.get("client_id") != client_id:
        return "client_id is missing, or is another client"
    secret = document.get("client_secret")
    if secret is not None and (not isinstance(secret, str) or fingerprint(secret) != secret_mark):
        return "client_secret is not the one that this client has; it is not for the client to choose"
    return None


def replace(db: Connection, client: Registered, prepared: Prepared, has_secret: bool, now: datetime) -> Registered:
    """Put a new document in the place of the old one. A secret is made, or goes, with the method that needs it."""
    needs = _uses_secret(prepared.registration)
    secret = random_token("cs") if needs and not has_secret else None
    values: dict[str, Any] = {"registration": prepared.registration, "version": CLIENT.c.version + 1, "updated_at": now}
    if secret is not None or not needs:
        values |= {"secret_fingerprint": fingerprint(secret) if secret else None, "old_secret_fingerprint": None}
    db.execute(update(CLIENT).where(CLIENT.c.id == client.client_id).values(values))
    return Registered(client.client_id, prepared.registration, client.created_at, secret)


def _uses_secret(registered: Mapping[str, Any]) -> bool:
    return str(registered["token_endpoint_auth_method"]).startswith("client_secret")


def _beyond(registered: Mapping[str, Any], terms: Terms) -> list[str]:
    """What only an operator gives."""
    problems = [f"{name}: ask the operator of this provider" for name in OPERATORS if registered[name]]
    if registered["subject_type"] == "public" and not terms.get("public_subjects"):
        problems.append("subject_type: pairwise")
    unknown = set(registered["scope"].split()) - SCOPES.keys()
    if unknown:
        problems.append(f"scope: of {' '.join(SCOPES)}")
    return problems


def _leading_inside(registered: Mapping[str, Any], outbound: Outbound) -> list[str]:
    problems = []
    for name in FETCHED:
        value = registered[name] or []
        for address in value if isinstance(value, list) else [value]:
            try:
                outbound.address_of(address)
            except ForbiddenAddressError as forbidden:
                problems.append(f"{name}: {forbidden}")
            except OutboundError:
                continue  # a name without an address today may have one tomorrow
    return problems


def _not_in_sector(registered: Mapping[str, Any], outbound: Outbound) -> list[str]:
    """OIDC Registration 5: the file lists every redirect URI."""
    address = registered["sector_identifier_uri"]
    if address is None:
        return []
    try:
        answer = outbound.get(address)
        listed = json.loads(answer.body) if answer.status == 200 else None
    except (OutboundError, ValueError, RecursionError):
        listed = None
    if not isinstance(listed, list):
        return ["sector_identifier_uri: no list of redirect URIs was found there"]
    missing = [uri for uri in registered["redirect_uris"] if uri not in listed]
    return [f"sector_identifier_uri: {missing[0]} is not in its list"] if missing else []
