"""What a value of client metadata must look like: None = well, otherwise a sentence for the person who registers."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from joserfc import jwk
from joserfc.errors import JoseError

Check = Callable[[Any], str | None]
MAX_URI, MAX_RESOURCE = 2000, 500
MAX_KEYS = 20
RSA_BITS, EC_CURVES, OKP_CURVES = 2048, ("P-256", "P-384", "P-521"), ("Ed25519", "X25519")
"""FAPI 2.0 Security Profile 5.4.1 asks for these; nothing weaker is any use to the others either."""


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


def request_uri(value: Any) -> str | None:
    """As `uri`; a fragment may hold the hash of what lies there (OIDC Core 6.2)."""
    return uri(value.partition("#")[0] if isinstance(value, str) else value)


def resource(value: Any) -> str | None:
    """An absolute address without a fragment (RFC 8707 2), of a length that a table can find it by."""
    return uri(value) or (None if len(value) <= MAX_RESOURCE else f"at most {MAX_RESOURCE} characters")


def one_of(*allowed: str) -> Check:
    """One of these words."""
    return lambda value: None if isinstance(value, str) and value in allowed else f"one of {', '.join(allowed)}"


def text(value: Any) -> str | None:
    """Any text that fits."""
    if not isinstance(value, str) or len(value) > 2000 or "\x00" in value or not _encodable(value):
        return "a text of at most 2,000 characters"
    return None


def list_of(check: Check) -> Check:
    """A list of up to a hundred."""

    def checked(value: Any) -> str | None:
        if not isinstance(value, list) or len(value) > 100:
            return "a list of at most 100"
        problems = [f"{item!r:.100}: {problem}" for item in value if (problem := check(item))]
        return "; ".join(problems[:3]) or None

    return checked


def optional(check: Check) -> Check:
    """That, or nothing."""
    return lambda value: None if value is None else check(value)


def boolean(value: Any) -> str | None:
    """true or false."""
    return None if isinstance(value, bool) else "true or false"


def seconds(value: Any) -> str | None:
    """A number of seconds, up to a hundred years."""
    right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 3_200_000_000
    return None if right else "a number of seconds"


def ip(value: Any) -> str | None:
    """An IP address, version 4 or 6."""
    try:
        ip_address(value if isinstance(value, str) else "")
    except ValueError:
        return "an IP address"
    return None


def key_set(value: Any) -> str | None:
    """Public keys of a strength that is worth the name (RFC 7517 5; B47)."""
    if not isinstance(value, dict) or not isinstance(value.get("keys"), list):
        return "an object with a list of keys"
    if not 0 < len(value["keys"]) <= MAX_KEYS:
        return f"1 to {MAX_KEYS} keys"
    return next((problem for key in value["keys"] if (problem := public_key(key))), None)


def public_key(value: Any) -> str | None:
    """One public key (RFC 7517 4): RSA of 2,048 bits or more, EC or OKP on a known curve, and no private part."""
    if not isinstance(value, dict) or value.get("kty") not in ("RSA", "EC", "OKP"):
        return "a key of kty RSA, EC or OKP"
    if value.keys() & {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}:
        return "a key holds its private part: take it out of use, it is no secret any more"
    if value["kty"] != "RSA" and value.get("crv") not in EC_CURVES + OKP_CURVES:
        return f"a key on one of the curves {', '.join(EC_CURVES + OKP_CURVES)}"
    try:
        key = jwk.import_key({name: item for name, item in value.items() if name in ("kty", "n", "e", "crv", "x", "y")})
        bits = key.raw_value.key_size if isinstance(key, jwk.RSAKey) else RSA_BITS
    except (JoseError, ValueError, TypeError, AttributeError, KeyError):
        return "a key that can be read"
    return None if bits >= RSA_BITS else f"an RSA key of at least {RSA_BITS} bits"


def _encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
