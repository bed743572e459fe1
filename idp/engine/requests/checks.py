"""The checks of an authorization request: one function each, and at the end the table of their order by endpoint.

Client and redirect URI come before all of them (`authorization.check`): without those nothing may be sent anywhere.
"""

from collections.abc import Callable
from dataclasses import dataclass

from idp.engine.clients.metadata import RESPONSE_MODES
from idp.engine.clients.model import Client
from idp.engine.requests import claims_parameter, pkce
from idp.engine.requests.parameters import Parameters
from idp.engine.sessions import AGES

PROMPTS = frozenset({"none", "login", "select_account", "consent"})
MAX_ECHO = 2048
"""How long `state` and `nonce` may be; longer is refused, never cut."""

Problem = tuple[str, str]
Check = Callable[[Parameters, Client], Problem | None]


def nothing_twice(given: Parameters, client: Client) -> Problem | None:
    """RFC 6749 3.1: no parameter more than once."""
    if given.doubled:
        return "invalid_request", f"{', '.join(sorted(given.doubled))} more than once"
    return None


def no_reference(given: Parameters, client: Client) -> Problem | None:
    """RFC 9126 2.1: what is pushed is the request itself, or an object with it."""
    return ("invalid_request", "request_uri may not be pushed") if given.get("request_uri") is not None else None


def no_foreign_object(given: Parameters, client: Client) -> Problem | None:
    """OIDC Core 3.1.2.6: what `intake` left unread is not for this client, and nothing was fetched (B31)."""
    present = [name for name in ("request", "request_uri") if given.get(name) is not None]
    if len(present) > 1:
        return "invalid_request", "request and request_uri together"
    return (f"{present[0]}_not_supported", f"this client may not use {present[0]}") if present else None


def pushed_if_it_must(given: Parameters, client: Client) -> Problem | None:
    """RFC 9126 5, 6; FAPI 2.0 Security Profile 5.3.2.2: some clients may only push (B42)."""
    must = client.require_pushed_authorization_requests or client.profile.must_push
    if must and given.pushed is None:
        return "invalid_request", "this client pushes its requests (RFC 9126)"
    return None


def signed_if_it_must(given: Parameters, client: Client) -> Problem | None:
    """RFC 9101 10.5: some clients may only ask with a signed request object."""
    if client.require_signed_request_object and not given.signed:
        return "invalid_request", "this client signs its requests (RFC 9101)"
    return None


def response_mode(given: Parameters, client: Client) -> Problem | None:
    """OAuth 2.0 Multiple Response Types 2.1, Form Post, JARM; of those, the client's own (ASVS 5.0 V10.4.12)."""
    if (mode := given.get("response_mode")) is not None and mode not in client.response_modes:
        return "invalid_request", f"response_mode is one of {', '.join(m for m in MODES if m in client.response_modes)}"
    return None


def response_type(given: Parameters, client: Client) -> Problem | None:
    """RFC 6749 3.1.1; only the code flow (RFC 9700 2.1.2)."""
    wanted = given.get("response_type")
    if wanted is None:
        return "invalid_request", "response_type is missing"
    return None if wanted == "code" else ("unsupported_response_type", "only response_type=code")


def grant_type(given: Parameters, client: Client) -> Problem | None:
    """RFC 6749 4.1.2.1: the client must be registered for the code flow."""
    if "authorization_code" not in client.grant_types:
        return "unauthorized_client", "this client is not registered for authorization_code"
    return None


def code_challenge(given: Parameters, client: Client) -> Problem | None:
    """RFC 7636 4.3, for public and confidential clients alike (RFC 9700 2.1.1)."""
    challenge = given.get("code_challenge")
    if challenge is None or not pkce.well_formed(challenge):
        return "invalid_request", "code_challenge (43 characters of base64url) is missing or malformed"
    if given.get("code_challenge_method") != "S256":
        return "invalid_request", "code_challenge_method must be S256"
    return None


def dpop_jkt(given: Parameters, client: Client) -> Problem | None:
    """RFC 9449 10: the SHA-256 thumbprint of a key."""
    jkt = given.get("dpop_jkt")
    return None if jkt is None or pkce.well_formed(jkt) else ("invalid_request", "dpop_jkt is no SHA-256 thumbprint")


def echoed(given: Parameters, client: Client) -> Problem | None:
    """state and nonce come back byte for byte or not at all; a NUL is nowhere a character (and no database's)."""
    if any("\x00" in value for value in given.values.values()):
        return "invalid_request", "a parameter holds a NUL character"
    for name in ("state", "nonce"):
        if len(given.get(name) or "") > MAX_ECHO:
            return "invalid_request", f"{name} is longer than {MAX_ECHO} characters"
    return None


def prompt(given: Parameters, client: Client) -> Problem | None:
    """OIDC Core 3.1.2.1: none stands alone; an unknown value is an error."""
    values = frozenset((given.get("prompt") or "").split())
    if values - PROMPTS:
        return "invalid_request", f"prompt is of {', '.join(sorted(PROMPTS))}"
    return ("invalid_request", "prompt=none stands alone") if "none" in values and len(values) > 1 else None


def max_age(given: Parameters, client: Client) -> Problem | None:
    """OIDC Core 3.1.2.1: a number of seconds."""
    value = given.get("max_age")
    if value is not None and not (value.isascii() and value.isdigit() and len(value) <= 10):
        return "invalid_request", "max_age is a number of seconds"
    return None


def claims(given: Parameters, client: Client) -> Problem | None:
    """OIDC Core 5.5: an object with the members userinfo and id_token, each an object of names."""
    try:
        claims_parameter.parse(given.get("claims"))
    except (ValueError, RecursionError):
        return "invalid_request", "claims is not a JSON object as of OIDC Core 5.5"
    return None


def essential_acr(given: Parameters, client: Client) -> Problem | None:
    """OIDC Core 5.5.1.1: an essential acr that no way of signing in reaches is an error."""
    values = claims_parameter.essential_acr(claims_parameter.parse(given.get("claims")))
    if values is not None and not values & AGES.keys():
        return "unmet_authentication_requirements", "no way of signing in here reaches that acr"
    return None


def resource(given: Parameters, client: Client) -> Problem | None:
    """RFC 8707 2: only the APIs that this client is registered to ask tokens for."""
    if set((given.get("resource") or "").split()) - client.resources:
        return "invalid_target", "a resource that this client may not ask tokens for"
    return None


@dataclass(frozen=True, slots=True)
class Row:
    """One check, and at which endpoint it is made."""

    check: Check
    authorize: bool
    par: bool


MODES = RESPONSE_MODES
CHECKS: tuple[Row, ...] = (
    #   in this order       /authorize  /par
    Row(nothing_twice,        True,     True),
    Row(no_reference,         False,    True),
    Row(no_foreign_object,    True,     True),
    Row(pushed_if_it_must,    True,     False),
    Row(signed_if_it_must,    True,     True),
    Row(response_mode,        True,     True),
    Row(response_type,        True,     True),
    Row(grant_type,           True,     True),
    Row(code_challenge,       True,     True),
    Row(dpop_jkt,             True,     True),
    Row(echoed,               True,     True),
    Row(prompt,               True,     True),
    Row(max_age,              True,     True),
    Row(claims,               True,     True),
    Row(essential_acr,        True,     True),
    Row(resource,             True,     True),
)  # fmt: skip
"""The first check that finds something decides the answer."""

AT = {
    "authorize": tuple(row.check for row in CHECKS if row.authorize),
    "par": tuple(row.check for row in CHECKS if row.par),
}
