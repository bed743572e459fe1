"""The `claims` parameter (OIDC Core 5.5)."""

import json
from collections.abc import Mapping
from typing import Any


def parse(text: str | None) -> dict[str, Any]:
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


def essential_acr(claims: Mapping[str, Any]) -> frozenset[str] | None:
    """The only acr values that will do (OIDC Core 5.5.1.1); None = any."""
    wanted = (claims.get("id_token") or {}).get("acr") or {}
    if not wanted.get("essential"):
        return None
    values = wanted.get("values", [wanted["value"]] if "value" in wanted else None)
    return None if values is None else frozenset(values)
