"""What a client's security profile means, as data. A grant asks for a property, never for a profile's name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """One row: how strict this client's protocol is."""

    name: str
    rotates_refresh_tokens: bool
    auth_methods: frozenset[str]
    signing_algs: frozenset[str]


PROFILES = {
    "simple": Profile(
        "simple",
        rotates_refresh_tokens=True,
        auth_methods=frozenset({"none", "client_secret_basic", "client_secret_post"}),
        signing_algs=frozenset({"RS256", "ES256"}),
    ),
}
