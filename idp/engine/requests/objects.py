"""Request objects (RFC 9101, OIDC Core 6): the parameters of a request in a JWT that the client signed."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from idp.engine.clients.model import Client
from idp.engine.clients.signed_jwt import SignedJwt, moment, not_yet, parse
from idp.engine.requests.checks import Problem
from idp.engine.requests.parameters import PARAMETERS, REPEATABLE, Parameters

TYPES = frozenset({"jwt", "oauth-authz-req+jwt", "application/oauth-authz-req+jwt"})
"""What `typ` may say (RFC 9101 10.8), in whatever case: it is a media type (RFC 7515 4.1.9)."""

MAX_AGE_S = 3600
"""How old `nbf` may be, and how far `exp` may lie behind it (FAPI 2.0 Message Signing 5.3.1)."""

INSIDE_OUT = ("client_id", "response_type")
"""Must be the same inside and outside where they stand on both sides (OIDC Core 6.1)."""


def read(
    text: str, client: Client, outer: Parameters, issuer: str, prove: Callable[[SignedJwt], bool], now: datetime
) -> Parameters | Problem:
    """The parameters of a request object of this client; nothing of the outer ones is taken over (RFC 9101 5).

    `prove` checks the signature, after everything that costs less.
    """
    jwt = parse(text)
    if jwt is None:
        return _wrong("not a JWS with a JSON object in it")
    wanted = client.request_object_signing_alg
    if jwt.alg not in client.profile.signing_algs or wanted not in (None, jwt.alg):
        return _wrong("signed with an algorithm that this client may not use, or not at all")
    if jwt.typ.lower() not in TYPES:
        return _wrong("typ is of another kind of token")
    problem = _envelope(jwt.claims, client, issuer, now) or _together(jwt.claims, client, outer)
    if problem is not None:
        return _wrong(problem)
    if not prove(jwt):
        return _wrong("the signature was not made with a key of this client")
    try:
        values = {name: _text(name, jwt.claims[name]) for name in PARAMETERS if name in jwt.claims}
    except ValueError as error:
        return _wrong(f"{error} has a type that it cannot have")
    values["client_id"] = client.id
    return Parameters({name: value for name, value in values.items() if value}, signed=True)


def _wrong(description: str) -> Problem:
    return "invalid_request_object", description


def _envelope(claims: Mapping[str, Any], client: Client, issuer: str, now: datetime) -> str | None:
    """iss, aud, exp and nbf: what stands there must be right, and in strict profiles all of it must stand there."""
    strict = client.profile.dated_request_objects
    audience = claims.get("aud")
    if (strict or "iss" in claims) and claims.get("iss") != client.id:
        return "iss is not the client"
    if (strict or "aud" in claims) and issuer not in (audience if isinstance(audience, list) else [audience]):
        return "aud does not name this provider"
    try:
        expires, begins, early = moment(claims, "exp"), moment(claims, "nbf"), not_yet(claims, now)
    except ValueError:
        return "a time is no number"
    if early:
        return "iat or nbf lie in the future"
    if expires is not None and expires <= now.timestamp():
        return "expired"
    if not strict:
        return None
    if expires is None or begins is None:
        return "exp and nbf are missing"
    if now.timestamp() - begins > MAX_AGE_S or expires - begins > MAX_AGE_S:
        return "nbf is more than an hour ago, or exp more than an hour after it"
    return None


def _together(claims: Mapping[str, Any], client: Client, outer: Parameters) -> str | None:
    if "request" in claims or "request_uri" in claims:
        return "request and request_uri may not stand inside (RFC 9101 4)"
    if claims.get("client_id", client.id) != client.id:
        return "client_id is another client"
    for name in INSIDE_OUT:
        if name in claims and outer.get(name) is not None and outer.get(name) != claims[name]:
            return f"{name} differs inside and outside"
    return None


def _text(name: str, value: Any) -> str:
    """A claim as the parameter that it stands for (RFC 9101 4). Raises ValueError."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if name == "claims" and isinstance(value, dict):
        return json.dumps(value)
    if name in REPEATABLE and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " ".join(value)
    raise ValueError(name)
