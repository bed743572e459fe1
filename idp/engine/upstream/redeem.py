"""An answer of an upstream becomes an identity: code for tokens, ID token in full, userinfo, and the stable key."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus

from joserfc import jwk, jwt

from idp.engine.upstream import tokens
from idp.engine.upstream.documents import Documents, Metadata, Patience
from idp.engine.upstream.model import Failed, Upstream
from idp.engine.upstream.tokens import Claims, Expected
from idp.kernel.secrets import new_id

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_S = 60
MAX_ANSWER = 4096

UNKNOWN_AGE = timedelta(hours=12)
"""How old a sign-in is taken to be whose age nobody tells us, or nobody whom we believe."""

NEAR = timedelta(seconds=5)
"""`auth_time` is in whole seconds, of another clock: this near to our asking it counts as an answer to it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that was just spent. `request_id`: the request that waits for it, as it was given to `ask`."""

    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    request_id: str | None
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Identity:
    """Who came back. `key`: the stable key; `acr`: what the sign-in counts for here, None = nothing is believed of it.

    The pair of upstream and `sub` is the identity there (ASVS 5.0 V6.8.1); it is what a logout token names.
    """

    sub: str
    key: str
    sid: str | None
    acr: str | None
    auth_time: datetime
    id_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Visit:
    """One answer being redeemed: its calls share their time."""

    documents: Documents
    upstream: Upstream
    metadata: Metadata
    now: datetime
    patience: Patience


def redeem(
    documents: Documents,
    upstream: Upstream,
    callback: str,
    attempt: Attempt,
    answer: Mapping[str, str],
    now: datetime,
) -> Identity | Failed:
    """Who the answer is about (RFC 6749 4.1.2 to 4.1.4, OIDC Core 3.1.3)."""
    patience = Patience()
    metadata = documents.metadata(upstream, now, patience)
    if isinstance(metadata, Failed):
        return metadata
    visit = _Visit(documents, upstream, metadata, now, patience)
    problem = _answer_problem(visit, answer)
    if problem is not None:
        return problem
    given = _token(visit, callback, answer["code"], attempt)
    if isinstance(given, Failed):
        return given
    claims = _id_token(visit, given, attempt)
    if isinstance(claims, Failed):
        return claims
    key = _key(visit, claims, given["access_token"])
    if isinstance(key, Failed):
        return key
    acr, auth_time = believed(upstream, claims, attempt.asked_at, now)
    return Identity(claims["sub"], key, claims.get("sid"), acr, auth_time, given["id_token"])


def _answer_problem(visit: _Visit, answer: Mapping[str, str]) -> Failed | None:
    # RFC 9207 2.4, before the code goes anywhere: an answer of another server is no answer.
    if answer.get("iss", None if visit.metadata.answers_with_iss else visit.upstream.issuer) != visit.upstream.issuer:
        return Failed("answer.iss")
    if "error" in answer:
        return Failed("denied" if answer["error"] == "access_denied" else "answer.error")
    return None if 0 < len(answer.get("code", "")) <= MAX_ANSWER else Failed("answer.code")


def _token(visit: _Visit, callback: str, code: str, attempt: Attempt) -> Mapping[str, Any] | Failed:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": callback,
        "code_verifier": attempt.verifier,
    }
    proof, headers = proof_of_us(visit.upstream, visit.now)
    given = visit.documents.post(
        visit.upstream, visit.metadata.token_endpoint, form | proof, visit.now, visit.patience, headers
    )
    if isinstance(given, Failed):
        return _at("token_call", given)
    if str(given.get("token_type", "")).lower() != "bearer" or not _header_safe(given.get("access_token")):
        return Failed("token_call.access_token")
    return given


def _id_token(visit: _Visit, given: Mapping[str, Any], attempt: Attempt) -> Claims | Failed:
    claims = tokens.verified(
        visit.documents,
        visit.upstream,
        visit.metadata,
        given.get("id_token"),
        tokens.ID_TOKEN_TYPES,
        visit.now,
        visit.patience,
    )
    if isinstance(claims, Failed):
        return claims
    expected = Expected(
        visit.upstream.issuer,
        visit.upstream.client_id,
        int(visit.now.timestamp()),
        attempt.nonce,
        given["access_token"],
    )
    return tokens.first_failure(tokens.ID_TOKEN, claims, expected) or claims


def _key(visit: _Visit, claims: Claims, access_token: str) -> str | Failed:
    """The stable key, out of ID token and userinfo; where both tell it, they agree (OIDC Core 5.3.2)."""
    name, endpoint = visit.upstream.subject_claim, visit.metadata.userinfo_endpoint
    told = [claims.get(name)]
    if endpoint is not None:
        about = visit.documents.get(visit.upstream, endpoint, visit.now, visit.patience, bearer=access_token)
        if isinstance(about, Failed):
            return _at("userinfo", about)
        if about.get("sub") != claims["sub"]:
            return Failed("userinfo.sub")
        told.append(about.get(name))
    keys = [key for key in told if key is not None]
    first = keys[0] if keys else None
    return first if isinstance(first, str) and first and all(key == first for key in keys) else Failed("key")


def _at(place: str, failed: Failed) -> Failed:
    return failed if failed.reason == "unreachable" else Failed(f"{place}.{failed.reason}")


def _header_safe(token: object) -> bool:
    """It goes into a header (RFC 6750 2.1)."""
    return isinstance(token, str) and 0 < len(token) <= MAX_ANSWER and token.isascii() and token.isprintable()


def proof_of_us(upstream: Upstream, now: datetime) -> tuple[dict[str, str], dict[str, str]]:
    """What shows the token endpoint who we are: form fields and headers (RFC 6749 2.3.1, OIDC Core 9)."""
    if upstream.auth_method == "client_secret_post":
        return {"client_id": upstream.client_id, "client_secret": upstream.secret}, {}
    if upstream.auth_method == "client_secret_basic":
        pair = f"{quote_plus(upstream.client_id)}:{quote_plus(upstream.secret)}"
        return {}, {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    key, issued = jwk.import_key(json.loads(upstream.secret)), int(now.timestamp())
    alg = "ES256" if key.key_type == "EC" else "RS256"
    claims = {
        "iss": upstream.client_id,
        "sub": upstream.client_id,
        "aud": upstream.issuer,
        "iat": issued,
        "exp": issued + ASSERTION_S,
        "jti": new_id(),
    }
    header = {"alg": alg, "typ": "JWT"} | ({"kid": key.kid} if key.kid else {})
    assertion = jwt.encode(header, claims, key, algorithms=[alg])
    shown = {
        "client_id": upstream.client_id,
        "client_assertion_type": ASSERTION,
        "client_assertion": assertion,
    }
    return shown, {}


def believed(upstream: Upstream, claims: Claims, asked_at: datetime, now: datetime) -> tuple[str | None, datetime]:
    """How and when the sign-in there was made, as far as the table of its acr values says (ASVS 5.0 V6.8.4)."""
    acr, told = upstream.acr.get(claims.get("acr", "")), claims.get("auth_time")
    if acr is None or told is None:
        return acr, now - UNKNOWN_AGE
    auth_time = min(now, datetime.fromtimestamp(told, UTC))
    # Signed in because we asked: then it was not before we asked, whatever the other clock says.
    return acr, max(auth_time, asked_at) if auth_time >= asked_at - NEAR else auth_time
