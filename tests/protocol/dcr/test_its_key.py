"""A client registers an algorithm that we have no key for yet, and gets its tokens signed with it (OIDC Core 10.1)."""

from typing import Any

import pytest
import requests
from joserfc import jwk, jws

from idp.engine.clients.initial_access import issue_initial_access_token
from idp.kernel.clock import now
from tests.protocol.party import Party, read_jwt
from tests.site import Site

WISH = {"redirect_uris": ["https://lees.example/callback"], "id_token_signed_response_alg": "EdDSA"}


def send(method: str, address: str, token: str, document: dict[str, Any]) -> dict[str, Any]:
    answer = requests.request(method, address, json=document, headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert answer.status_code in (200, 201), answer.text
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize("when", ["from the start", "later"])
def test_10_1_a_key_is_made_for_the_first_client_that_asks(site: Site, when: str) -> None:
    with site.database.write() as db:
        token = issue_initial_access_token(db, now(), terms={"all_schools": True})
    first = WISH if when == "from the start" else WISH | {"id_token_signed_response_alg": "ES256"}
    client = send("POST", f"{site.issuer}/register", token, first)
    if when == "later":
        wish = WISH | {"client_id": client["client_id"]}
        send("PUT", client["registration_client_uri"], client["registration_access_token"], wish)
    party = Party(site, client["client_id"], client["client_secret"], client["redirect_uris"][0])
    id_token = party.signed_in()["id_token"]
    keys = {key["kid"]: key for key in requests.get(party.metadata["jwks_uri"], timeout=10).json()["keys"]}
    jws.deserialize_compact(id_token, jwk.import_key(keys[read_jwt(id_token)[0]["kid"]]), algorithms=["EdDSA"])
