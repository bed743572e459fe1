"""oauth4webapi of npm, which we did not write, is a machine: client_credentials, private_key_jwt, introspection."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from joserfc import jwk

from idp.engine.algorithms import ALGORITHMS
from tests.client_keys import ClientKey
from tests.protocol.key_party import key_party
from tests.protocol.node_runner import find_node, run
from tests.site import Site


def private_jwk(key: ClientKey) -> str:
    """The whole key as a JWK."""
    pem = key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    exported = jwk.import_key(pem, ALGORITHMS[key.alg].kty).as_dict(private=True)  # type: ignore[arg-type]
    return json.dumps(exported | {"kid": key.kid, "alg": key.alg})


@pytest.mark.node
@pytest.mark.parametrize("alg", ["ES256", "PS256"])
def test_a_machine_gets_a_token_asks_about_it_and_revokes_it(site: Site, alg: str) -> None:
    machine = key_party(
        site,
        f"machine-{alg.lower()}",
        alg,
        grant_types=["client_credentials"],
        redirect_uris=[],
        response_types=[],
        scope="reports",
        introspection_signed_response_alg="ES256",
    )
    learned = run(find_node(), "machine.mjs", site.issuer, machine.client_id, private_jwk(machine.key))
    assert learned["tokens"]["token_type"].lower() == "bearer"
    for answer in (learned["plain"], learned["signed"]):
        told = answer.get("token_introspection", answer)
        assert (told["active"], told["sub"], told["scope"]) == (True, machine.client_id, "reports")
    assert learned["after"] == {"active": False}
