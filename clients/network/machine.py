"""What the relying party itself calls: metadata, keys, token, userinfo."""

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import unquote_plus

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import Response, jsonify, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.jwt import JWTClaimsRegistry

from clients.network import tokens
from clients.network.environments import AUTH_METHODS
from clients.network.memory import Grant
from clients.network.peer import TOKEN_S, Peer, now

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def discovery(peer: Peer) -> Response:
    """OpenID Connect Discovery 4."""
    document: dict[str, Any] = {
        "issuer": peer.issuer,
        "authorization_endpoint": f"{peer.issuer}/authorize",
        "token_endpoint": f"{peer.issuer}/token",
        "userinfo_endpoint": f"{peer.issuer}/userinfo",
        "jwks_uri": f"{peer.issuer}/jwks",
        "end_session_endpoint": f"{peer.issuer}/end_session",
        "scopes_supported": ["openid", "profile"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [peer.environment.id_token_alg],
        "token_endpoint_auth_methods_supported": [peer.environment.auth_method],
        "acr_values_supported": [peer.environment.acr],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": sorted({"sub", "given_name", "family_name", "name", peer.environment.pupil_key}),
        "authorization_response_iss_parameter_supported": True,
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
    }
    if peer.environment.auth_method == "private_key_jwt":
        document["token_endpoint_auth_signing_alg_values_supported"] = ["ES256"]
    return jsonify(peer.wrong.metadata(document))


def jwks(peer: Peer) -> Response:
    """RFC 7517 5."""
    return jsonify(peer.keys.published())


def token(peer: Peer) -> Response:
    """RFC 6749 4.1.3: the client, and then the code, which is spent by the first who shows it."""
    if not _client_is_proven(peer):
        return _error(401, "invalid_client")
    if request.form.get("grant_type") != "authorization_code":
        return _error(400, "unsupported_grant_type")
    grant = peer.codes.take(request.form.get("code"))
    if grant is None or not _belongs(grant):
        return _error(400, "invalid_grant")
    access_token = peer.tokens.put(grant.session.person)
    return jsonify(
        access_token=access_token,
        token_type="Bearer",
        expires_in=TOKEN_S,
        scope=grant.asked.scope,
        id_token=tokens.id_token(peer, grant, access_token),
    )


def userinfo(peer: Peer) -> Response:
    """OIDC Core 5.3."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    person = peer.tokens.get(value) if scheme.lower() == "bearer" else None
    if person is None:
        response = _error(401, "invalid_token")
        response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        return response
    claims = peer.about(person) | {"family_name": person.family_name, "name": person.name}
    return jsonify(peer.wrong.userinfo(claims))


def _belongs(grant: Grant) -> bool:
    """Redirect URI and PKCE (RFC 7636 4.6); a code that fails here is spent all the same."""
    verifier = request.form.get("code_verifier", "")
    return (
        request.form.get("redirect_uri") == grant.asked.redirect_uri
        and 43 <= len(verifier) <= 128
        and verifier.isascii()
        and hmac.compare_digest(create_s256_code_challenge(verifier), grant.asked.code_challenge)
    )


def _client_is_proven(peer: Peer) -> bool:
    """By the one method that this client is registered for, and no other beside it."""
    form = request.form
    shown = {
        "client_secret_basic": request.headers.get("Authorization", "").lower().startswith("basic "),
        "client_secret_post": "client_secret" in form,
        "private_key_jwt": "client_assertion" in form,
    }
    if [method for method in AUTH_METHODS if shown[method]] != [peer.party.auth_method]:
        return False
    match peer.party.auth_method:
        case "client_secret_basic":
            return _same(peer, *_basic())
        case "client_secret_post":
            return _same(peer, form.get("client_id", ""), form["client_secret"])
        case _:
            return _assertion_holds(peer, form["client_assertion"])


def _same(peer: Peer, client_id: str, secret: str) -> bool:
    digests = [hashlib.sha256(value.encode()).digest() for value in (secret, peer.party.secret)]
    return hmac.compare_digest(*digests) and client_id == peer.party.client_id


def _basic() -> tuple[str, str]:
    """RFC 6749 2.3.1: both halves are form-encoded."""
    try:
        pair = base64.b64decode(request.headers["Authorization"][6:], validate=True).decode()
    except (binascii.Error, ValueError):
        return "", ""
    client_id, _, secret = pair.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


def _assertion_holds(peer: Peer, assertion: str) -> bool:
    """RFC 7523 3, as OpenID Connect Core 9 narrows it: once, short, for us alone."""
    client_id = peer.party.client_id
    wanted = JWTClaimsRegistry(
        now(),
        10,
        iss={"essential": True, "value": client_id},
        sub={"essential": True, "value": client_id},
        aud={"essential": True, "values": [peer.issuer, f"{peer.issuer}/token"]},
        exp={"essential": True},
        jti={"essential": True},
    )
    key = ECKey.import_key(json.loads(peer.party.secret))
    try:
        claims = jwt.decode(assertion, key, algorithms=["ES256"]).claims
        wanted.validate(claims)
    except (JoseError, ValueError):
        return False
    return request.form.get("client_assertion_type") == ASSERTION and peer.first_use(claims["jti"])


def _error(status: int, error: str) -> Response:
    response = jsonify(error=error)
    response.status_code = status
    return response
