"""The step-up challenge (RFC 9470): a token is good, but the sign-in behind it is not strong or fresh enough.

For every resource server that stands on this engine; userinfo itself applies it where the request asks.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

_ACR = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}")


class UnreadableDemandError(ValueError):
    """acr_values or max_age is not what RFC 9470 3 says."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a sign-in must be: one of `acr_values` (none = any), at most `max_age` seconds ago (None = whenever)."""

    acr_values: tuple[str, ...] = ()
    max_age: int | None = None

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Demand":
        """Of request parameters of these names. Raises UnreadableDemandError."""
        values, age = tuple(given.get("acr_values", "").split()), given.get("max_age")
        if any(_ACR.fullmatch(value) is None for value in values):
            raise UnreadableDemandError("acr_values")
        if age is not None and not (age.isascii() and age.isdigit() and len(age) <= 10):
            raise UnreadableDemandError("max_age")
        return cls(values, int(age) if age is not None else None)

    def met(self, acr: str, auth_time: datetime, now: datetime) -> bool:
        """Is a sign-in of this kind and age enough?"""
        strong = not self.acr_values or acr in self.acr_values
        return strong and (self.max_age is None or now - auth_time <= timedelta(seconds=self.max_age))

    def challenge(self, scheme: str) -> tuple[str, str]:
        """The WWW-Authenticate header that sends the client back to /authorize with these demands (RFC 9470 3)."""
        parts = [f'{scheme} error="insufficient_user_authentication"', 'error_description="sign in again for this"']
        if self.acr_values:
            parts.append(f'acr_values="{" ".join(self.acr_values)}"')
        if self.max_age is not None:
            parts.append(f'max_age="{self.max_age}"')
        return "WWW-Authenticate", ", ".join(parts)
