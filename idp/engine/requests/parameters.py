"""The parameters of an authorization request, and how a raw query or form becomes them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

PARAMETERS = (
    "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "code_challenge",
    "code_challenge_method", "prompt", "max_age", "claims", "acr_values", "id_token_hint", "login_hint", "ui_locales",
    "claims_locales", "display", "request", "request_uri", "resource", "dpop_jkt",
)  # fmt: skip
"""Every parameter that means something here; others are ignored (RFC 6749 3.1)."""

REPEATABLE = frozenset({"resource"})
"""May stand there more than once (RFC 8707 2); its values are kept as one text with spaces between."""

MAX_FIELDS = 100


class UnreadableError(ValueError):
    """The query or form is no list of UTF-8 names and values."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """Names with one value each (an empty value is absent), and the names that stood there twice.

    `pushed` is the fingerprint of the pushed request that they come from (RFC 9126); `signed`: they stood in a request
    object that the client signed (RFC 9101). Only `intake.Intake` sets those.
    """

    values: Mapping[str, str]
    doubled: frozenset[str] = frozenset()
    pushed: bytes | None = None
    signed: bool = False

    def get(self, name: str) -> str | None:
        """The value of a name that stood there once."""
        return None if name in self.doubled else self.values.get(name)


def pairs(raw: str) -> list[tuple[str, str]]:
    """The names and values of a form-encoded string, in order. Raises UnreadableError."""
    try:
        return parse_qsl(raw, keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise UnreadableError("not form-encoded UTF-8") from error


def read(raw: str) -> Parameters:
    """Read a form-encoded string. Raises UnreadableError."""
    return of(pairs(raw))


def of(pairs: Iterable[tuple[str, str]]) -> Parameters:
    """Parameters of names and values in order."""
    found = [(name, value) for name, value in pairs if name in PARAMETERS]
    counted = Counter(name for name, _ in found)
    doubled = frozenset(name for name, count in counted.items() if count > 1 and name not in REPEATABLE)
    values = {name: value for name, value in found if value}
    for name in REPEATABLE & values.keys():
        values[name] = " ".join(value for same, value in found if same == name and value)
    return Parameters(values, doubled)
