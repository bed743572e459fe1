"""Scopes and claims, as tables. Adding a claim is one row here and one line in the directory."""

from collections.abc import Iterable, Mapping
from typing import Any

SCOPES: Mapping[str, frozenset[str]] = {
    "openid": frozenset(),
    # What a contract allows at most; the contract of the school with the publisher decides what of it is told.
    "profile": frozenset({"given_name", "name", "locale", "family_name", "role", "school", "group"}),
    "school": frozenset({"school"}),
    "group": frozenset({"group"}),
    "eck_id": frozenset({"eck_id"}),
    "offline_access": frozenset(),
}

CLAIMS = ("given_name", "name", "locale", "family_name", "role", "school", "group", "eck_id")
"""What can be told about a person; anything else is about the sign-in or the token itself."""


def names_of(scope: Iterable[str], requested: Mapping[str, Any]) -> frozenset[str]:
    """The claims that these scopes and the `claims` parameter ask for (OIDC Core 5.4, 5.5)."""
    names: set[str] = set()
    for item in scope:
        names |= SCOPES.get(item, frozenset())
    for member in ("userinfo", "id_token"):
        names |= requested.get(member, {}).keys() & set(CLAIMS)
    return frozenset(names)


def for_userinfo(scope: Iterable[str], requested: Mapping[str, Any]) -> frozenset[str]:
    """What belongs into a userinfo answer."""
    return names_of(scope, {"userinfo": requested.get("userinfo", {})})


def for_id_token(requested: Mapping[str, Any]) -> frozenset[str]:
    """What belongs into the ID token: claims of scopes do not, unless `claims` asks (OIDC Core 5.4)."""
    return frozenset(requested.get("id_token", {}).keys() & set(CLAIMS))
