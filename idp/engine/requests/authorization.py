"""An authorization request, checked: who asks first, where the answer goes, and then `checks.CHECKS` in their order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from idp.engine.clients.model import Client
from idp.engine.clients.registry import Registry
from idp.engine.requests import claims_parameter
from idp.engine.requests.checks import AT, MAX_ECHO, MODES
from idp.engine.requests.parameters import Parameters
from idp.engine.tokens.claims import SCOPES


@dataclass(frozen=True, slots=True)
class LocalRefusal:
    """There is no safe place to send the browser back to: a 400 page of ours."""

    reason: str


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """Where and how an answer to this request leaves; `client_id` and `alg` are for answers that are signed (JARM)."""

    redirect_uri: str
    response_mode: str
    state: str | None
    client_id: str
    alg: str

    @property
    def by_form(self) -> bool:
        """Does the answer need a page of ours, with a form?"""
        return self.response_mode.startswith("form_post")


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
    acr_values: tuple[str, ...]  # a wish, in the order of preference (OIDC Core 3.1.2.1)
    resources: tuple[str, ...]  # RFC 8707
    login_hint: str | None
    id_token_hint: str | None
    dpop_jkt: str | None  # RFC 9449 10
    pushed: bytes | None  # the pushed request that is used up with the code
    created_at: datetime

    @property
    def essential_acr(self) -> frozenset[str] | None:
        """The only acr values that will do (OIDC Core 5.5.1.1); None = any."""
        return claims_parameter.essential_acr(self.claims)


def reply_to(client: Client, given: Parameters) -> ReplyTo | None:
    """Where an answer may go; None when the redirect URI is missing or is not registered (RFC 9700 4.1)."""
    redirect_uri, mode, state = given.get("redirect_uri"), given.get("response_mode"), given.get("state")
    if redirect_uri is None or not client.may_redirect_to(redirect_uri):
        return None
    return ReplyTo(
        redirect_uri,
        mode if mode in MODES and mode in client.response_modes else "query",
        state if state is not None and len(state) <= MAX_ECHO else None,
        client.id,
        client.authorization_signed_response_alg,
    )


def check(
    db: Connection, registry: Registry, given: Parameters, created_at: datetime, *, endpoint: str = "authorize"
) -> AuthorizationRequest | Refusal | LocalRefusal:
    """Client and redirect URI first: without them nothing may be sent anywhere (RFC 6749 4.1.2.1). Then CHECKS.

    `given` comes from `intake.Intake.resolve`: what stood in a request object or was pushed is spread out in it.
    """
    client = registry.find(db, given.get("client_id") or "")
    if client is None:
        return LocalRefusal("unknown_client")
    back = reply_to(client, given)
    if back is None:
        return LocalRefusal("redirect_uri")
    for one in AT[endpoint]:
        if (problem := one(given, client)) is not None:
            return Refusal(back, *problem)
    return _request(client, back, given, created_at)


def _request(client: Client, back: ReplyTo, given: Parameters, created_at: datetime) -> AuthorizationRequest:
    max_age, acr_values = given.get("max_age"), given.get("acr_values")
    return AuthorizationRequest(
        client=client,
        reply_to=back,
        scope=granted_scope(given.get("scope") or "", client),
        code_challenge=given.get("code_challenge") or "",
        nonce=given.get("nonce"),
        prompt=frozenset((given.get("prompt") or "").split()),
        max_age=int(max_age) if max_age is not None else client.default_max_age,
        claims=claims_parameter.parse(given.get("claims")),
        acr_values=tuple(acr_values.split()) if acr_values is not None else client.default_acr_values,
        resources=tuple(dict.fromkeys((given.get("resource") or "").split())),
        login_hint=given.get("login_hint"),
        id_token_hint=given.get("id_token_hint"),
        dpop_jkt=given.get("dpop_jkt"),
        pushed=given.pushed,
        created_at=created_at,
    )


def granted_scope(asked: str, client: Client) -> tuple[str, ...]:
    """Unknown and unregistered scopes are dropped (RFC 6749 3.3); offline_access needs refresh tokens."""
    wanted = dict.fromkeys(asked.split())
    known = [s for s in wanted if s == "openid" or (s in SCOPES and s in client.scope)]
    if "offline_access" in wanted and "refresh_token" in client.grant_types and "offline_access" not in known:
        known.append("offline_access")
    return tuple(s for s in known if s != "offline_access" or "refresh_token" in client.grant_types)
