"""Pushed requests in tests: push, and where the browser goes with what came back."""

from typing import Any
from urllib.parse import urlencode

import requests

from tests.protocol.party import Party


def push(party: Party, headers: dict[str, str] | None = None, **changes: Any) -> requests.Response:
    """Push a good request with `changes`."""
    return party.post("pushed_authorization_request_endpoint", {**party.parameters(**changes)}, headers)


def pushed(party: Party, **changes: Any) -> str:
    """Push a good request; the request_uri."""
    answer = push(party, **changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["request_uri"])


def address(party: Party, request_uri: str, **more: str) -> str:
    """Where the browser is sent with a request_uri."""
    query = {"client_id": party.client_id, "request_uri": request_uri} | more
    return f"{party.metadata['authorization_endpoint']}?{urlencode(query)}"
