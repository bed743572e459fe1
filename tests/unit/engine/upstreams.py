"""An upstream for tests, and the far end of the wire to it."""

import json
from typing import Any
from urllib.parse import urlsplit

from idp.engine.upstream.model import Upstream
from idp.kernel.outbound import Answer, Outbound

ACR = "urn:sleutelbos:acr:network"
ENTRY: dict[str, Any] = {
    "slug": "moo",
    "name": "MOO",
    "issuer": "https://moo.example/op",
    "client_id": "sleutelbos",
    "token_endpoint_auth_method": "client_secret_basic",
    "client_secret": "a secret: of+many/letters&more",
    "pupil_key": "sub",
    "id_token_signed_response_alg": "ES256",
    "acr": {"urn:moo:password": ACR},
}
UPSTREAM = Upstream(
    "moo", "MOO", "https://moo.example/op", "sleutelbos", "client_secret_basic", "sub", "secret", ("ES256",),
    acr={"urn:moo:password": ACR},
)  # fmt: skip
METADATA = {
    "issuer": UPSTREAM.issuer,
    "authorization_endpoint": f"{UPSTREAM.issuer}/authorize?tenant=1",
    "token_endpoint": f"{UPSTREAM.issuer}/token",
    "jwks_uri": f"{UPSTREAM.issuer}/jwks",
    "id_token_signing_alg_values_supported": ["ES256", "none", "HS256"],
}


class Wire(Outbound):
    """The far end of the wire: what each address answers, and which were asked."""

    def __init__(self, **documents: Any) -> None:
        super().__init__(loopback=False)
        self.asked: list[str] = []
        self.documents: dict[str, Any] = {"openid-configuration": METADATA} | documents

    def _send(self, method: str, url: str, headers: Any, body: bytes | None, within_s: float | None) -> Answer:
        name = urlsplit(url).path.rsplit("/", 1)[-1]
        self.asked.append(name)
        found = self.documents.get(name)
        if isinstance(found, Exception):
            raise found
        return Answer(404, b"") if found is None else Answer(200, json.dumps(found).encode())


def upstream(**changes: Any) -> Upstream:
    """The upstream of these tests, with `changes`."""
    known = {name: getattr(UPSTREAM, name) for name in Upstream.__dataclass_fields__}
    return Upstream(**(known | changes))
