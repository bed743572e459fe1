"""An authorization request, checked. CHECKS is the order; the first that finds something decides the answer."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from idp.engine.clients.model import Client
from idp.engine.clients.registry import Registry
from idp.engine.requests import pkce
from idp.engine.requests.parameters import Parameters
from idp.engine.sessions import AGES
from idp.engine.tokens.claims import SCOPES

RESPONSE_MODES = ("query", "fragment", "form_post")
PROMPTS = frozenset({"none", "login", "select_account", "consent"})
MAX_ECHO = 2048
"""How long `state` and `nonce` may be; longer is refused, never cut."""


@dataclass(frozen=True, slots=True)
class LocalRefusal:
    """There is no safe place to send the browser back to: a 400 page of ours."""

    reason: str


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """Where and how an answer to this request leaves."""

    redirect_uri: str
    response_mode: str
    state: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error that goes back to the client (RFC 6749 4.1.2.1, OIDC Core 3.1.2.6)."""

    reply_to: ReplyTo
    error: str
    description: str


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What is asked, all of it checked."""

    client: Client
    reply_to: ReplyTo
    scope: tuple[str, ...]
    code_challenge: str
    nonce: str | None
    prompt: frozenset[str]
    max_age: int | None
    claims: Mapping[str, Any]
    login_hint: str | None
    id_token_hint: str | None
    created_at: datetime

    @property
    def essential_acr(self) -> frozenset[str] | None:
        """The only acr values that will do (OIDC Core 5.5.1.1); None = any."""
        wanted = (self.claims.get("id_token") or {}).get("acr") or {}
        if not wanted.get("essential"):
            return None
        values = wanted.get("values", [wanted["value"]] if "value" in wanted else None)
        return None if values is None else frozenset(values)


Problem = tuple[str, str]
Check = Callable[[Parameters, Client], Problem | None]


def _nothing_twice(given: Parameters, client: Client) -> Problem | None:
    """RFC 6749 3.1: no parameter more than once."""
    if given.doubled:
        return "invalid_request", f"{', '.join(sorted(given.doubled))} more than once"
    return None


def _no_request_object(given: Parameters, client: Client) -> Problem | None:
    """OIDC Core 3.1.2.6: say that request objects are not for this client, and fetch nothing."""
    for name in ("request", "request_uri"):
        if given.get(name) is not None:
            return f"{name}_not_supported", f"this client may not use {name}"
    return None


def _response_mode(given: Parameters, client: Client) -> Problem | None:
    """OAuth 2.0 Multiple Response Types 2.1, Form Post."""
    if (mode := given.get("response_mode")) is not None and mode not in RESPONSE_MODES:
        return "invalid_request", f"response_mode is one of {', '.join(RESPONSE_MODES)}"
    return None


def _response_type(given: Parameters, client: Client) -> Problem | None:
    """RFC 6749 3.1.1; only the code flow (RFC 9700 2.1.2)."""
    wanted = given.get("response_type")
    if wanted is None:
        return "invalid_request", "response_type is missing"
    return None if wanted == "code" else ("unsupported_response_type", "only response_type=code")


def _grant_type(given: Parameters, client: Client) -> Problem | None:
    """RFC 6749 4.1.2.1: the client must be registered for the code flow."""
    if "authorization_code" not in client.grant_types:
        return "unauthorized_client", "this client is not registered for authorization_code"
    return None


def _code_challenge(given: Parameters, client: Client) -> Problem | None:
    """RFC 7636 4.3, for public and confidential clients alike (RFC 9700 2.1.1)."""
    challenge = given.get("code_challenge")
    if challenge is None or not pkce.well_formed(challenge):
        return "invalid_request", "code_challenge (43 characters of base64url) is missing or malformed"
    if given.get("code_challenge_method") != "S256":
        return "invalid_request", "code_challenge_method must be S256"
    return None


def _echoed(given: Parameters, client: Client) -> Problem | None:
    """state and nonce come back byte for byte or not at all; a NUL is nowhere a character (and no database's)."""
    if any("\x00" in value for value in given.values.values()):
        return "invalid_request", "a parameter holds a NUL character"
    for name in ("state", "nonce"):
        if len(given.get(name) or "") > MAX_ECHO:
            return "invalid_request", f"{name} is longer than {MAX_ECHO} characters"
    return None


def _prompt(given: Parameters, client: Client) -> Problem | None:
    """OIDC Core 3.1.2.1: none stands alone; an unknown value is an error."""
    values = frozenset((given.get("prompt") or "").split())
    if values - PROMPTS:
        return "invalid_request", f"prompt is of {', '.join(sorted(PROMPTS))}"
    return ("invalid_request", "prompt=none stands alone") if "none" in values and len(values) > 1 else None


def _max_age(given: Parameters, client: Client) -> Problem | None:
    """OIDC Core 3.1.2.1: a number of seconds."""
    value = given.get("max_age")
    if value is not None and not (value.isascii() and value.isdigit() and len(value) <= 10):
        return "invalid_request", "max_age is a number of seconds"
    return None


def _claims(given: Parameters, client: Client) -> Problem | None:
    """OIDC Core 5.5: an object with the members userinfo and id_token, each an object of names."""
    if (text := given.get("claims")) is None:
        return None
    try:
        _parse_claims(text)
    except (ValueError, RecursionError):
        return "invalid_request", "claims is not a JSON object as of OIDC Core 5.5"
    return None


def _essential_acr(given: Parameters, client: Client) -> Problem | None:
    """OIDC Core 5.5.1.1: an essential acr that no way of signing in reaches is an error."""
    wanted = _parse_claims(given.get("claims")).get("id_token", {}).get("acr") or {}
    values = wanted.get("values", [wanted["value"]] if "value" in wanted else None)
    if wanted.get("essential") and values is not None and not set(values) & AGES.keys():
        return "unmet_authentication_requirements", "no way of signing in here reaches that acr"
    return None


CHECKS: tuple[Check, ...] = (
    _nothing_twice,
    _no_request_object,
    _response_mode,
    _response_type,
    _grant_type,
    _code_challenge,
    _echoed,
    _prompt,
    _max_age,
    _claims,
    _essential_acr,
)


def check(
    db: Connection, registry: Registry, given: Parameters, created_at: datetime
) -> AuthorizationRequest | Refusal | LocalRefusal:
    """Client and redirect URI first: without them nothing may be sent anywhere (RFC 6749 4.1.2.1). Then CHECKS."""
    client = registry.find(db, given.get("client_id") or "")
    if client is None:
        return LocalRefusal("unknown_client")
    redirect_uri = given.get("redirect_uri")
    if redirect_uri is None or not client.may_redirect_to(redirect_uri):
        return LocalRefusal("redirect_uri")
    mode = given.get("response_mode")
    state = given.get("state")
    reply_to = ReplyTo(
        redirect_uri,
        mode if mode in RESPONSE_MODES else "query",
        state if state is not None and len(state) <= MAX_ECHO else None,
    )
    for one in CHECKS:
        if (problem := one(given, client)) is not None:
            return Refusal(reply_to, *problem)
    return _request(client, reply_to, given, created_at)


def _request(client: Client, reply_to: ReplyTo, given: Parameters, created_at: datetime) -> AuthorizationRequest:
    max_age = given.get("max_age")
    return AuthorizationRequest(
        client=client,
        reply_to=reply_to,
        scope=_granted_scope(given.get("scope") or "", client),
        code_challenge=given.get("code_challenge") or "",
        nonce=given.get("nonce"),
        prompt=frozenset((given.get("prompt") or "").split()),
        max_age=int(max_age) if max_age is not None else client.default_max_age,
        claims=_parse_claims(given.get("claims")),
        login_hint=given.get("login_hint"),
        id_token_hint=given.get("id_token_hint"),
        created_at=created_at,
    )


def _granted_scope(asked: str, client: Client) -> tuple[str, ...]:
    """Unknown and unregistered scopes are dropped (RFC 6749 3.3); offline_access needs refresh tokens."""
    wanted = dict.fromkeys(asked.split())
    known = [s for s in wanted if s == "openid" or (s in SCOPES and s in client.scope)]
    if "offline_access" in wanted and "refresh_token" in client.grant_types and "offline_access" not in known:
        known.append("offline_access")
    return tuple(s for s in known if s != "offline_access" or "refresh_token" in client.grant_types)


def _parse_claims(text: str | None) -> dict[str, Any]:
    """{"userinfo": {name: {...}}, "id_token": {...}}, with null as {}. Raises ValueError."""
    if text is None:
        return {}
    parsed = json.loads(text)
    # What no database can keep as JSON is refused here: lone surrogates, infinities, NUL.
    if not isinstance(parsed, dict) or "\\u0000" in json.dumps(parsed, allow_nan=False):
        raise ValueError("claims")
    json.dumps(parsed, ensure_ascii=False).encode()
    claims: dict[str, Any] = {}
    for member in ("userinfo", "id_token"):
        names = parsed.get(member) or {}
        if not isinstance(names, dict):
            raise ValueError(member)
        for name, request in names.items():
            if request is not None and not isinstance(request, dict):
                raise ValueError(name)
            values = (request or {}).get("values", [])
            single = (request or {}).get("value", "")
            if not isinstance(values, list) or not all(isinstance(v, str | int | bool) for v in [*values, single]):
                raise ValueError(name)
        claims[member] = {name: request or {} for name, request in names.items()}
    return claims
