"""Access tokens bound to a client's certificate, which a trusted proxy hands over: RFC 8705 section 3."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.certificates import rfc9440, self_signed
from tests.client_keys import ClientKey
from tests.protocol.party import VERIFIER, Party, read_jwt
from tests.site import Site, registration, served

HEADER = "Client-Cert"
KEY, OTHER = ClientKey.generate(), ClientKey.generate()
OWN = {HEADER: rfc9440(self_signed(KEY))}
FOREIGN = {HEADER: rfc9440(self_signed(OTHER))}


@pytest.fixture(scope="module")
def shared_site(shared_seeded_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A provider behind a proxy that hands certificates over; the tests play that proxy."""
    more: dict[str, Any] = {"certificate_header": HEADER, "trusted_proxies": ["127.0.0.1"]}
    with served(shared_seeded_url, tmp_path_factory.mktemp("site"), **more) as running:
        yield running


@dataclass(slots=True)
class TlsParty(Party):
    """A client that is known by its certificate."""

    def show(self, endpoint: str, form: dict[str, str], certificate: dict[str, str]) -> requests.Response:
        """POST to an endpoint over a connection with this certificate."""
        data = {"client_id": self.client_id} | form
        return requests.post(self.metadata[endpoint], data=data, headers=certificate, timeout=30)

    def tokens(self, certificate: dict[str, str] = OWN) -> requests.Response:
        """A whole code flow, redeemed over such a connection."""
        form = {"code": self.code(self.browser()), "redirect_uri": self.redirect_uri, "code_verifier": VERIFIER}
        return self.show("token_endpoint", {"grant_type": "authorization_code"} | form, certificate)

    def look(self, token: str, certificate: dict[str, str]) -> requests.Response:
        """Userinfo over such a connection."""
        headers = {"Authorization": f"Bearer {token}"} | certificate
        return requests.get(self.metadata["userinfo_endpoint"], headers=headers, timeout=10)


@pytest.fixture
def bound(site: Site) -> TlsParty:
    """Registered with its certificate's key, and for bound tokens."""
    return _party(site, "bound", tls_client_certificate_bound_access_tokens=True)


def _party(site: Site, client_id: str, **more: Any) -> TlsParty:
    entry = registration(client_id, token_endpoint_auth_method="self_signed_tls_client_auth", jwks=KEY.jwks, **more)
    del entry["client_secret"]
    site.register(entry)
    return TlsParty(site, client_id=client_id)


def test_3_the_token_is_for_this_certificate(bound: TlsParty) -> None:
    tokens = bound.tokens().json()
    assert tokens["token_type"] == "Bearer"
    told = bound.show("introspection_endpoint", {"token": tokens["access_token"]}, OWN).json()
    assert told["cnf"].keys() == {"x5t#S256"}
    assert bound.look(tokens["access_token"], OWN).status_code == 200
    for wrong in (FOREIGN, {}, {HEADER: "nonsense"}):
        refused = bound.look(tokens["access_token"], wrong)
        assert refused.status_code == 401
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_3_1_a_jwt_says_so_itself(site: Site) -> None:
    bound = {"tls_client_certificate_bound_access_tokens": True}
    party = _party(site, "reader", access_token_signed_response_alg="ES256", **bound)
    token = party.tokens().json()["access_token"]
    told = party.show("introspection_endpoint", {"token": token}, OWN).json()
    assert read_jwt(token)[1]["cnf"] == told["cnf"]


def test_a_refresh_binds_the_next_one_too(bound: TlsParty) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": bound.tokens().json()["refresh_token"]}
    assert bound.show("token_endpoint", form, {}).status_code == 401
    assert bound.show("token_endpoint", form, FOREIGN).status_code == 401
    token = bound.show("token_endpoint", form, OWN).json()["access_token"]
    assert bound.look(token, OWN).status_code == 200
    assert bound.look(token, {}).status_code == 401


def test_a_client_that_is_not_registered_for_it_gets_plain_ones(site: Site) -> None:
    party = _party(site, "plain")
    token = party.tokens().json()["access_token"]
    assert party.look(token, {}).status_code == 200


def test_3_4_a_client_that_is_registered_for_it_gets_no_others(site: Site) -> None:
    site.register(registration("secretive", tls_client_certificate_bound_access_tokens=True))
    party = Party(site, client_id="secretive")
    form = {"code": party.code(party.browser()), "redirect_uri": party.redirect_uri, "code_verifier": VERIFIER}
    refused = party.token(grant_type="authorization_code", **form)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    tokens = party.token(OWN, grant_type="authorization_code", **form).json()
    assert party.introspect(tokens["access_token"]).json()["cnf"].keys() == {"x5t#S256"}


def test_metadata_says_what_the_proxy_makes_possible(bound: TlsParty) -> None:
    assert bound.metadata["tls_client_certificate_bound_access_tokens"] is True
    assert "self_signed_tls_client_auth" in bound.metadata["token_endpoint_auth_methods_supported"]
