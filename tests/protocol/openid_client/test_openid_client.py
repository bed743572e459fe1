"""openid-client of npm, which we did not write, signs in: discovery, code, PKCE, state, nonce, refresh, logout."""

from typing import Any

import pytest

from tests.protocol.node_runner import converse, find_node
from tests.protocol.party import Party
from tests.site import PUBLISHER, SECRET, registration


@pytest.mark.node
def test_openid_client_signs_in_refreshes_and_signs_out(party: Party) -> None:
    party.site.register(registration(scope="openid profile offline_access"))
    after = f"https://{PUBLISHER}.example/out"
    arguments = (party.site.issuer, PUBLISHER, SECRET, party.redirect_uri, after)
    browser = party.browser()

    def go(said: dict[str, Any]) -> dict[str, Any]:
        return {"callback": browser.open(said["go"]).url}

    learned = converse(find_node(), "sign_in.mjs", *arguments, hear=go)
    child = party.site.people()["homes"][0]["children"][0]
    assert learned["userinfo"]["given_name"] == child["first_name"]
    assert learned["userinfo"]["sub"] == learned["claims"]["sub"] == learned["afterRefresh"]["sub"]
    same = ("sub", "auth_time", "sid", "acr")
    assert [learned["refreshedClaims"][name] for name in same] == [learned["claims"][name] for name in same]
    assert "nonce" not in learned["refreshedClaims"]
    assert learned["afterRevocation"] == "invalid_token"
    page = browser.open(learned["go"])
    assert (page.url.partition("?")[0], page.query) == (after, {"state": "weg"})
    assert browser.open(party.authorize_url(prompt="none")).query["error"] == "login_required"
