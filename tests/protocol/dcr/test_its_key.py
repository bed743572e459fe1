"""A client registers an algorithm that we have no key for yet, and gets its tokens signed with it (OIDC Core 10.1)."""

import pytest
import requests
from joserfc import jwk, jws

from tests.protocol.dcr.test_dcr import GOOD, issued, manage, registered
from tests.protocol.party import Party, read_jwt
from tests.site import Site

WISH = {"id_token_signed_response_alg": "EdDSA"}


@pytest.mark.parametrize("when", ["from the start", "later"])
def test_10_1_a_key_is_made_for_the_first_client_that_asks(site: Site, when: str) -> None:
    client = registered(site, issued(site), **(WISH if when == "from the start" else {}))
    if when == "later":
        assert manage("PUT", client, GOOD | WISH | {"client_id": client["client_id"]}).status_code == 200
    party = Party(site, client["client_id"], client["client_secret"], client["redirect_uris"][0])
    id_token = party.signed_in()["id_token"]
    keys = {key["kid"]: key for key in requests.get(party.metadata["jwks_uri"], timeout=10).json()["keys"]}
    jws.deserialize_compact(id_token, jwk.import_key(keys[read_jwt(id_token)[0]["kid"]]), algorithms=["EdDSA"])
