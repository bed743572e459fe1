"""Client metadata: one row per name of RFC 7591 and OpenID Connect registration: its default and its check.

A name that is not here is ignored (RFC 7591 2). What a row's check says is what the person reads who registers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from idp.engine.clients.profiles import PROFILES

Check = Callable[[Any], str | None]
GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials")
AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
MAX_URI = 2000


@dataclass(frozen=True, slots=True)
class Field:
    """The value when the client says nothing, and what is wrong with a value (None = nothing)."""

    default: Any
    check: Check


def uri(value: Any) -> str | None:
    """https, or http on loopback; no fragment, no user part."""
    if not isinstance(value, str) or len(value) > MAX_URI or not value.isascii() or any(c <= " " for c in value):
        return "an address of at most 2,000 ASCII characters, without spaces"
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "not an address"
    if not host or "\\" in value:
        return "an address with a host"
    if parts.scheme != "https" and not (parts.scheme == "http" and host in ("localhost", "127.0.0.1", "::1")):
        return "https (http only on localhost)"
    if "#" in value or parts.username is not None or parts.password is not None:
        return "no fragment and no user part"
    return None


def redirect_uri(value: Any) -> str | None:
    """As `uri`, and nothing of ours in its query (RFC 9700 4.4; T05)."""
    problem = uri(value)
    if problem:
        return problem
    names = {name for name, _ in parse_qsl(urlsplit(value).query, keep_blank_values=True)}
    taken = names & {"code", "state", "iss", "error", "error_description", "session_state", "response"}
    return f"its query may not hold {', '.join(sorted(taken))}" if taken else None


def _one_of(*allowed: str) -> Check:
    return lambda value: None if value in allowed else f"one of {', '.join(allowed)}"


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) and len(value) <= 2000 and "\x00" not in value else "a text of at most 2,000"


def _list_of(check: Check) -> Check:
    def checked(value: Any) -> str | None:
        if not isinstance(value, list) or len(value) > 100:
            return "a list"
        problems = [f"{item!r}: {problem}" for item in value if (problem := check(item))]
        return "; ".join(problems) or None

    return checked


def _optional(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def _boolean(value: Any) -> str | None:
    return None if isinstance(value, bool) else "true or false"


def _seconds(value: Any) -> str | None:
    return None if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else "a number of seconds"


FIELDS: Mapping[str, Field] = {
    "client_name": Field("", _text),
    "client_uri": Field(None, _optional(uri)),
    "logo_uri": Field(None, _optional(uri)),
    "policy_uri": Field(None, _optional(uri)),
    "tos_uri": Field(None, _optional(uri)),
    "contacts": Field([], _list_of(_text)),
    "application_type": Field("web", _one_of("web", "native")),
    "redirect_uris": Field([], _list_of(redirect_uri)),
    "post_logout_redirect_uris": Field([], _list_of(uri)),
    "token_endpoint_auth_method": Field("client_secret_basic", _one_of(*AUTH_METHODS)),
    "grant_types": Field(["authorization_code"], _list_of(_one_of(*GRANT_TYPES))),
    "response_types": Field(["code"], _list_of(_one_of("code"))),
    "scope": Field("openid profile", _text),
    "id_token_signed_response_alg": Field("RS256", _one_of("RS256", "ES256")),
    "subject_type": Field("pairwise", _one_of("pairwise", "public")),
    "default_max_age": Field(None, _optional(_seconds)),
    "require_auth_time": Field(True, _boolean),
    "initiate_login_uri": Field(None, _optional(uri)),
    "backchannel_logout_uri": Field(None, _optional(uri)),
    "backchannel_logout_session_required": Field(True, _boolean),
}


def check(given: Mapping[str, Any], profile: str) -> tuple[dict[str, Any], list[str]]:
    """(complete metadata with defaults, problems as "name: what it must be"); with problems nothing may be stored."""
    problems = [
        f"{name}: {problem}"
        for name, field in FIELDS.items()
        if name in given and (problem := field.check(given[name]))
    ]
    if profile not in PROFILES:
        problems.append(f"sleutelbos.profile: one of {', '.join(PROFILES)}")
    complete = {name: given.get(name, field.default) for name, field in FIELDS.items()}
    if not problems:
        problems = _together(complete)
    return complete, problems


def _together(metadata: Mapping[str, Any]) -> list[str]:
    """What each field allows and all of them together do not."""
    problems = []
    if "authorization_code" in metadata["grant_types"] and not metadata["redirect_uris"]:
        problems.append("redirect_uris: at least one, for the grant authorization_code")
    if metadata["token_endpoint_auth_method"] == "none" and "client_credentials" in metadata["grant_types"]:
        problems.append("grant_types: client_credentials needs a client that can prove who it is (RFC 6749 4.4)")
    return problems
