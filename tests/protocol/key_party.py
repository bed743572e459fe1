"""A relying party with a key of its own: private_key_jwt, pushed requests, signed request objects."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests

from idp.engine.clients.assertion import TYPE
from tests.client_keys import ClientKey
from tests.protocol.party import Party
from tests.site import Site, registration


@dataclass(slots=True)
class KeyParty(Party):
    """A client that signs. `key` is the one that it registered."""

    key: ClientKey = field(default_factory=ClientKey.generate)

    def assertion_form(self, text: str | None = None) -> dict[str, str]:
        """The form fields of private_key_jwt (RFC 7523 2.2)."""
        signed = text if text is not None else self.key.assertion(self.client_id, self.site.issuer)
        return {"client_assertion": signed, "client_assertion_type": TYPE}

    def post(
        self, endpoint: str, form: dict[str, str | None], headers: dict[str, str] | None = None
    ) -> requests.Response:
        """POST a form to an endpoint that discovery names, with a fresh assertion unless the form has one."""
        data = {name: value for name, value in form.items() if value is not None}
        if not data.keys() & {"client_assertion", "client_secret"}:
            data |= self.assertion_form()
        return requests.post(self.metadata[endpoint], data=data, headers=headers, timeout=30)

    def signed(self, **changes: Any) -> str:
        """A request object with a good request in it, good but for `changes`."""
        return self.key.request_object(self.client_id, self.site.issuer, dict(self.parameters()), **changes)

    def by_value(self, text: str, **outer: str) -> str:
        """The address of an authorization request with a request object in it."""
        query = {"client_id": self.client_id, "request": text} | outer
        return f"{self.metadata['authorization_endpoint']}?{urlencode(query)}"


def key_party(site: Site, client_id: str = "key-publisher", alg: str = "ES256", **metadata: Any) -> KeyParty:
    """Register a client with a key of its own, and be it."""
    key = ClientKey.generate(alg)
    entry = registration(client_id, **({"token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks} | metadata))
    if entry["token_endpoint_auth_method"] == "private_key_jwt":
        del entry["client_secret"]
    site.register(entry)
    return KeyParty(site, client_id, key=key)
