"""Parts of the engine for tests without a web: a database with clients in it, and what asks about them."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from idp.engine.clients import metadata, registration
from idp.engine.clients.model import Client

NOW = datetime(2025, 9, 1, 8, 30, tzinfo=UTC)
ISSUER = "https://id.example"


def a_client(client_id: str = "app", profile: str = "simple", **given: Any) -> Client:
    """A parsed client with one redirect URI; `given` are RFC 7591 names."""
    complete, problems = metadata.check({"redirect_uris": [f"https://{client_id}.example/cb"]} | given, profile)
    assert not problems, problems
    return Client.parse(client_id, 1, profile, None, complete)


def a_stored_client(
    db: Connection, client_id: str = "app", secret: str | None = None, profile: str = "simple", **given: Any
) -> str:
    """The same, in the database; its id."""
    complete, problems = metadata.check({"redirect_uris": [f"https://{client_id}.example/cb"]} | given, profile)
    assert not problems, problems
    registration.store(db, client_id, complete, profile=profile, secret=secret, now=NOW)
    return client_id
