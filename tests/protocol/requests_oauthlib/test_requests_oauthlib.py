"""requests-oauthlib, a server-side library of long standing, signs in: code with PKCE, refresh by itself, a machine."""

import pytest
from oauthlib.oauth2 import BackendApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from tests.protocol.party import Party
from tests.site import SECRET, registration


@pytest.fixture(autouse=True)
def _on_loopback_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def test_requests_oauthlib_signs_in_and_refreshes_by_itself(party: Party) -> None:
    kept: list[dict[str, object]] = []
    credentials = HTTPBasicAuth(party.client_id, SECRET)
    session = OAuth2Session(
        party.client_id, redirect_uri=party.redirect_uri, scope=["openid", "profile"], pkce="S256",
        auto_refresh_url=party.metadata["token_endpoint"], token_updater=kept.append,
    )  # fmt: skip
    url, state = session.authorization_url(party.metadata["authorization_endpoint"])
    back = party.browser().open(url)
    assert back.query["state"] == state
    first = session.fetch_token(party.metadata["token_endpoint"], authorization_response=back.url, auth=credentials)
    child = party.site.people()["homes"][0]["children"][0]
    assert session.get(party.metadata["userinfo_endpoint"]).json()["given_name"] == child["first_name"]
    session.token = {**first, "expires_in": -30, "expires_at": 1}
    again = session.get(party.metadata["userinfo_endpoint"], client_id=party.client_id, client_secret=SECRET)
    assert again.status_code == 200
    assert kept[0]["access_token"] != first["access_token"]


def test_requests_oauthlib_as_a_machine(party: Party) -> None:
    party.site.register(
        registration(
            "machine", grant_types=["client_credentials"], redirect_uris=[], response_types=[], scope="reports"
        )
    )
    session = OAuth2Session(client=BackendApplicationClient("machine", scope="reports"))
    token = session.fetch_token(party.metadata["token_endpoint"], auth=HTTPBasicAuth("machine", SECRET))
    assert (token["token_type"], token["scope"]) == ("Bearer", ["reports"])
