"""OpenID Connect Discovery 1.0 and RFC 8414: what is listed works, whatever the request says of us."""

import http.client
import json
from urllib.parse import urlsplit

import pytest
import requests

from idp.engine import discovery
from tests.protocol.party import Party
from tests.site import Site


def test_b36_the_issuer_is_ours_byte_for_byte_and_every_address_on_it(party: Party) -> None:
    assert party.metadata["issuer"] == party.site.issuer
    addresses = [value for name, value in party.metadata.items() if name.endswith(("_endpoint", "_uri"))]
    assert addresses
    assert all(address.startswith(party.site.issuer + "/") for address in addresses)


def test_both_documents_agree(party: Party) -> None:
    other = requests.get(f"{party.site.issuer}/.well-known/oauth-authorization-server", timeout=5)
    assert other.json() == party.metadata


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "Forwarded", "X-Forwarded-Proto", "X-Original-URL"])
def test_b36_a_forged_host_changes_nothing(site: Site, header: str) -> None:
    for path in discovery.WELL_KNOWN:
        where = urlsplit(site.issuer)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=5)
        connection.request("GET", path, headers={header: "evil.example"})
        assert json.loads(connection.getresponse().read())["issuer"] == site.issuer
        connection.close()


def test_documents_may_be_kept_and_read_by_everybody(party: Party) -> None:
    for where in (f"{party.site.issuer}/.well-known/openid-configuration", party.metadata["jwks_uri"]):
        answer = requests.get(where, headers={"Origin": "https://anybody.example"}, timeout=5)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "max-age=" in answer.headers["Cache-Control"]
        again = requests.get(where, headers={"If-None-Match": answer.headers["ETag"]}, timeout=5)
        assert (again.status_code, again.content) == (304, b"")


def test_b37_the_keys_are_public_and_named(party: Party) -> None:
    keys = requests.get(party.metadata["jwks_uri"], timeout=5).json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) >= 2
    for key in keys:
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys()
        assert {"use", "alg", "kty"} <= key.keys()


def test_every_listed_endpoint_answers(party: Party) -> None:
    for name, address in party.metadata.items():
        if name.endswith("_endpoint") or name == "jwks_uri":
            assert requests.get(address, allow_redirects=False, timeout=5).status_code != 404, name


def test_what_is_never_offered(party: Party) -> None:
    assert party.metadata["response_types_supported"] == ["code"]
    assert not {"password", "implicit"} & set(party.metadata["grant_types_supported"])
    for name, values in party.metadata.items():
        if name.endswith("_alg_values_supported"):
            assert "none" not in values, name
